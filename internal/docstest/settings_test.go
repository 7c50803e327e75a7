package docstest

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const configuration = "docs/configuration.md"

var (
	settingCell = regexp.MustCompile("^\\| `([A-Za-z_]+)`")
	settingName = regexp.MustCompile(`\b[A-Za-z]+__\w+\b|\bOUTSPOKEN_[A-Z_]+\b`)
	position    = regexp.MustCompile(`__(?:\d+|N|NAME)(__|$)`)
	jsonBlock   = regexp.MustCompile("(?ms)^```json\n(.*?)^```$")
	shBlock     = regexp.MustCompile("(?ms)^```sh\n(.*?)^```$")
	assignment  = regexp.MustCompile(`(?m)^(?:export )?(\w+)=`)
)

// TestSettings checks that the document lists what the server knows, and
// nothing else.
func TestSettings(t *testing.T) {
	known := knownSettings(t)
	text := read(t, configuration)
	var listed []string
	for line := range strings.Lines(text) {
		if m := settingCell.FindStringSubmatch(line); m != nil {
			listed = append(listed, m[1])
		}
	}
	listed = append(listed, settingName.FindAllString(text, -1)...)
	for _, block := range shBlock.FindAllStringSubmatch(text, -1) {
		for _, m := range assignment.FindAllStringSubmatch(block[1], -1) {
			listed = append(listed, m[1])
		}
	}
	for i := range listed {
		listed[i] = generalised(listed[i])
	}
	for _, name := range known {
		if !slices.Contains(listed, name) {
			t.Errorf("%s does not list %s", configuration, name)
		}
	}
	for _, name := range listed {
		if name == "OUTSPOKEN_TEST" {
			continue // how settings of tests begin
		}
		if !isKnown(known, name) {
			t.Errorf("%s speaks of %s, which the server does not know", configuration, name)
		}
	}
}

// TestSettingsFile checks the examples of the file.
func TestSettingsFile(t *testing.T) {
	known := knownSettings(t)
	blocks := jsonBlock.FindAllStringSubmatch(read(t, configuration), -1)
	if len(blocks) == 0 {
		t.Fatalf("%s shows no file", configuration)
	}
	for _, block := range blocks {
		var v any
		if err := json.Unmarshal([]byte(block[1]), &v); err != nil {
			t.Errorf("not JSON: %v\n%s", err, block[1])
			continue
		}
		for _, name := range flatten("", v) {
			if !isKnown(known, generalised(name)) {
				t.Errorf("%s shows %s, which the server does not know", configuration, name)
			}
		}
	}
}

func flatten(prefix string, v any) (names []string) {
	join := func(name string) string { return strings.TrimPrefix(prefix+"__"+name, "__") }
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			names = append(names, flatten(join(name), inner)...)
		}
	case []any:
		for i, inner := range v {
			names = append(names, flatten(join(strconv.Itoa(i)), inner)...)
		}
	default:
		names = append(names, prefix)
	}
	return names
}

// generalised writes * for the name of a connection and for list positions.
func generalised(name string) string {
	name = position.ReplaceAllString(name, "__*$1")
	if parts := strings.Split(name, "__"); len(parts) > 1 && parts[0] == "Connections" {
		parts[1] = "*"
		name = strings.Join(parts, "__")
	}
	return name
}

// isKnown takes whole names, and sections such as Connections__*__Settings.
func isKnown(known []string, name string) bool {
	return slices.ContainsFunc(known, func(k string) bool {
		return strings.EqualFold(k, name) || strings.HasPrefix(k, name+"__")
	})
}

// knownSettings reads the list of names from the source of package server.
func knownSettings(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, "server/known.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Names) != 1 || spec.Names[0].Name != "known" {
			return true
		}
		ast.Inspect(spec, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				name, err := strconv.Unquote(lit.Value)
				if err != nil {
					t.Fatal(err)
				}
				names = append(names, name)
			}
			return true
		})
		return false
	})
	if len(names) == 0 {
		t.Fatal("server/known.go has no list named known")
	}
	return names
}
