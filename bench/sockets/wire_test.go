package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Both ends understand each other at every length that is spelled differently.
func TestWire(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := accept(w, r)
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		conn.write(opPing, []byte("are you there?"))
		for {
			frame, err := conn.next()
			if err != nil || conn.send(frame) != nil {
				return
			}
		}
	}))
	defer server.Close()
	conn, err := dial(strings.Replace(server.URL, "http", "ws", 1))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, size := range []int{0, 1, 125, 126, 65535, 65536, maxFrame} {
		text := strings.Repeat("x", size)
		if err := conn.send([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := conn.next(); err != nil || string(got) != text {
			t.Fatalf("%d bytes come back as %d, %v", size, len(got), err)
		}
	}
	conn.send([]byte(strings.Repeat("x", maxFrame+1)))
	if _, err := conn.next(); err == nil {
		t.Error("a frame past the bound came back")
	}
}
