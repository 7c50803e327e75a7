package server_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/server"
)

// The settings of speaking first, of background work and of metrics, from
// variables and from a file. (S1-011)
func TestMoreSettings(t *testing.T) {
	want := server.Config{
		TokenService: "https://tokens.test", MetricsKey: "metrics-key",
		Proactive: server.Proactive{
			KeepUnsignedIn: true, TeamsServiceURL: "https://teams.test/", Path: "/speak", Open: true,
			Key: "trigger-key", WebhookSecret: "hook-secret", Callers: []string{"one", "two"},
		},
	}
	tests := []struct {
		name string
		env  map[string]string
		file string
		want server.Config
	}{
		{name: "nothing is set"},
		{name: "every variable", want: want, env: map[string]string{
			"TOKEN_SERVICE_ENDPOINT": "https://tokens.test", "OUTSPOKEN_METRICS_KEY": "metrics-key",
			"PROACTIVE__FAILONUNSIGNEDINCONNECTIONS": "false", "Proactive__TeamsServiceUrl": "https://teams.test/",
			"Proactive__Path": "/speak", "Proactive__RequireAuth": "false", "Proactive__Key": "trigger-key",
			"Proactive__WebhookSecret": "hook-secret", "Proactive__AllowedCallers": "one two",
			"OUTSPOKEN_BACKGROUND_WORKERS": "2", "OUTSPOKEN_BACKGROUND_DEPTH": "3", "OUTSPOKEN_BACKGROUND_GRACE": "4s",
		}},
		{name: "the same from a file", want: want, file: `{
			"RestChannelServiceClientFactory": {"TokenServiceEndpoint": "https://tokens.test"}, "OUTSPOKEN_METRICS_KEY": "metrics-key",
			"AgentApplication": {"Proactive": {"FailOnUnsignedInConnections": false}},
			"Proactive": {"TeamsServiceUrl": "https://teams.test/", "Path": "/speak", "RequireAuth": false, "Key": "trigger-key",
				"WebhookSecret": "hook-secret", "AllowedCallers": ["one", "two"]},
			"OUTSPOKEN_BACKGROUND_WORKERS": 2}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := read(t, tt.env, tt.file)
			if len(got.Warnings) > 0 {
				t.Errorf("warnings: %q", got.Warnings)
			}
			if got, want := plainMore(got), plainMore(tt.want); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

// plainMore shows also what is not printed.
func plainMore(cfg server.Config) string {
	p := cfg.Proactive
	return fmt.Sprintf("%t %q %q %t %q %q %q, %q %q", p.KeepUnsignedIn, p.TeamsServiceURL, p.Path, p.Open, string(p.Key), string(p.WebhookSecret), p.Callers,
		cfg.TokenService, string(cfg.MetricsKey))
}

func TestMoreMistakes(t *testing.T) {
	for name, value := range map[string]string{
		"Proactive__FailOnUnsignedInConnections":                   "perhaps",
		"AgentApplication__Proactive__FailOnUnsignedInConnections": "perhaps",
		"Proactive__RequireAuth":                                   "perhaps",
		"Proactive__Path":                                          "proactive",
		"OUTSPOKEN_BACKGROUND_WORKERS":                             "0",
		"OUTSPOKEN_BACKGROUND_DEPTH":                               "many",
		"OUTSPOKEN_BACKGROUND_GRACE":                               "-1s",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := server.New(newEcho(), read(t, map[string]string{name: value}, ""))
			if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), value) {
				t.Errorf("New = %v, want an error that names %s and %s", err, name, value)
			}
		})
	}
	t.Run("open, and a key", func(t *testing.T) {
		_, err := server.New(newEcho(), server.Config{Proactive: server.Proactive{Open: true, Key: "k"}})
		if err == nil || !strings.Contains(err.Error(), "Proactive__RequireAuth") {
			t.Errorf("New = %v, want an error", err)
		}
	})
	t.Run("unknown in the section", func(t *testing.T) {
		cfg := read(t, map[string]string{"Proactive__Keys": "x"}, "")
		if len(cfg.Warnings) != 1 || !strings.Contains(cfg.Warnings[0], "Proactive__Keys") {
			t.Errorf("warnings %q", cfg.Warnings)
		}
	})
}

// The sizes of the queue are those of the settings.
func TestBackgroundSettings(t *testing.T) {
	cfg := read(t, map[string]string{"OUTSPOKEN_BACKGROUND_WORKERS": "1", "OUTSPOKEN_BACKGROUND_DEPTH": "2"}, "")
	cfg.Logger = discard
	srv, err := server.New(newEcho(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	work := srv.Background()
	for range 10 {
		work.Go("task", untilStopped)
	}
	if s := work.Stats(); s.Running != 1 || s.Waiting != 2 || s.Dropped != 7 {
		t.Errorf("Stats = %+v, want one running, two waiting", s)
	}
	if err := srv.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestKeysAreNotPrinted(t *testing.T) {
	cfg := server.Config{MetricsKey: "hush-1", Proactive: server.Proactive{Key: "hush-2", WebhookSecret: "hush-3", Path: "/proactive"}}
	log := new(journal)
	cfg.Logger = log.logger()
	srv, err := server.New(newEcho(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	printed := ""
	for _, v := range []any{cfg, &cfg, cfg.Proactive, cfg.MetricsKey, srv, *srv} {
		printed += fmt.Sprintf("%v|%+v|%#v|%s|%q|%x", v, v, v, v, v, v)
		slog.New(slog.NewTextHandler(log, nil)).Info("look", "v", v)
		slog.New(slog.NewJSONHandler(log, nil)).Info("look", "v", v)
	}
	raw, err := json.Marshal(cfg.Proactive.Key)
	if all := printed + log.String() + string(raw); err != nil || strings.Contains(all, "hush") || strings.Contains(all, "68757368") {
		t.Errorf("a key shows: %s, %v", all, err)
	}
	if !strings.Contains(printed, "[secret]") || !strings.Contains(printed, "/proactive") {
		t.Errorf("the rest does not show, so this test proves nothing: %s", printed)
	}
}
