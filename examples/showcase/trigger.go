package showcase

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/proactive"
)

// Trigger makes the agent speak first: POST {"conversationId": …, "text": …}
// sends text to that conversation, or to every known one when none is named.
// It answers {"sent": n, "failed": n}: 404 for an unknown conversation, 502
// when nothing could be sent. It has no authorisation of its own.
func Trigger(adapter *agent.Adapter, known *proactive.Conversations, logger *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var ask struct {
			ConversationID string `json:"conversationId"`
			Text           string `json:"text"`
		}
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&ask); err != nil {
			reply(w, http.StatusBadRequest, map[string]string{"error": `the body must be JSON such as {"text": "Hello"}`})
			return
		}
		if ask.Text == "" {
			ask.Text = "Proactive hello"
		}
		var result struct {
			Sent   int `json:"sent"`
			Failed int `json:"failed"`
		}
		send := func(conv activity.Conversation) {
			if _, err := adapter.Send(r.Context(), conv, activity.Message(ask.Text)); err != nil {
				result.Failed++
				logger.Error("proactive message not sent", "conversation", conv.Reference.Conversation.ID,
					"err", err, "advice", activity.Advice(err))
				return
			}
			result.Sent++
		}
		if ask.ConversationID != "" {
			conv, err := known.Get(r.Context(), ask.ConversationID)
			switch {
			case errors.Is(err, proactive.ErrConversationNotFound):
				reply(w, http.StatusNotFound, map[string]string{"error": proactive.ErrConversationNotFound.Error()})
				return
			case err != nil:
				logger.Error("conversation not read", "err", err)
				reply(w, http.StatusInternalServerError, map[string]string{"error": "the conversation could not be read"})
				return
			}
			send(conv)
		} else {
			for conv, err := range known.All(r.Context()) {
				if err != nil {
					logger.Error("conversations not read", "err", err)
					result.Failed++
					break
				}
				send(conv)
			}
		}
		status := http.StatusOK
		if result.Sent == 0 && result.Failed > 0 {
			status = http.StatusBadGateway
		}
		reply(w, status, result)
	})
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v) // the caller may have hung up; there is nobody to tell
}
