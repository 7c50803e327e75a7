package usertoken

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/storage"
)

// Config says where the service stands. BaseURL and Store are required.
type Config struct {
	// BaseURL is the address of the service as browsers reach it, such as
	// http://127.0.0.1:3979, without a path. Links to the sign-in page begin
	// with it.
	BaseURL string

	// Store keeps sign-ins, under "usertoken/".
	Store storage.Store

	// Deliver gives an activity to the agent, in the conversation with this
	// id: the event tokens/response. Without it every sign-in ends with a
	// code. It is called from the HTTP request of whoever signs in.
	Deliver func(ctx context.Context, conversation string, a *activity.Activity) error

	// Check says whether a caller of the agent's routes may come in; its
	// error is an [*activity.Error] with the status to answer, or means 401.
	// Default: everybody.
	Check func(r *http.Request) error

	// Logger gets a line when the store or Deliver failed. No token, code or
	// name is logged. Default [slog.Default].
	Logger *slog.Logger
}

// A Service is a user-token service with its sign-in page. All methods may be
// called concurrently.
type Service struct {
	cfg     Config
	origin  string // of BaseURL
	key     []byte // signs the tokens of silent sign-in
	handler http.Handler

	mu      sync.Mutex
	users   int       // at least as many as there are
	counted time.Time // when users was exact
}

// New checks cfg. It does no I/O.
func New(cfg Config) (*Service, error) {
	base, err := url.Parse(cfg.BaseURL)
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" || base.User != nil ||
		strings.Trim(base.Path, "/") != "" || base.RawQuery != "" || base.Fragment != "" {
		return nil, fmt.Errorf("usertoken: BaseURL %q must be a URL without path, such as http://127.0.0.1:3979", cfg.BaseURL)
	}
	if cfg.Store == nil {
		return nil, errors.New("usertoken: Store is missing; storage.NewMemory() will do")
	}
	cfg.BaseURL = strings.TrimRight(cfg.BaseURL, "/")
	cfg.Logger = cmp.Or(cfg.Logger, slog.Default())
	s := &Service{cfg: cfg, origin: originOf(base), key: make([]byte, 32)}
	rand.Read(s.key) // never fails
	s.handler = s.routes()
	return s, nil
}

// Handler serves everything below /api/usertoken/ and /api/botsignin/.
func (s *Service) Handler() http.Handler { return s.handler }
