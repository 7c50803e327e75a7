package localchannel_test

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
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

// As many users as there are cores, each with a conversation of their own, say
// something to an echo behind the channel, all over loopback HTTP.
func BenchmarkEcho(b *testing.B) {
	f := serve(b)
	replies := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}}
	defer replies.CloseIdleConnections()
	f.agent.Config.Handler = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		in, err := activity.Decode(body)
		if err != nil || !in.Is(activity.TypeMessage) {
			return
		}
		reply, _ := in.Reply("You said: " + in.Text).MarshalJSON()
		resp, err := replies.Post(in.ServiceURL+"v3/conversations/"+in.Conversation.ID+"/activities/"+url.PathEscape(in.ID), "application/json", bytes.NewReader(reply))
		if err != nil || resp.StatusCode != http.StatusOK {
			b.Error(err, resp)
			return
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	})
	f.server.Client().Transport.(*http.Transport).MaxIdleConnsPerHost = 256
	b.SetParallelism(8)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		conv := f.start(withAnna)
		for pb.Next() {
			f.want(http.StatusOK, "POST", base+"/"+conv.ID+"/activities", `{"type":"message","text":"hello","from":{"id":"anna"}}`, nil)
		}
	})
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
