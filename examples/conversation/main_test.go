package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/agenttest"
)

// elsewhere is the address of the service, as a test wants it.
func elsewhere(t *testing.T, h http.Handler) string {
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}

// inMemory is the service without a socket, for virtual time.
type inMemory struct{ http.Handler }

func (m inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	m.ServeHTTP(rec, r)
	return rec.Result(), nil
}

// S2-09 and S2-13: conversations over several turns, as they read. Question,
// answer, change of subject and cancel are in testdata/trip.txtar.
func TestS2_13_Conversation(t *testing.T) {
	service := newPrices("http://prices.test")
	service.client.Transport = inMemory{priceList{}}
	agenttest.RunTranscripts(t, "testdata/*.txtar", func(*testing.T) *agent.App { return newTravel(service) })
}

// S2-13: what is known of the trip is the user's own, in this conversation.
func TestS2_13_EverybodyTheirOwnTrip(t *testing.T) {
	ch := agenttest.NewChannel(t, newTravel(newPrices(elsewhere(t, priceList{}))), agenttest.Config{})
	ann := ch.Conversation("group")
	ben := ann.As(activity.ChannelAccount{ID: "ben"})
	agenttest.WantTexts(t, ann.SendText("trip"), "Where do you want to go?")
	agenttest.WantTexts(t, ben.SendText("cancel"), "There is nothing to cancel.")
	agenttest.WantTexts(t, ann.SendText("Rome"), "How many nights?")
	agenttest.WantTexts(t, ben.SendText("trip"), "Where do you want to go?")
	agenttest.WantTexts(t, ann.SendText("2"), "Rome for 190 euros. Nights: 2. Have a good time!")
	agenttest.WantTexts(t, ben.SendText("Oslo"), "How many nights?")
}

// S2-09: the service elsewhere fails; the user is told in words, and the same
// answer given again works when the service does.
func TestS2_09_ServiceFails(t *testing.T) {
	const try = " Say again how many nights to try once more, or cancel."
	bad := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			w.Write([]byte(body))
		}
	}
	service := newPrices("")
	c := agenttest.Start(t, newTravel(service))
	c.SendText("trip")
	c.SendText("Rome")
	for name, h := range map[string]http.HandlerFunc{
		"down":     bad(503, "connect to db01 failed"),
		"garbage":  bad(200, "<html>"),
		"no price": bad(200, "{}"),
		"endless":  bad(200, `{"x":"`+strings.Repeat("x", 1<<20)+`","euros":1}`),
		"hangs up": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			service.url = elsewhere(t, h)
			agenttest.WantTexts(t, c.SendText("2"), "Sorry, I could not find out the price."+try)
		})
	}
	service.url = elsewhere(t, priceList{})
	agenttest.WantTexts(t, c.SendText("2"), "Rome for 190 euros. Nights: 2. Have a good time!")
}

// S2-09: nobody waits for long, in virtual time.
func TestS2_09_ServiceIsSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := newPrices("http://prices.test")
		service.client.Transport = never{}
		c := agenttest.Start(t, newTravel(service))
		c.SendText("trip")
		c.SendText("Rome")
		start := time.Now()
		agenttest.WantTexts(t, c.SendText("2"), "Sorry, finding the price takes too long. Say again how many nights to try once more, or cancel.")
		if took := time.Since(start); took != priceTimeout {
			t.Errorf("it took %s, want %s", took, priceTimeout)
		}
	})
}

// never answers.
type never struct{}

func (never) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}
