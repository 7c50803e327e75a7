package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/proactive"
	"github.com/outspoken-go/outspoken/storage/sqlite"
)

// openFolder makes the address book in a folder answer as that of a server
// does. It keeps the folder for this process meanwhile.
func (s *remote) openFolder(ctx context.Context) (close func() error, err error) {
	file := filepath.Join(s.data, "outspoken.db")
	if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("there is no data in %s; name the folder of an agent with --data", s.data)
	}
	lock, err := lockFile(filepath.Join(s.data, "outspoken.lock"))
	switch {
	case errors.Is(err, errLocked):
		return nil, fmt.Errorf("a server works with the data in %s; ask it by leaving out --data (--url says where it is), or end it", s.data)
	case err != nil:
		return nil, fmt.Errorf("data folder: %w", err)
	}
	store, err := sqlite.Open(ctx, file, sqlite.Config{})
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	m := proactive.New(nil, nil, proactive.NewConversations(store), proactive.Config{})
	s.url, s.path = "http://data", "/proactive"
	s.client = &http.Client{Transport: inProcess{proactive.NewHandler(m, proactive.TriggerConfig{
		Authorise: func(*http.Request) (activity.Identity, error) { return activity.Identity{}, nil }, // whoever can open the file
		Hosts:     anyHost{}, AgentIDs: []string{"*"},
		Logger: slog.New(slog.DiscardHandler), // what fails is told
	})}}
	return func() error { return errors.Join(store.Close(), lock.Close()) }, nil
}

// anyHost lets any address into a folder. Whether a token goes there is decided
// by the agent that sends.
type anyHost struct{}

func (anyHost) Check(string) error { return nil }

// inProcess answers requests by a handler in this process.
type inProcess struct{ handler http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	w := &written{header: http.Header{}, status: http.StatusOK}
	p.handler.ServeHTTP(w, r)
	return &http.Response{StatusCode: w.status, Header: w.header, Body: io.NopCloser(&w.body), Request: r}, nil
}

type written struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *written) Header() http.Header         { return w.header }
func (w *written) WriteHeader(status int)      { w.status = status }
func (w *written) Write(p []byte) (int, error) { return w.body.Write(p) }
