// Package docstest holds the tests of the documents: Go code in them is a
// region of compiled files, links lead somewhere, the settings listed are those
// that the server knows, and the acceptance table says what the tests say.
//
//	go test ./internal/docstest            compares
//	go test ./internal/docstest -update    writes the documents anew
package docstest
