package docstest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// packages are those whose names documents use, by folder.
var packages = map[string]string{
	"activity": "activity", "agent": "agent", "agenttest": "agenttest", "auth": "auth", "authority": "authority",
	"connector": "connector", "directline": "directline", "endpoint": "endpoint", "localchannel": "localchannel",
	"middleware": "middleware", "playground": "playground", "proactive": "proactive", "server": "server",
	"sqlite": "storage/sqlite", "storage": "storage", "usertoken": "usertoken", "web": "web",
}

var (
	symbol   = regexp.MustCompile(`\b([a-z]+)\.([A-Z]\w*(?:\.[A-Z]\w*)?)\b`)
	anySpans = regexp.MustCompile("`[^`\n]*`")
)

// TestSymbols checks that names such as agent.Turn.Send in code spans of the
// hand-written documents exist. Names of other SDKs and planned ones stand in
// the documents too, but never look like this.
func TestSymbols(t *testing.T) {
	names := map[string]map[string]bool{}
	for name, dir := range packages {
		names[name] = exported(t, dir)
	}
	for _, doc := range documents(t) {
		if strings.HasPrefix(doc, "docs/protocol/") || doc == acceptance || doc == "docs/design.md" {
			continue // about others, or about what is planned
		}
		for i, line := range strings.Split(fenced.ReplaceAllStringFunc(read(t, doc), blank), "\n") {
			if strings.Contains(line, "*planned*") {
				continue
			}
			for _, span := range anySpans.FindAllString(line, -1) {
				for _, m := range symbol.FindAllStringSubmatch(span, -1) {
					if of, ok := names[m[1]]; ok && !of[m[2]] && !ofOthers[m[0]] {
						t.Errorf("%s:%d names %s, which does not exist", doc, i+1, m[0])
					}
				}
			}
		}
	}
}

// ofOthers are names of other SDKs that look like ours.
var ofOthers = map[string]bool{
	"activity.GetConversationReference": true, "activity.CreateReply": true, "activity.CreateTyping": true,
	"activity.CreateTrace": true, "activity.Properties": true,
}

// blank keeps the numbers of lines.
func blank(s string) string { return strings.Repeat("\n", strings.Count(s, "\n")) }

// exported lists what a package exports: names, and members of types as
// Type.Member.
func exported(t *testing.T, dir string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("package %s has no files (%v)", dir, err)
	}
	names := map[string]bool{}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, src, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			declared(names, decl)
		}
	}
	return names
}

func declared(names map[string]bool, decl ast.Decl) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		name := d.Name.Name
		if d.Recv != nil {
			name = receiver(d.Recv.List[0].Type) + "." + name
		}
		names[name] = true
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.ValueSpec:
				for _, id := range s.Names {
					names[id.Name] = true
				}
			case *ast.TypeSpec:
				names[s.Name.Name] = true
				var fields *ast.FieldList
				switch x := s.Type.(type) {
				case *ast.StructType:
					fields = x.Fields
				case *ast.InterfaceType:
					fields = x.Methods
				default:
					continue
				}
				for _, f := range fields.List {
					for _, id := range f.Names {
						names[s.Name.Name+"."+id.Name] = true
					}
				}
			}
		}
	}
}

// receiver is the name of the type that a method belongs to.
func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}
