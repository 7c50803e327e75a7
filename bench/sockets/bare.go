package main

import (
	"flag"
	"io"
	"log"
	"net/http"
	"sync"
)

// runBare serves the least that a Go program on net/http can do with sockets:
// what it costs is a lower bound. It has no conversations, and keeps nothing.
func runBare(args []string) error {
	f := flag.NewFlagSet("bare", flag.ExitOnError)
	listen := f.String("listen", "127.0.0.1:19798", "loopback address")
	_ = f.Parse(args) // ends the process itself
	var mu sync.Mutex
	all := map[*wire]bool{}
	http.HandleFunc("GET /socket", func(w http.ResponseWriter, r *http.Request) {
		conn, err := accept(w, r)
		if err != nil {
			log.Print(err)
			return
		}
		defer conn.Close()
		mu.Lock()
		all[conn] = true
		mu.Unlock()
		for {
			frame, err := conn.next()
			if err == nil {
				err = conn.send(frame)
			}
			if err != nil {
				mu.Lock()
				delete(all, conn)
				mu.Unlock()
				return
			}
		}
	})
	http.HandleFunc("POST /all", func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxFrame))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		for conn := range all {
			if err := conn.send(text); err != nil {
				log.Print(err)
			}
		}
	})
	http.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	return http.ListenAndServe(*listen, nil)
}
