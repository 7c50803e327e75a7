package cli

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/localchannel"
	"github.com/outspoken-go/outspoken/playground"
	"github.com/outspoken-go/outspoken/usertoken"
	"github.com/outspoken-go/outspoken/web"
)

// A local is a local channel with what belongs beside it: user tokens, the
// playground, and the pages of both.
type local struct {
	channel  *localchannel.Channel
	recorder *playground.Recorder
	beside   map[string]http.Handler // by pattern; the channel's own routes are not among them
}

// newLocal puts everything together. What asks its callers for nothing answers
// this machine only, also when Direct Line has a secret.
func newLocal(ctx context.Context, cfg localchannel.Config, pages web.Config) (*local, error) {
	pages.Playground = true
	page, err := web.Handler(pages)
	if err != nil {
		return nil, errUsage{fmt.Errorf("--webchat-bundle: %w", err)}
	}
	l := &local{recorder: playground.NewRecorder()}
	cfg.Watch = l.recorder.Watch
	tokens, err := usertoken.New(usertoken.Config{
		BaseURL: cfg.BaseURL, Store: cfg.Store, Check: cfg.CheckAgent, Logger: cfg.Logger,
		Deliver: func(ctx context.Context, conversation string, a *activity.Activity) error {
			_, err := l.channel.Deliver(ctx, conversation, a)
			return err
		},
	})
	if err != nil {
		return nil, err
	}
	if l.channel, err = localchannel.New(ctx, cfg); err != nil {
		return nil, err
	}
	forPages := localchannel.Guard(tokens.Handler(), cfg.AllowedOrigins)
	forAgent := forPages
	if cfg.CheckAgent != nil {
		forAgent = tokens.Handler() // asks for a token, and refuses pages from elsewhere
	}
	l.beside = map[string]http.Handler{
		"/api/usertoken/": forAgent,
		"/api/botsignin/": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h := forPages
			if strings.HasPrefix(strings.ToLower(r.URL.Path), "/api/botsignin/getsignin") {
				h = forAgent
			}
			h.ServeHTTP(w, r)
		}),
		"/playground/api/": playground.New(l.channel, l.recorder, playground.Config{
			Agent: withoutQuery(cfg.Agent), Account: activity.ChannelAccount{ID: cfg.AgentID, Name: cfg.AgentName},
			ChannelID: cfg.ChannelID, Origins: cfg.AllowedOrigins,
		}).Handler(),
		"/": localchannel.Guard(page, cfg.AllowedOrigins),
	}
	return l, nil
}

// mount puts all routes on a mux.
func (l *local) mount(mux *http.ServeMux) {
	h := l.channel.Handler()
	for _, pattern := range []string{"/v3/directline/", "/connector/", "/files/"} {
		mux.Handle(pattern, h)
	}
	for pattern, h := range l.beside {
		mux.Handle(pattern, h)
	}
}

// close comes after the HTTP server has stopped.
func (l *local) close() error {
	l.recorder.Close()
	return l.channel.Close()
}
