package server

import (
	"net/http"
	"net/http/httptest"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// CountOnce returns what is counted for one turn that sends one message.
func CountOnce(s *Server) func() {
	trace, t := s.metrics.trace(), &agent.Turn{Activity: &activity.Activity{Type: activity.TypeMessage}}
	answer := s.metrics.acknowledged(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
	w := httptest.NewRecorder()
	return func() {
		trace.Start(t)
		_ = s.metrics.sent(opSend, nil)
		trace.End(t, nil)
		answer.ServeHTTP(w, nil)
	}
}
