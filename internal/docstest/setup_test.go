package docstest

import (
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/server"
)

var exportLine = regexp.MustCompile(`(?m)^export (\w+)=(.*)$`)

// TestSetups starts a server with each set-up that the documents show.
func TestSetups(t *testing.T) {
	for _, doc := range []string{configuration, "docs/guide/first-agent.md", "docs/guide/local-channel.md"} {
		for _, block := range shBlock.FindAllStringSubmatch(read(t, doc), -1) {
			lines := exportLine.FindAllStringSubmatch(block[1], -1)
			if len(lines) == 0 {
				continue
			}
			t.Run(lines[0][0], func(t *testing.T) {
				for _, m := range lines {
					t.Setenv(m[1], strings.Trim(strings.ReplaceAll(m[2], "…", "x"), "'"))
				}
				checkSetup(t)
			})
		}
	}
	t.Run("the file", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "agent.json")
		text := jsonBlock.FindStringSubmatch(read(t, configuration))[1]
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv("OUTSPOKEN_CONFIG", path)
		t.Setenv("Connections__Contoso__Settings__ClientSecret", "x")
		if cfg := checkSetup(t); cfg.Addr != "0.0.0.0:3978" || !cfg.Validation.AzureBotServiceOnly {
			t.Errorf("the file did not count: %+v", cfg)
		}
	})
}

func checkSetup(t *testing.T) server.Config {
	t.Helper()
	cfg := server.FromEnv()
	cfg.Logger = slog.New(slog.DiscardHandler)
	if len(cfg.Warnings) > 0 {
		t.Errorf("warnings: %q", cfg.Warnings)
	}
	if _, err := server.New(agent.New(agent.Config{}), cfg); err != nil {
		t.Error(err)
	}
	return cfg
}

// TestSettingRules checks what the document says about how settings are read.
func TestSettingRules(t *testing.T) {
	path := filepath.Join(t.TempDir(), "agent.json")
	file := `{"connections": {"b": {"Settings": {"clientid": "B", "ClientSecret": "x"}}},
		"TokenValidation__Audiences": ["file-0", "file-1"], "Logging": {"Level": "Debug"}}`
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"OUTSPOKEN_CONFIG":                          path,
		"TokenValidation__Audiences":                "more, most",
		"TokenValidation__Audiences__0":             "env-0",
		"Connections__A__Settings__ClientId":        " A ",
		"Connections__A__Settings__ClientSecret":    "x",
		"OutboundHostValidator__Enabled":            "false",
		"AgentApplication__StartTypingTimer":        "true",
		"OUTSPOKEN_TEST_POSTGRES":                   "x",
		"PORT":                                      "8080",
		"OUTSPOKEN_ADDR":                            "",
		"TokenValidation__OpenIdMetadataUrl":        "",
		"Connections__A__Settings__Scopes__0":       "one",
		"Connections__A__Settings__Scopes":          "two three",
		"Connections__A__Settings__CertThumbprint":  "",
		"Connections__A__Settings__ValidateStrange": "1",
	} {
		t.Setenv(name, value)
	}
	cfg := server.FromEnv()
	if got := strings.Join(cfg.Validation.Audiences, " "); got != "more most env-0 file-1" {
		t.Errorf("audiences are %q", got)
	}
	if c := cfg.Connections.Connections; len(c) != 2 || c[0].ClientID != "A" || c[1].ClientID != "B" || strings.Join(c[0].Scopes, " ") != "two three one" {
		t.Errorf("connections are %+v", c)
	}
	if cfg.Addr != ":8080" {
		t.Errorf("with credentials PORT gives %q", cfg.Addr)
	}
	for _, name := range []string{"OutboundHostValidator__Enabled", "Connections__A__Settings__ValidateStrange", "Logging__Level"} {
		if !strings.Contains(strings.Join(cfg.Warnings, "\n"), name) {
			t.Errorf("no warning about %s: %q", name, cfg.Warnings)
		}
	}
	for _, name := range []string{"AgentApplication", "OUTSPOKEN_TEST"} {
		if strings.Contains(strings.Join(cfg.Warnings, "\n"), name) {
			t.Errorf("a warning about %s: %q", name, cfg.Warnings)
		}
	}
	if _, err := server.New(agent.New(agent.Config{}), server.Config{Addr: ":3978"}); err == nil {
		t.Error("an anonymous server may listen everywhere")
	}
}
