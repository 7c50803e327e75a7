package docstest

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestRegions checks that every Go block of a document is a region of a file
// that is compiled:
//
//	<!-- region FILE -->        the whole file from its package clause
//	<!-- region FILE NAME -->   what stands between these comments in it:
//
//	// region NAME
//	// endregion
func TestRegions(t *testing.T) {
	for _, path := range documents(t) {
		t.Run(path, func(t *testing.T) {
			text := read(t, path)
			want, errs := withRegions(text, func(file string) (string, error) {
				data, err := os.ReadFile(filepath.Join(root, file))
				return string(data), err
			})
			for _, err := range errs {
				t.Errorf("%s:%v", path, err)
			}
			settle(t, path, text, want)
		})
	}
}

var regionMark = regexp.MustCompile(`^<!-- region (\S+)(?: (\S+))? -->$`)

// withRegions returns a document whose Go blocks hold their regions. A block
// without a region, or whose region is missing, stays and is an error.
func withRegions(text string, readFile func(string) (string, error)) (string, []error) {
	var out []string
	var errs []error
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		out = append(out, lines[i])
		fence := strings.TrimSpace(lines[i])
		if !strings.HasPrefix(fence, "```") {
			continue
		}
		end := i + 1
		for end < len(lines) && strings.TrimSpace(lines[end]) != "```" {
			end++
		}
		body := lines[i+1 : end]
		if fence == "```go" {
			region, err := regionAbove(lines[:i], readFile)
			if err != nil {
				errs = append(errs, fmt.Errorf("%d: %w", i+1, err))
			} else {
				body = region
			}
		}
		out = append(out, body...)
		if end < len(lines) {
			out = append(out, lines[end])
		}
		i = end
	}
	return strings.Join(out, "\n"), errs
}

func regionAbove(lines []string, readFile func(string) (string, error)) ([]string, error) {
	var m []string
	if len(lines) > 0 {
		m = regionMark.FindStringSubmatch(lines[len(lines)-1])
	}
	if m == nil {
		return nil, fmt.Errorf("a Go block needs a line <!-- region FILE [NAME] --> above it")
	}
	file, err := readFile(m[1])
	if err != nil {
		return nil, err
	}
	return region(file, m[1], m[2])
}

// region cuts a region out of a file, without common indentation and without
// the marks of regions inside it.
func region(text, file, name string) ([]string, error) {
	if name == "" {
		if at := strings.Index("\n"+text, "\npackage "); at > 0 {
			text = text[at:] // without the comment of the package
		}
	}
	var found []string
	inside := name == ""
	depth := 0
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \t\r\n")
		mark, begins := strings.CutPrefix(strings.TrimSpace(line), "// region ")
		ends := strings.TrimSpace(line) == "// endregion"
		switch {
		case begins && !inside && mark == name:
			inside = true
		case begins:
			if inside {
				depth++
			}
		case ends && inside && name != "" && depth == 0:
			return dedent(found), nil
		case ends:
			if inside {
				depth--
			}
		case inside:
			found = append(found, line)
		}
	}
	if name != "" {
		return nil, fmt.Errorf("%s has no complete region %q", file, name)
	}
	return dedent(found), nil
}

func dedent(lines []string) []string {
	for len(lines) > 0 && lines[0] == "" {
		lines = lines[1:]
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	common := -1
	for _, line := range lines {
		tabs := len(line) - len(strings.TrimLeft(line, "\t"))
		if line != "" && (common < 0 || tabs < common) {
			common = tabs
		}
	}
	var out []string
	for _, line := range lines {
		if line != "" {
			line = line[common:]
		}
		out = append(out, line)
	}
	return out
}

func TestRegion(t *testing.T) {
	const file = "// Package p is one.\npackage p\n\nfunc f() {\n\t// region one\n\ta()\n\t// region two\n\tif b {\n\t\tc() \n\t}\n\t// endregion\n\n\td()\n\t// endregion\n}\n"
	tests := []struct {
		name, region, want string
	}{
		{"a region around another, without its marks", "one", "a()\nif b {\n\tc()\n}\n\nd()"},
		{"a region inside another", "two", "if b {\n\tc()\n}"},
		{"a whole file from its package clause", "", "package p\n\nfunc f() {\n\ta()\n\tif b {\n\t\tc()\n\t}\n\n\td()\n}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			lines, err := region(file, "p.go", tt.region)
			if got := strings.Join(lines, "\n"); got != tt.want || err != nil {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
	if _, err := region(file, "p.go", "three"); err == nil {
		t.Error("a region that does not exist is no error")
	}
}

func TestWithRegions(t *testing.T) {
	files := func(name string) (string, error) {
		if name != "a.go" {
			return "", os.ErrNotExist
		}
		return "package a\n// region x\nvar x int\n// endregion\n", nil
	}
	tests := []struct {
		name, text, want string
		errs             int
	}{
		{"filled in", "<!-- region a.go x -->\n```go\nold\n```\n", "<!-- region a.go x -->\n```go\nvar x int\n```\n", 0},
		{"no mark", "text\n```go\nold\n```\n", "text\n```go\nold\n```\n", 1},
		{"no such file", "<!-- region b.go x -->\n```go\nold\n```\n", "<!-- region b.go x -->\n```go\nold\n```\n", 1},
		{"no such region", "<!-- region a.go y -->\n```go\n```\n", "<!-- region a.go y -->\n```go\n```\n", 1},
		{"other languages", "```sh\ngo run .\n```\n", "```sh\ngo run .\n```\n", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, errs := withRegions(tt.text, files)
			if got != tt.want || len(errs) != tt.errs {
				t.Errorf("got %q, %v, want %q and %d errors", got, errs, tt.want, tt.errs)
			}
		})
	}
}
