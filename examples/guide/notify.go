package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/proactive"
)

// region notify
// notify says to a known conversation that the shop is about to close. It has
// no authorisation: whoever reaches it can make the agent speak.
func (s *shop) notify(adapter *agent.Adapter) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		to, err := s.known.Get(r.Context(), r.PathValue("conversation"))
		if errors.Is(err, proactive.ErrConversationNotFound) {
			http.Error(w, "unknown conversation", http.StatusNotFound)
			return
		}
		if err == nil {
			err = adapter.Continue(r.Context(), to, func(ctx context.Context, t *agent.Turn) error {
				n, err := messages.Get(ctx, t)
				if err != nil {
					return err
				}
				return t.SendText(ctx, fmt.Sprintf("We close in ten minutes. Thank you for %d messages!", n))
			})
		}
		if err != nil {
			slog.Error("not notified", "err", err, "advice", activity.Advice(err))
			http.Error(w, "not delivered", http.StatusBadGateway)
		}
	})
}

// endregion
