package server

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/outspoken-go/outspoken/proactive"
	"github.com/outspoken-go/outspoken/storage"
)

// Proactive says how the agent speaks first. With the zero value it can do so
// from code, by [Server.Messenger], in every conversation it has met.
type Proactive struct {
	// Storage keeps the addresses of conversations. Default: the App's, where
	// they stand beside its state.
	Storage storage.Store

	// SignIns tells which sign-ins a user lacks; a signin.Flows does. Default:
	// sign-ins are not checked.
	SignIns proactive.SignIns

	// KeepUnsignedIn runs continuations although the user lacks a sign-in they
	// name. By default they fail.
	KeepUnsignedIn bool

	// TeamsServiceURL is where conversations in Teams are created, such as
	// proactive.TeamsGCC. Default: the public cloud.
	TeamsServiceURL string

	// Path is where the HTTP triggers are served, such as "/proactive".
	// Default: nowhere. See [proactive.NewHandler].
	Path string

	// Key lets callers trigger that show it as a bearer token, WebhookSecret
	// those that sign with it (see [proactive.Signed]), and Callers those
	// whose token is for one of these client ids. With none of the three,
	// every token will do that the messaging endpoint takes, also that of a
	// channel, and the address book is not shown.
	Key, WebhookSecret Secret
	Callers            []string

	// Authorise decides who may trigger, in place of the three above.
	Authorise proactive.Authoriser

	// Open lets everybody trigger who reaches the server, and logs a warning.
	Open bool
}

// A Secret is not printed, logged or written as JSON.
type Secret string

// Format keeps the secret out of everything that is printed.
func (Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[secret]") }

// LogValue keeps the secret out of logs.
func (Secret) LogValue() slog.Value { return slog.StringValue("[secret]") }

// MarshalJSON keeps the secret out of JSON.
func (Secret) MarshalJSON() ([]byte, error) { return json.Marshal("[secret]") }

// Conversations is the address book: every conversation in which somebody wrote
// to the agent. What the server adds to it is said at
// [proactive.Conversations.Capture].
func (s *Server) Conversations() *proactive.Conversations { return s.messenger.Conversations() }

// Messenger speaks first. It may be used from any goroutine, also before the
// server listens.
func (s *Server) Messenger() *proactive.Messenger { return s.messenger }

// triggers serves the HTTP triggers; tokens checks those of the messaging
// endpoint.
func (s *Server) triggers(cfg *Config, tokens proactive.Verifier, hosts proactive.Hosts) http.Handler {
	p := &cfg.Proactive
	c := proactive.TriggerConfig{
		Path: p.Path, Open: p.Open, Hosts: hosts, AgentIDs: cfg.Validation.Audiences, Logger: cfg.Logger,
	}
	if cfg.anonymous() {
		c.AgentIDs = []string{"*"}
	}
	var these []proactive.Authoriser
	if p.Key != "" {
		these = append(these, proactive.BearerKeys(string(p.Key)))
	}
	if p.WebhookSecret != "" {
		these = append(these, proactive.Signed(string(p.WebhookSecret)))
	}
	if len(p.Callers) > 0 || len(these) == 0 {
		these = append(these, proactive.Tokens(tokens, p.Callers...))
	}
	switch {
	case p.Open:
	case p.Authorise != nil:
		c.Authorise = p.Authorise
	default:
		c.Authorise = proactive.AnyOf(these...)
		// Every channel has a token of the messaging endpoint. Without
		// credentials there are none, and this machine is let in.
		c.HideBook = !p.named() && !cfg.anonymous()
	}
	return s.unlessDraining(proactive.NewHandler(s.messenger, c))
}

// unlessDraining refuses to start what a server that stops would have to wait
// for.
func (s *Server) unlessDraining(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.endpoint.Draining() {
			w.Header().Set("Retry-After", "5")
			http.Error(w, "draining", http.StatusServiceUnavailable)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// named reports whether the settings name who may trigger.
func (p *Proactive) named() bool { return p.Key != "" || p.WebhookSecret != "" || len(p.Callers) > 0 }

// check checks what belongs together.
func (p *Proactive) check() error {
	p.Path = strings.TrimSuffix(p.Path, "/")
	authorised := p.named() || p.Authorise != nil
	switch {
	case cmp.Or(p.Path, "/x")[0] != '/' || strings.ContainsAny(p.Path, "{}?# "):
		return fmt.Errorf("server: Proactive__Path is %q; write a path such as /proactive", p.Path)
	case p.Open && authorised:
		return errors.New("server: Proactive__RequireAuth=false lets everybody trigger, so a key, a secret or callers have no effect; leave out one or the other")
	}
	return nil
}
