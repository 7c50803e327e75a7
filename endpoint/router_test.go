package endpoint_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/endpoint"
)

// S2-17
func TestAnyWebLayer(t *testing.T) {
	routers := map[string]func(h http.Handler) http.Handler{
		"net/http": func(h http.Handler) http.Handler {
			mux := http.NewServeMux()
			mux.Handle("POST /api/messages", h)
			return mux
		},
		"chi": func(h http.Handler) http.Handler {
			r := chi.NewRouter()
			r.Route("/api", func(r chi.Router) { r.Method(http.MethodPost, "/messages", h) })
			return r
		},
	}
	for name, route := range routers {
		t.Run("S2-17 "+name, func(t *testing.T) {
			app, ad, wire := newBot(agent.AdapterConfig{})
			app.OnMessage(func(ctx context.Context, tn *agent.Turn) error {
				return tn.SendText(ctx, "You said: "+tn.Activity.Text)
			})
			srv := httptest.NewServer(route(open(ad)))
			defer srv.Close()
			resp, err := http.Post(srv.URL+"/api/messages", "application/json", strings.NewReader(body(`"text":"hello"`)))
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != 200 {
				t.Errorf("status = %d, want 200", resp.StatusCode)
			}
			if diff := cmp.Diff([]string{"You said: hello"}, wire.texts()); diff != "" {
				t.Errorf("texts differ (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("S2-17 S2-25 S2-44 a function of context, headers and body", func(t *testing.T) {
		app, ad, wire := newBot(agent.AdapterConfig{})
		app.OnMessage(func(ctx context.Context, tn *agent.Turn) error { return tn.SendText(ctx, tn.Activity.Text) })
		agent.OnInvoke(app, "ask", func(_ context.Context, _ *agent.Turn, n int) (int, error) { return n + 1, nil })
		call := function(endpoint.New(ad, gate{verify: func(authorization []string) (activity.Identity, error) {
			if len(authorization) != 1 || authorization[0] != "Bearer good" {
				return activity.Identity{}, fmt.Errorf("no")
			}
			return activity.Identity{}, nil
		}}, endpoint.Config{Logger: quiet}))
		headers := map[string]string{"authorization": "Bearer good", "content-type": "application/json"}
		for _, tt := range []struct {
			headers    map[string]string
			members    string
			wantStatus int
			wantBody   string
		}{
			{headers, `"text":"hello"`, 200, ""},
			{headers, invokes + `,"value":1`, 200, "2"},
			{nil, `"text":"hello"`, 401, ""},
		} {
			status, got := call(t.Context(), tt.headers, body(tt.members))
			if status != tt.wantStatus || got != tt.wantBody {
				t.Errorf("%s: answer = %d %q, want %d %q", tt.members, status, got, tt.wantStatus, tt.wantBody)
			}
		}
		if diff := cmp.Diff([]string{"hello"}, wire.texts()); diff != "" {
			t.Errorf("texts differ (-want +got):\n%s", diff)
		}
	})
}

// function makes of a handler what serverless platforms call.
func function(h http.Handler) func(ctx context.Context, headers map[string]string, body string) (int, string) {
	return func(ctx context.Context, headers map[string]string, body string) (int, string) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, "/api/messages", strings.NewReader(body))
		if err != nil {
			return http.StatusInternalServerError, ""
		}
		for name, value := range headers {
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
}
