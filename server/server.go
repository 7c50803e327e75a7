package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/signal"
	"syscall"
	"time"

	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/auth"
	"github.com/outspoken-go/outspoken/background"
	"github.com/outspoken-go/outspoken/connector"
	"github.com/outspoken-go/outspoken/endpoint"
	"github.com/outspoken-go/outspoken/internal/httpd"
	"github.com/outspoken-go/outspoken/localchannel"
	"github.com/outspoken-go/outspoken/proactive"
)

// A Server is one agent behind HTTP.
type Server struct {
	cfg        Config // without secrets: what prints a Server prints none
	open       bool   // to callers without a token
	app        *agent.App
	adapter    *agent.Adapter
	messenger  *proactive.Messenger
	background *background.Queue
	endpoint   *endpoint.Handler
	metrics    *metrics
	router     *router
	local      *localVerifier // nil in anonymous mode
	mux        *http.ServeMux
}

// New wires an agent to HTTP. It checks cfg and does no I/O. The conversations
// of all turns that come in are kept in the address book,
// [Server.Conversations], around the middlewares of app.
func New(app *agent.App, cfg Config) (*Server, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	cfg.Validation.Logger = cmp.Or(cfg.Validation.Logger, cfg.Logger)
	calls, err := cfg.outbound()
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, open: cfg.anonymous(), app: app, background: cfg.Background, metrics: new(metrics), mux: http.NewServeMux()}
	s.cfg.Connections, s.cfg.Proactive, s.cfg.MetricsKey = auth.ConnectionsConfig{}, Proactive{Path: cfg.Proactive.Path}, ""
	if s.background == nil {
		cfg.work.Logger = cfg.Logger
		s.background = background.New(cfg.work)
	}
	calls.OnRetry = s.metrics.retry
	s.router = &router{remote: connector.New(calls), metrics: s.metrics}
	hosts := trusted{s.router, calls.Hosts}
	var tokens, verifier endpoint.Verifier = auth.Anonymous{}, auth.Anonymous{}
	if !s.open {
		if tokens, err = auth.NewVerifier(cfg.Validation); err != nil {
			return nil, err
		}
		s.local = newLocalVerifier(tokens, cfg.agentID(), s.router.owns)
		verifier = s.local
	}
	book := proactive.NewConversations(cmp.Or(cfg.Proactive.Storage, app.Storage()))
	s.adapter = agent.NewAdapter(app, s.router, agent.AdapterConfig{
		AgentID: cfg.agentID(), Use: []agent.Middleware{book.Capture}, Trace: s.metrics.trace(),
	})
	s.messenger = proactive.New(s.adapter, app, book, proactive.Config{
		SignIns: cfg.Proactive.SignIns, KeepUnsignedIn: cfg.Proactive.KeepUnsignedIn,
		TeamsServiceURL: cfg.Proactive.TeamsServiceURL, Logger: cfg.Logger,
	})
	s.endpoint = endpoint.New(s.adapter, verifier, hosts, endpoint.Config{Logger: cfg.Logger})
	s.mux.Handle("/api/messages", s.metrics.acknowledged(s.endpoint))
	s.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "ok") })
	s.mux.HandleFunc("GET /readyz", s.ready)
	s.mux.Handle("GET /metrics", s.guardMetrics(cfg.MetricsKey))
	if path := cfg.Proactive.Path; path != "" {
		s.mux.Handle(path+"/", s.triggers(&cfg, tokens, hosts))
	}
	return s, nil
}

func (cfg *Config) agentID() string {
	switch {
	case len(cfg.Connections.Connections) > 0:
		return cfg.Connections.Connections[0].ClientID
	case len(cfg.Validation.Audiences) > 0:
		return cfg.Validation.Audiences[0]
	}
	return ""
}

// Adapter runs the agent's turns; use it to speak first.
func (s *Server) Adapter() *agent.Adapter { return s.adapter }

// Handle adds a handler, as [http.ServeMux.Handle] does. In anonymous mode it
// is guarded like the rest; with credentials it is open to whoever reaches the
// server, so it has to check its callers itself.
func (s *Server) Handle(pattern string, h http.Handler) { s.mux.Handle(pattern, h) }

