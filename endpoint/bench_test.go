package endpoint_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/agent"
)

// BenchmarkEndpoint serves requests without a network. The echo sends into a
// connector that does nothing.
func BenchmarkEndpoint(b *testing.B) {
	echo := agent.New(agent.Config{Logger: quiet})
	echo.OnFallback(func(ctx context.Context, tn *agent.Turn) error { return tn.SendText(ctx, tn.Activity.Text) })
	for _, bm := range []struct {
		name string
		h    http.Handler
		body string
	}{
		{"nothing", open(receiver(nothing)), body(`"text":"hello"`)},
		{"echo", open(agent.NewAdapter(echo, deaf{}, agent.AdapterConfig{Concurrent: true})), body(`"text":"hello"`)},
		{"expectReplies", open(agent.NewAdapter(echo, deaf{}, agent.AdapterConfig{Concurrent: true})), body(`"text":"hello",` + expectReplies)},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/api/messages", strings.NewReader(bm.body))
					r.Header.Set("Content-Type", "application/json")
					w := httptest.NewRecorder()
					if bm.h.ServeHTTP(w, r); w.Code != http.StatusOK {
						b.Errorf("status = %d", w.Code)
						return
					}
				}
			})
		})
	}
}
