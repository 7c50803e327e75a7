// Command outspoken runs agents that speak first. Try
//
//	outspoken demo
package main

import (
	"os"

	"github.com/outspoken-go/outspoken/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:])) }
