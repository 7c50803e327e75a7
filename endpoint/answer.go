package endpoint

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/outspoken-go/outspoken/activity"
)

// retryAfter is what a refused caller is told, in seconds.
const retryAfter = "5"

func unavailable(w http.ResponseWriter) {
	w.Header().Set("Retry-After", retryAfter)
	writeError(w, http.StatusServiceUnavailable, "ServiceUnavailable", "the agent cannot take more work now")
}

// writeError writes the error object that channels know.
func writeError(w http.ResponseWriter, status int, code, message string) {
	type detail struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	body, _ := json.Marshal(map[string]detail{"error": {code, message}}) // strings always are JSON
	writeJSON(w, status, body)
}

func writeJSON(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	w.Write(body) // the caller may have hung up; there is nobody to tell
}

// waiting is the context of a turn that its request waits for: it ends when
// the caller hangs up or the Handler gives up draining.
func (h *Handler) waiting(r *http.Request) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(r.Context())
	stop := context.AfterFunc(h.turns, cancel)
	return ctx, func() { stop(); cancel() }
}

// invoke answers with what the handler responded.
func (h *Handler) invoke(w http.ResponseWriter, r *http.Request, in activity.Inbound) {
	ctx, cancel := h.waiting(r)
	defer cancel()
	resp, err := h.receiver.Process(ctx, in)
	if err != nil {
		h.answer(w, err)
		return
	}
	status, body := outcome(resp)
	if body == nil {
		w.WriteHeader(status)
		return
	}
	writeJSON(w, status, body)
}

// outcome is the HTTP status and body of an invoke's answer. A status that
// HTTP does not know is a mistake of the handler.
func outcome(resp *activity.InvokeResponse) (int, json.RawMessage) {
	switch {
	case resp == nil:
		return http.StatusNotImplemented, nil
	case resp.Status == 0:
		return http.StatusOK, resp.Body
	case resp.Status < 200 || resp.Status > 599:
		return http.StatusInternalServerError, nil
	}
	return resp.Status, resp.Body
}

// expectReplies answers with all that the turn sent. A failed turn answers
// with what it sent until then, the error hook's words included; only a failed
// invoke shows in the status.
func (h *Handler) expectReplies(w http.ResponseWriter, r *http.Request, in activity.Inbound) {
	ctx, cancel := h.waiting(r)
	defer cancel()
	replies := activity.ExpectedReplies{Activities: []activity.Activity{}}
	replies.Keep("activities")
	in.Reply = func(a *activity.Activity) (activity.ResourceResponse, error) {
		replies.Activities = append(replies.Activities, *a)
		return activity.ResourceResponse{}, nil
	}
	resp, err := h.receiver.Process(ctx, in)
	if err != nil && busy(err) {
		unavailable(w)
		return
	}
	status := http.StatusOK
	switch invoke := in.Activity.Is(activity.TypeInvoke); {
	case invoke && err != nil:
		status = http.StatusInternalServerError
	case invoke:
		status, replies.Body = outcome(resp)
	}
	body, err := json.Marshal(replies)
	if err != nil {
		h.cfg.Logger.ErrorContext(ctx, "expected replies are not JSON", "err", err)
		writeError(w, http.StatusInternalServerError, "InternalError", "the agent failed to handle the activity")
		return
	}
	writeJSON(w, status, body)
}
