package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/proactive"
)

// A route does what the body of a request says, and returns what to answer, nil
// for nothing. An error is answered 500 {"error": …}.
type route func(r *http.Request, body []byte) (any, error)

var errBody = errors.New("the body is not the JSON that belongs here")

func (do route) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 256<<10))
	var result any
	if err == nil {
		result, err = do(r, body)
	}
	status := http.StatusOK
	if err != nil {
		slog.Error("trigger failed", "err", err, "advice", activity.Advice(err))
		status, result = http.StatusInternalServerError, map[string]string{"error": reason(err)}
	}
	if result == nil {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(result) // the caller may have hung up
}

// reason is what a caller is told; the log has the rest.
func reason(err error) string {
	for _, says := range []error{errBody, proactive.ErrConversationNotFound, proactive.ErrUserNotSignedIn} {
		if errors.Is(err, says) {
			return says.Error()
		}
	}
	return cmp.Or(activity.Advice(err), "the agent failed")
}
