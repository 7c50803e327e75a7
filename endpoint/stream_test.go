package endpoint_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/endpoint"
)

// A caller over HTTP/2 who resets a stream just as its turn ends must not bring
// down the process.
func TestStreamSurvivesCallersWhoLeave(t *testing.T) {
	h := endpoint.New(receiver(func(ctx context.Context, in activity.Inbound) (*activity.InvokeResponse, error) {
		_, err := in.Reply(activity.Message("hi"))
		<-ctx.Done()
		return nil, err
	}), gate{}, anyHost{}, endpoint.Config{Logger: quiet})
	srv := httptest.NewUnstartedServer(h)
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 40 {
				ctx, leave := context.WithCancel(t.Context())
				r, err := http.NewRequestWithContext(ctx, http.MethodPost, srv.URL, strings.NewReader(body(streams)))
				if err != nil {
					t.Error(err)
				}
				r.Header.Set("Content-Type", "application/json")
				resp, err := srv.Client().Do(r)
				if err != nil {
					t.Error(err)
					leave()
					return
				}
				leave()
				resp.Body.Close()
			}
		})
	}
	wg.Wait()
	shutdown(t, h)
}
