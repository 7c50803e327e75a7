package docstest

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write code regions and acceptance states into the documents")

// root is the module's directory.
const root = "../.."

// documents returns the paths of all documents, below root.
func documents(t *testing.T) []string {
	t.Helper()
	paths := []string{"README.md", "CONTRIBUTING.md", "CHANGELOG.md"}
	err := fs.WalkDir(os.DirFS(root), "docs", func(path string, _ fs.DirEntry, err error) error {
		if filepath.Ext(path) == ".md" {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// settle compares what a document says with what it should say, and with
// -update writes it.
func settle(t *testing.T, path, got, want string) {
	t.Helper()
	if got == want {
		return
	}
	if *update {
		if err := os.WriteFile(filepath.Join(root, path), []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, should := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(have), len(should)) {
		if have[i] != should[i] {
			t.Errorf("%s:%d is out of date (-update writes it)\n got %s\nwant %s", path, i+1, have[i], should[i])
			return
		}
	}
	t.Errorf("%s has %d lines, want %d (-update writes it)", path, len(have), len(should))
}

// testFiles returns the text of every Go test, of what is written in JavaScript
// below test, and of the scripts that CI runs, by path.
func testFiles(t *testing.T) map[string]string {
	t.Helper()
	ci := read(t, ".ci/run")
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(root), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if slices.Contains([]string{".git", "node_modules", "out", "outspoken-data"}, d.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		inNode := strings.HasPrefix(path, "test/") && slices.Contains([]string{".js", ".mjs", ".ts"}, filepath.Ext(path))
		inCI := filepath.Ext(path) == ".sh" && strings.Contains(ci, path)
		if inNode || inCI || strings.HasSuffix(path, "_test.go") {
			files[path] = read(t, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
