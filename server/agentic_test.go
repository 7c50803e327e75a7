package server_test

import "testing"

// The names under which other SDKs know the connection of an agentic
// identity's blueprint. (case 90, case 95)
func TestAlternateBlueprintConnection(t *testing.T) {
	const alternate, alt = "Connections__A__Settings__AlternateBlueprintConnectionName", "Connections__A__Settings__altBlueprintConnectionName"
	for name, tt := range map[string]struct {
		env  map[string]string
		want string
	}{
		"as in .NET":       {map[string]string{alternate: "B"}, "B"},
		"as in JavaScript": {map[string]string{alt: "B"}, "B"},
		"both":             {map[string]string{alternate: "C", alt: "B"}, "B"},
		"blank":            {map[string]string{alternate: "B", alt: " "}, "B"},
		"all blank":        {map[string]string{alternate: " ", alt: ""}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			tt.env["Connections__A__Settings__ClientId"] = "id-a"
			cfg := read(t, tt.env, "")
			if got := cfg.Connections.Connections; len(got) != 1 || got[0].Alternate != tt.want || len(cfg.Warnings) > 0 {
				t.Errorf("got %v, alternate %q, warnings %q, want %q", got, got[0].Alternate, cfg.Warnings, tt.want)
			}
		})
	}
}
