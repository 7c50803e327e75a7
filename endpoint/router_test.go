package endpoint_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
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
	// The third, a function of context, headers and body, is Example_serverless.
}

// S2-25, S2-44
func TestBodyAndHeadersWithoutAServer(t *testing.T) {
	app, ad, wire := newBot(agent.AdapterConfig{})
	app.OnMessage(func(ctx context.Context, tn *agent.Turn) error { return tn.SendText(ctx, tn.Activity.Text) })
	agent.OnInvoke(app, "ask", func(_ context.Context, _ *agent.Turn, n int) (int, error) { return n + 1, nil })
	h := endpoint.New(ad, gate{verify: func(authorization []string) (activity.Identity, error) {
		if !slices.Equal(authorization, []string{"Bearer good"}) {
			return activity.Identity{}, errors.New("no")
		}
		return activity.Identity{}, nil
	}}, anyHost{}, endpoint.Config{Logger: quiet})
	for _, tt := range []struct {
		name, authorization, members string
		status                       int
		answer                       string
	}{
		{"S2-25 S2-44 a message becomes a turn", "Bearer good", `"text":"hello"`, 200, ""},
		{"S2-25 an invoke is answered", "Bearer good", invokes + `,"value":1`, 200, "2"},
		{"S2-25 the header is checked", "Bearer bad", `"text":"not for you"`, 401, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := request(t.Context(), body(tt.members))
			r.Header.Set("Authorization", tt.authorization)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != tt.status || w.Body.String() != tt.answer {
				t.Errorf("answer = %d %q, want %d %q", w.Code, w.Body, tt.status, tt.answer)
			}
		})
	}
	if diff := cmp.Diff([]string{"hello"}, wire.texts()); diff != "" {
		t.Errorf("texts differ (-want +got):\n%s", diff)
	}
}
