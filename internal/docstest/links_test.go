package docstest

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	fenced   = regexp.MustCompile("(?ms)^```.*?^```$")
	codeSpan = regexp.MustCompile("`[^`\n]*`")
	mdLink   = regexp.MustCompile(`\[[^\]]*\]\(([^)\s]+)\)`)
	heading  = regexp.MustCompile(`(?m)^#+ (.*)$`)
	// codePath matches code spans that name a file or folder of this module.
	codePath = regexp.MustCompile("`((?:activity|agent|agenttest|auth|bench|cmd|connector|directline|docs|endpoint|examples|internal|localchannel|middleware|proactive|server|storage|test|web)/[\\w./-]*)`")
)

// TestLinks checks that relative links, their anchors, and paths in code spans
// lead somewhere.
func TestLinks(t *testing.T) {
	for _, doc := range documents(t) {
		t.Run(doc, func(t *testing.T) {
			text := fenced.ReplaceAllString(read(t, doc), "")
			for _, m := range mdLink.FindAllStringSubmatch(codeSpan.ReplaceAllString(text, "code"), -1) {
				checkLink(t, doc, m[1])
			}
			for _, m := range codePath.FindAllStringSubmatch(text, -1) {
				if _, err := os.Stat(filepath.Join(root, m[1])); err != nil {
					t.Errorf("%s names `%s`, which does not exist", doc, m[1])
				}
			}
		})
	}
}

func checkLink(t *testing.T, doc, link string) {
	t.Helper()
	if strings.Contains(link, "://") || strings.HasPrefix(link, "mailto:") {
		return
	}
	file, anchor, _ := strings.Cut(link, "#")
	target := doc
	if file != "" {
		target = path.Join(path.Dir(doc), file)
	}
	if strings.HasPrefix(target, "../") {
		t.Errorf("%s: the link %s leaves the module", doc, link)
		return
	}
	if _, err := os.Stat(filepath.Join(root, target)); err != nil {
		t.Errorf("%s: the link %s leads nowhere", doc, link)
		return
	}
	if anchor != "" && !slices.Contains(anchors(read(t, target)), anchor) {
		t.Errorf("%s: the link %s leads to no heading", doc, link)
	}
}

var notInAnchor = regexp.MustCompile(`[^\p{L}\p{N} _-]`)

// anchors are the headings of a document as web pages of repositories name
// them.
func anchors(text string) []string {
	var list []string
	for _, m := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		name := notInAnchor.ReplaceAllString(strings.ToLower(m[1]), "")
		list = append(list, strings.ReplaceAll(name, " ", "-"))
	}
	return list
}
