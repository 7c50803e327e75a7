package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/connector"
)

// The REST service stays reachable for those who want it.
var _ agent.Connector = (*connector.Client)(nil)

// S2-08: the SDK hides the REST service; no sample spells out one of its paths.
func TestS2_08_SamplesUseNoRawREST(t *testing.T) {
	files := 0
	err := filepath.WalkDir("../../examples", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		files++
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && strings.Contains(lit.Value, "/v3/") {
				t.Errorf("%s: %s is a path of the REST service", fset.Position(lit.Pos()), lit.Value)
			}
			return true
		})
		return nil
	})
	if err != nil || files == 0 {
		t.Fatalf("read %d sample files: %v", files, err)
	}
}