// LocalClient is the HTTP client with which the process's own local channel
// calls the agent; pass it to localchannel.Config. It is nil in anonymous mode,
// when no token is needed.
func (s *Server) LocalClient() *http.Client {
	if s.local == nil {
		return nil
	}
	return &http.Client{Transport: s.local, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // the secret goes to the agent only
	}}
}

// UseLocalChannel serves a local channel beside the agent. What the agent says
// to it is delivered in the process. Its routes are guarded in any mode.
func (s *Server) UseLocalChannel(c *localchannel.Channel) {
	s.router.local = c
	h := c.Handler()
	for _, prefix := range []string{"/v3/directline/", "/connector/", "/files/"} {
		s.mux.Handle(prefix, h)
	}
}

// Handler is everything the server serves, for use without [Server.Run]. Call
// [Server.Shutdown] when done.
func (s *Server) Handler() http.Handler {
	if s.open {
		return localchannel.Guard(s.mux, s.cfg.Origins)
	}
	return s.mux
}

func (s *Server) ready(w http.ResponseWriter, _ *http.Request) {
	if s.endpoint.Draining() {
		http.Error(w, "draining", http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ready")
}

// Shutdown refuses new activities, waits for the turns that run, until ctx
// ends, and then ends the background work.
func (s *Server) Shutdown(ctx context.Context) error {
	err := s.endpoint.Shutdown(ctx)
	return errors.Join(err, s.stopBackground(ctx))
}

// Run puts app behind HTTP as cfg says and serves until ctx ends or the
// process is told to stop. See [Server.Run].
func Run(ctx context.Context, app *agent.App, cfg Config) error {
	s, err := New(app, cfg)
	if err != nil {
		return err
	}
	return s.Run(ctx)
}

// Run listens and serves until ctx ends or SIGINT or SIGTERM comes, then
// drains. It returns nil after an orderly stop, and an error when the address
// cannot be used or turns did not end in time.
func (s *Server) Run(ctx context.Context) error {
	ln, err := net.Listen("tcp", s.cfg.Addr)
	if err != nil {
		return fmt.Errorf("server: %w; OUTSPOKEN_ADDR chooses another address", err)
	}
	return s.Serve(ctx, ln)
}

// Serve is [Server.Run] on a listener, which it closes.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	for _, w := range s.cfg.Warnings {
		s.cfg.Logger.Warn(w)
	}
	if s.open {
		s.cfg.Logger.Warn("no credentials: anyone on this machine may talk to the agent, and nobody else", "addr", ln.Addr().String())
	}
	if s.cfg.Proactive.Path == "" && len(s.app.Continuations()) > 0 {
		s.cfg.Logger.Info("the agent has continuations, and nothing outside of it can start them: Proactive__Path=/proactive serves the HTTP triggers")
	}
	requests, endRequests := context.WithCancel(context.WithoutCancel(ctx))
	defer endRequests()
	hs := httpd.New(requests, s.Handler())
	served := make(chan error, 1)
	go func() { served <- hs.Serve(ln) }()
	s.cfg.Logger.Info("listening", "addr", ln.Addr().String())
	select {
	case err := <-served:
		return errors.Join(fmt.Errorf("server: %w", err), s.stopBackground(context.WithoutCancel(ctx)))
	case <-ctx.Done():
		stop() // a second signal ends the process
	}
	s.cfg.Logger.Info("draining", "grace", s.cfg.Grace)
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.Grace)
	defer cancel()
	drained := s.endpoint.Shutdown(grace)
	if drained == nil {
		drained = hs.Shutdown(grace) // handlers of Handle may run turns too
	}
	if drained != nil {
		drained = fmt.Errorf("server: some turns or requests did not end within %s and were cancelled", s.cfg.Grace)
		endRequests()
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = s.endpoint.Shutdown(last) // for their last words; who is late now is left behind
		_ = hs.Shutdown(last)
	}
	hs.Close()
	<-served
	return errors.Join(drained, s.stopBackground(context.WithoutCancel(ctx)))
}
