package main

import (
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agenttest"
)

// S2-09: a quick question and its answer, in one turn. S2-14: recognise,
// reason, respond.
func TestS2_09_OneShot(t *testing.T) {
	c := agenttest.Start(t, newConverter())
	for question, want := range map[string]string{
		"26.2 miles in km":         "26.2 miles is 42.16 km.",
		"How much is 70 KG to lb?": "70 kg is 154.32 lb.",
		"3 ft in m":                "3 ft is 0.91 m.",
		"2 kg in miles":            "Sorry, kg cannot be turned into miles.",
		"2 parsecs in furlongs":    "Sorry, neither parsecs nor furlongs is a unit I know.",
		"hello":                    `Ask me something like "26 miles in km" or "70 kg in lb".`,
		"":                         `Ask me something like "26 miles in km" or "70 kg in lb".`,
	} {
		agenttest.WantTexts(t, c.SendText(question), want)
	}
}

// S2-09: what was asked before does not matter, and the answer is all there
// is: a caller can have it in the HTTP response.
func TestS2_09_OneShotInTheResponse(t *testing.T) {
	c := agenttest.Start(t, newConverter())
	for range 2 {
		a := activity.Message("1 km in m")
		a.DeliveryMode = activity.DeliverExpectReplies
		agenttest.WantTexts(t, c.Send(a), "1 km is 1000.00 m.")
	}
	if calls := c.Connector().Calls(); len(calls) > 0 {
		t.Errorf("%d calls of the channel, want none", len(calls))
	}
}
