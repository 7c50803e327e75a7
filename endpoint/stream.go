package endpoint

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/outspoken-go/outspoken/activity"
)

// stream answers with server events: one "activity" for each thing the turn
// sends, as it sends it, and at the end an "invokeResponse" if there is one.
func (h *Handler) stream(w http.ResponseWriter, r *http.Request, in activity.Inbound) {
	ctx, cancel := h.waiting(r)
	defer cancel()
	s := &eventWriter{w: w, flush: http.NewResponseController(w)}
	// A caller who does not read must not hold up the turn: each event has its
	// time, and none when the turn is cancelled.
	fired := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(fired)
		s.flush.SetWriteDeadline(time.Now())
	})
	defer func() {
		if !stop() {
			<-fired // the ResponseWriter must not be used once this returns
		}
		s.flush.SetWriteDeadline(time.Time{})
	}()
	in.Reply = func(a *activity.Activity) (activity.ResourceResponse, error) {
		if err := ctx.Err(); err != nil {
			return activity.ResourceResponse{}, err
		}
		return activity.ResourceResponse{}, s.event("activity", a)
	}
	resp, err := h.receiver.Process(ctx, in)
	switch {
	case err != nil && !s.begun:
		h.answer(w, err)
	case err != nil: // the error hook has said what there is to say
	case resp != nil:
		if err := s.event("invokeResponse", resp); err != nil {
			h.cfg.Logger.InfoContext(ctx, "invoke response not streamed", "err", err)
		}
	default:
		s.begin()
	}
}

// eventTime is how long a caller may take to read one event.
const eventTime = 30 * time.Second

type eventWriter struct {
	w     http.ResponseWriter
	flush *http.ResponseController
	begun bool
}

func (s *eventWriter) begin() {
	if s.begun {
		return
	}
	s.begun = true
	s.w.Header().Set("Content-Type", "text/event-stream")
	s.w.Header().Set("Cache-Control", "no-store")
	s.w.WriteHeader(http.StatusOK)
}

func (s *eventWriter) event(name string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	var line bytes.Buffer
	if err := json.Compact(&line, raw); err != nil { // data must not hold a line break
		return err
	}
	s.begin()
	s.flush.SetWriteDeadline(time.Now().Add(eventTime)) // not every ResponseWriter can
	if _, err := fmt.Fprintf(s.w, "event: %s\r\ndata: %s\r\n\r\n", name, line.Bytes()); err != nil {
		return err
	}
	if err := s.flush.Flush(); !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil // it arrives with the end of the answer
}
