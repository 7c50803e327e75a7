// Command sockbench measures sockets of a Direct Line server on this machine
// from a process of its own, and those of a bare WebSocket server beside it. It
// uses only the standard library and only the loopback interface.
//
//	sockbench run   conversations with one socket each against a server
//	sockbench bare  the bare server: echoes frames, and writes to all on POST /all
package main

import (
	"flag"
	"fmt"
	"net/url"
	"os"
	"runtime/debug"
	"time"
)

// A plan is what to measure, and the limits that were set.
type plan struct {
	base    string // of the server
	pid     int    // of its process
	bare    bool   // the server is ours: no conversations, frames come back
	trigger string // POST there to speak to all
	sockets int
	conns   int           // senders of messages
	settle  time.Duration // before memory is read
	seconds time.Duration // of messages
	budget  time.Duration // for anything that should come at once

	kilobytes float64       // per socket above idle
	fanout    time.Duration // one message to all
	rate      float64       // messages a second, or
	floor     float64       // CPU seconds of the floor's 1,000 turns
	times     float64       // and how often that a message may cost
}

func main() {
	debug.SetGCPercent(400) // the cores are shared with the server
	if len(os.Args) < 2 || os.Args[1] != "run" && os.Args[1] != "bare" {
		fmt.Fprintln(os.Stderr, "usage: sockbench run|bare [flags]   (-h for the flags)")
		os.Exit(2)
	}
	var err error
	if os.Args[1] == "bare" {
		err = runBare(os.Args[2:])
	} else {
		err = run(os.Args[2:])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "sockbench:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	var p plan
	f := flag.NewFlagSet("run", flag.ExitOnError)
	f.StringVar(&p.base, "base", "http://127.0.0.1:3978", "address of the server")
	f.IntVar(&p.pid, "pid", 0, "its process, whose memory and CPU time are read")
	f.BoolVar(&p.bare, "bare", false, "it is sockbench bare")
	f.StringVar(&p.trigger, "trigger", "/api/proactive", "path that makes the agent speak to all, by POST of {\"text\": …}")
	f.IntVar(&p.sockets, "n", 10_000, "idle sockets, one per conversation")
	f.IntVar(&p.conns, "conns", 32, "conversations that send messages, one at a time each")
	f.DurationVar(&p.settle, "settle", 10*time.Second, "rest before memory is read")
	f.DurationVar(&p.seconds, "t", 10*time.Second, "time of messages")
	f.DurationVar(&p.budget, "budget", time.Minute, "when to give up waiting")
	f.Float64Var(&p.kilobytes, "max-kb", 0, "limit: KB of memory per socket above idle")
	f.DurationVar(&p.fanout, "max-fanout", 0, "limit: one message to all")
	f.Float64Var(&p.rate, "min-rate", 0, "limit: messages a second, or -max-times")
	f.Float64Var(&p.floor, "floor", 0, "CPU seconds of 1,000 echo turns of the floor, from bench/run.sh")
	f.Float64Var(&p.times, "max-times", 2.5, "limit: CPU of a message, in turns of the floor")
	_ = f.Parse(args) // ends the process itself
	u, err := url.Parse(p.base)
	if err != nil || u.Hostname() != "127.0.0.1" && u.Hostname() != "localhost" || u.Scheme != "http" {
		return fmt.Errorf("-base %s: want http://127.0.0.1:PORT", p.base)
	}
	if p.pid == 0 {
		return fmt.Errorf("-pid is missing")
	}
	return p.measure()
}
