package main

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/background"
)

// standIn stands in for the service elsewhere, so that the example runs without
// one. It is no part of the agent.
type standIn struct {
	work  *background.Queue
	key   string // of the agent's triggers
	takes time.Duration
}

func (s standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var j job
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&j); err != nil {
		http.Error(w, "the body is no job", http.StatusBadRequest)
		return
	}
	err := s.work.Go("analysis", func(ctx context.Context) error {
		select {
		case <-time.After(s.takes):
		case <-ctx.Done():
			return ctx.Err()
		}
		return send(ctx, j.CallbackURL, s.key, struct {
			Conversation activity.Conversation `json:"conversation"`
			Value        result                `json:"value"`
		}{j.Conversation, result{j.Document + " has three pages"}})
	})
	if err != nil {
		http.Error(w, "too much to do", http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}
