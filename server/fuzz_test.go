package server

import (
	"strings"
	"testing"
)

// Whatever an environment and a file hold, reading them ends in a Config or an
// error, and reading them again in the same.
func FuzzSettings(f *testing.F) {
	f.Add("Connections__A__Settings__ClientId=x", `{"Connections":{"a":{"Settings":{"Scopes":["x",null,1e3,true]}}}}`)
	f.Add("Connections__Ⱥ__Settings__ClientId=x\nOUTSPOKEN_GRACE=1h", `{"ConnectionsMap":[{"Connection":"A"}],"OUTSPOKEN_ADDR":":1"}`)
	f.Add("\x00__\xff=\xfe\n__=__\n=", `{"":{"":[[],{}]}}`)
	f.Fuzz(func(t *testing.T, environ, file string) {
		read := func() (Config, error) {
			env := parseEnviron(strings.Split(environ, "\n"))
			nested, err := parseJSON([]byte(file))
			if err != nil {
				return Config{}, err
			}
			cfg, err := fromSettings(nested.under(env))
			cfg.Warnings = append(env.unknown(true), nested.unknown(false)...)
			return cfg, err
		}
		cfg, err := read()
		again, errAgain := read()
		if (err == nil) != (errAgain == nil) {
			t.Fatalf("first %v, then %v", err, errAgain)
		}
		if err != nil {
			return
		}
		if a, b := names(cfg), names(again); a != b {
			t.Errorf("first %q, then %q", a, b)
		}
	})
}

func names(cfg Config) string {
	var b strings.Builder
	for _, c := range cfg.Connections.Connections {
		b.WriteString(c.Name + "|" + c.ClientID + "|" + c.TenantID + "|" + strings.Join(c.Scopes, ",") + "\n")
	}
	return b.String() + strings.Join(cfg.Warnings, "\n") + cfg.Addr + strings.Join(cfg.Origins, ",")
}
