package connector_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/outspoken-go/outspoken/connector"
)

// BenchmarkSend measures Send beside a bare POST of the same bytes, both over
// loopback to a server that answers at once; its own cost is in both figures.
func BenchmarkSend(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, `{"id":"m1"}`)
	}))
	defer server.Close()
	to := at(server.URL, "msteams")
	a := message(to, "A message of ordinary length, as agents send them all day.")
	a.ReplyToID = "1700000000000"

	b.Run("connector", func(b *testing.B) {
		b.ReportAllocs()
		c := newClient(connector.Config{})
		for b.Loop() {
			if _, err := c.Send(b.Context(), to, a); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("bare", func(b *testing.B) {
		b.ReportAllocs()
		body, err := a.Append(nil)
		if err != nil {
			b.Fatal(err)
		}
		client := &http.Client{
			Timeout: 10 * time.Second,
			Transport: &http.Transport{
				DialContext:         (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
				MaxIdleConnsPerHost: 1024,
				DisableCompression:  true,
			},
		}
		for b.Loop() {
			url := server.URL + "/v3/conversations/19:c1/activities/1700000000000"
			req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, url, bytes.NewReader(bytes.Clone(body)))
			if err != nil {
				b.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Authorization", "Bearer "+secret)
			resp, err := client.Do(req)
			if err != nil {
				b.Fatal(err)
			}
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
	})
}

// BenchmarkSendCPU leaves the network out: what Send itself costs.
func BenchmarkSendCPU(b *testing.B) {
	b.ReportAllocs()
	c := newClient(connector.Config{HTTPClient: &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		io.Copy(io.Discard, r.Body)
		return &http.Response{StatusCode: 200, Body: io.NopCloser(bytes.NewReader([]byte(`{"id":"m1"}`)))}, nil
	}), Timeout: time.Minute}})
	to := at("https://channel.example/", "msteams")
	a := message(to, "A message of ordinary length, as agents send them all day.")
	for b.Loop() {
		if _, err := c.Send(b.Context(), to, a); err != nil {
			b.Fatal(err)
		}
	}
}
