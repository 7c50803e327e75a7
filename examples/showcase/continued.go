package showcase

import (
	"cmp"
	"context"

	"github.com/outspoken-go/outspoken/agent"
)

// continued is what a trigger starts that names no continuation.
func continued(ctx context.Context, t *agent.Turn) error {
	text := "Continued"
	if v := t.Activity.Value; len(v) > 0 {
		text += " " + string(v)
	}
	return t.SendText(ctx, text)
}

// A Report is what the continuation named report is started with.
type Report struct {
	Title string `json:"title"`
}

func report(ctx context.Context, t *agent.Turn, r Report) error {
	return t.SendText(ctx, "Report ready: "+cmp.Or(r.Title, "untitled"))
}
