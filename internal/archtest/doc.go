// Package archtest holds the package map: a test that fails when one package
// of this module imports another that it should not know.
package archtest
