//go:build webchat

package web

import _ "embed"

// builtIn is the bundle that make webchat has put there.
//
//go:embed webchat/bundle/webchat.js.gz
var builtIn []byte
