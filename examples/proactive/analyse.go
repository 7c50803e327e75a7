package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// region analyse
// A job is what a service elsewhere is asked to do. It carries the conversation,
// so that the agent need not remember who asked.
type job struct {
	Document     string                `json:"document"`
	Conversation activity.Conversation `json:"conversation"`
	CallbackURL  string                `json:"callbackUrl"`
}

func (a *assistant) analyse(ctx context.Context, t *agent.Turn) error {
	if err := a.analysts.submit(ctx, t.Match()[1], t.Conversation()); err != nil {
		return err
	}
	return t.SendText(ctx, "The analysis has started. I will tell you when it is done.")
}

// A result is what the service calls back with, at
// POST /proactive/continue/analysis.
type result struct {
	Summary string `json:"summary"`
}

func analysed(ctx context.Context, t *agent.Turn, r result) error {
	return t.SendText(ctx, "The analysis is complete: "+r.Summary)
}

// endregion

// analysts is the service elsewhere, as the agent sees it.
type analysts struct{ url, callback string }

// region submit
var client = &http.Client{Timeout: 10 * time.Second}

func (s analysts) submit(ctx context.Context, document string, who activity.Conversation) error {
	return send(ctx, s.url, "", job{document, who, s.callback})
}

// send posts a value as JSON, and shows key unless it is "".
func send(ctx context.Context, url, key string, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("%s answered %s", req.URL.Host, resp.Status)
	}
	return nil
}

// endregion
