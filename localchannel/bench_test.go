package localchannel_test

import (
	"net/http"
	"testing"
)

// A message from a client through the channel to an agent that does nothing,
// and the agent's answer back, all over loopback HTTP.
func BenchmarkMessage(b *testing.B) {
	f := serve(b)
	conv := f.start(withAnna)
	f.agent.received(b, 1)
	b.ReportAllocs()
	for b.Loop() {
		f.want(http.StatusOK, "POST", base+"/"+conv.ID+"/activities", `{"type":"message","text":"hello","from":{"id":"anna"}}`, nil)
	}
}

// An activity of an agent in the same process.
func BenchmarkSend(b *testing.B) {
	f := serve(b)
	conv := f.start(withAnna)
	a := message("hello")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := f.channel.Send(b.Context(), to(conv.ID), &a); err != nil {
			b.Fatal(err)
		}
	}
}
