package httpd_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/internal/httpd"
)

// An agent that writes one slash too many reaches the Connector service all the
// same, with its ids as they were.
func TestOneSlashTooMany(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/connector/v3/conversations/{conversation}/activities/{activity}", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, r.Method+" "+r.PathValue("conversation")+" "+r.PathValue("activity"))
	})
	hs := httpd.New(t.Context(), mux)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- hs.Serve(ln) }()
	t.Cleanup(func() { hs.Close(); <-served })
	for path, want := range map[string]string{
		"/connector//v3/conversations/a:1/activities/c%7C7":   "PUT a:1 c|7",
		"/connector/v3//conversations/a%2Fb/activities/c%7C7": "PUT a/b c|7",
		"/connector/v3/conversations/a/activities/c%7C7":      "PUT a c|7",
	} {
		req, _ := http.NewRequest(http.MethodPut, "http://"+ln.Addr().String()+path, strings.NewReader("{}"))
		resp, err := http.DefaultTransport.RoundTrip(req) // follows no redirect
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK || string(body) != want {
			t.Errorf("%s answers %d %q, want %q", path, resp.StatusCode, body, want)
		}
	}
}
