package archtest

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/outspoken-go/outspoken"

// allowed is the package map: what each package may import of ours. Packages
// under internal/, examples/ and cmd/ are listed as well. A new edge needs a
// line here and a sentence why in docs/design.md.
var allowed = map[string][]string{
	"activity":            {"internal/wire"},
	"internal/wire":       {},
	"storage":             {"internal/wire"},
	"storage/storagetest": {"storage"},
	"storage/sqlite":      {"storage"},
	"auth":                {"activity"},
	"agent":               {"activity", "storage", "internal/wire"},
	"middleware":          {"activity", "agent", "storage"},
	"connector":           {"activity", "auth"},
	"endpoint":            {"activity"},
	"proactive":           {"activity", "agent", "storage"},
	"signin":              {"activity", "agent", "storage"},
	"background":          {},
	"directline":          {"activity"},
	"localchannel":        {"activity", "directline", "storage"},
	"usertoken":           {"activity", "storage"},
	"authority":           {"activity"},
	"playground":          {"activity", "directline", "localchannel"},
	"web":                 {},
	"agenttest":           {"activity", "agent", "storage"},
	"server": {
		"activity", "agent", "auth", "background", "connector", "endpoint", "internal/httpd", "localchannel", "proactive", "storage",
	},
	"internal/httpd": {},
	"internal/cli": {
		"activity", "agent", "authority", "directline", "examples/showcase", "internal/httpd", "localchannel", "playground",
		"proactive", "server", "storage", "storage/sqlite", "usertoken", "web",
	},
	"internal/archtest": {},
	"internal/docstest": {},
	"cmd/outspoken":     {"internal/cli"},
}

// TestPackageMap compares the imports of every package with the map. Examples,
// and programs below test/, may import anything that is not internal.
func TestPackageMap(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", module+"/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	dec := json.NewDecoder(strings.NewReader(string(out)))
	seen := 0
	for dec.More() {
		var pkg struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&pkg); err != nil {
			t.Fatal(err)
		}
		seen++
		name := strings.TrimPrefix(pkg.ImportPath, module+"/")
		example := strings.HasPrefix(name, "examples/") || strings.HasPrefix(name, "test/")
		may, known := allowed[name]
		if !known && !example {
			t.Errorf("package %s is not in the package map; add it with a sentence in docs/design.md", name)
			continue
		}
		for _, path := range pkg.Imports {
			ours, ok := strings.CutPrefix(path, module+"/")
			switch {
			case !ok:
			case example && !strings.HasPrefix(ours, "internal/"):
			case !slices.Contains(may, ours):
				t.Errorf("%s imports %s, which the package map does not allow", name, ours)
			}
		}
	}
	if seen < len(allowed) {
		t.Errorf("go list found %d packages; the map has %d", seen, len(allowed))
	}
}
