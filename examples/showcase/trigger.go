package showcase

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/proactive"
)

// Trigger makes the agent speak first: POST {"conversationId": …, "text": …},
// both optional, sends text to that conversation, or to every known one when
// none is named. It answers {"sent": n, "failed": n}: 404 for an unknown
// conversation, 502 when nothing could be sent. It has no authorisation of its
// own.
func Trigger(adapter *agent.Adapter, known *proactive.Conversations, logger *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			refuse(w, http.StatusMethodNotAllowed, "use POST")
			return
		}
		ask := struct {
			ConversationID string `json:"conversationId"`
			Text           string `json:"text"`
		}{Text: "Proactive hello"}
		dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&ask); err != nil {
			refuse(w, http.StatusBadRequest, `the body must be JSON such as {"text": "Hello"} or {"conversationId": "…", "text": "Hello"}`)
			return
		}
		b := broadcast{adapter: adapter, logger: logger, room: make(chan struct{}, 16)}
		switch conv, err := known.Get(r.Context(), ask.ConversationID); {
		case ask.ConversationID == "":
			for known, err := range known.All(r.Context()) {
				if err != nil {
					logger.Error("conversations not read", "err", err)
					b.count(err)
					break
				}
				if known.Mark.Status == proactive.StatusActive {
					b.send(r.Context(), known.Conversation, ask.Text)
				}
			}
		case errors.Is(err, proactive.ErrConversationNotFound):
			refuse(w, http.StatusNotFound, proactive.ErrConversationNotFound.Error())
			return
		case err != nil:
			logger.Error("conversation not read", "err", err)
			refuse(w, http.StatusInternalServerError, "the conversation could not be read")
			return
		default:
			b.send(r.Context(), conv, ask.Text)
		}
		b.wait(w)
	})
}

// A broadcast sends to many conversations, a few at a time.
type broadcast struct {
	adapter *agent.Adapter
	logger  *slog.Logger
	room    chan struct{}
	work    sync.WaitGroup

	mu     sync.Mutex
	Sent   int    `json:"sent"`
	Failed int    `json:"failed"`
	Hint   string `json:"hint,omitempty"`
}

func (b *broadcast) send(ctx context.Context, conv activity.Conversation, text string) {
	b.room <- struct{}{}
	b.work.Go(func() {
		defer func() { <-b.room }()
		ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
		defer cancel()
		_, err := b.adapter.Send(ctx, conv, activity.Message(text))
		if err != nil {
			b.logger.Error("proactive message not sent", "conversation", conv.Reference.Conversation.ID,
				"err", err, "advice", activity.Advice(err))
		}
		b.count(err)
	})
}

func (b *broadcast) count(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil {
		b.Failed++
	} else {
		b.Sent++
	}
}

// wait answers when all is sent.
func (b *broadcast) wait(w http.ResponseWriter) {
	b.work.Wait()
	status := http.StatusOK
	switch {
	case b.Sent+b.Failed == 0:
		b.Hint = "no conversation is known yet; write to the agent first, such as on its chat page"
	case b.Sent == 0:
		status = http.StatusBadGateway
	}
	reply(w, status, b)
}

func refuse(w http.ResponseWriter, status int, why string) {
	reply(w, status, map[string]string{"error": why})
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the caller may have hung up; there is nobody to tell
}
