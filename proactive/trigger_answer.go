package proactive

import (
	"encoding/json"
	"net/http"
)

// ContinuationErrorHeader is set in the answer to a create trigger when the
// conversation was created but what came after failed. It holds an error code.
const ContinuationErrorHeader = "Continuation-Error"

// An answer is what a trigger is answered with, and what is kept of it.
type answer struct {
	Status            int             `json:"status"`
	Body              json.RawMessage `json:"body,omitempty"`
	ContentType       string          `json:"contentType,omitempty"`
	RetryAfter        string          `json:"retryAfter,omitempty"`
	ContinuationError string          `json:"continuationError,omitempty"`

	replayed bool
}

func (a answer) write(w http.ResponseWriter) {
	header := w.Header()
	set := func(name, value string) {
		if value != "" {
			header.Set(name, value)
		}
	}
	set("Content-Type", a.ContentType)
	set("Retry-After", a.RetryAfter)
	set(ContinuationErrorHeader, a.ContinuationError)
	if a.replayed {
		set("Idempotency-Replayed", "true")
	}
	if a.Status == http.StatusUnauthorized {
		set("WWW-Authenticate", "Bearer")
	}
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	w.WriteHeader(a.Status)
	w.Write(a.Body) // the caller may have hung up; there is nobody to tell
}

const (
	jsonPlain = "application/json" // of results and channels' errors, as other SDKs have it
	jsonUTF8  = "application/json; charset=utf-8"
)

func answerJSON(v any) answer {
	raw, err := json.Marshal(v)
	if err != nil { // an open value that is no JSON, which decoding rules out
		return answerError(http.StatusInternalServerError, internalError, "the agent failed to handle the request")
	}
	return answer{Status: http.StatusOK, Body: raw, ContentType: jsonPlain}
}

// answerError is an error of ours. (proactive-hosting-auth 1.7)
func answerError(status int, code, message string) answer {
	type detail struct {
		Code     string  `json:"code"`
		Message  string  `json:"message"`
		HelpLink *string `json:"helpLink"`
	}
	raw, _ := json.Marshal(map[string]detail{"error": {Code: code, Message: message}}) // strings always are JSON
	return answer{Status: status, Body: raw, ContentType: jsonUTF8}
}

// failed logs why nothing came of a trigger, and answers so.
func (h *triggers) failed(r *http.Request, t trigger, err error) answer {
	a := errorAnswer(err)
	h.log(r, t, a, err)
	return a
}

func (h *triggers) log(r *http.Request, t trigger, a answer, err error) {
	h.cfg.Logger.WarnContext(r.Context(), "trigger failed",
		"trigger", t.verb, "key", t.continuation.Key, "conversation", t.id, "status", a.Status, "err", err)
}
