//go:build !webchat

package web

// builtIn is what the build tag webchat puts in.
var builtIn []byte
