package agenttest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
)

// Replies are activities in the order in which the channel got them.
type Replies []*activity.Activity

// Texts are the texts of the messages among the replies.
func (rs Replies) Texts() []string {
	var texts []string
	for _, a := range rs {
		if a.Is(activity.TypeMessage) {
			texts = append(texts, a.Text)
		}
	}
	return texts
}

// WantTexts fails the test unless the messages among the replies have exactly
// these texts. Without texts it wants no message. Other activities, such as
// typing, do not count.
func WantTexts(t testing.TB, got Replies, want ...string) {
	t.Helper()
	if !slices.Equal(got.Texts(), want) {
		t.Errorf("the agent said%s\nwant%s", list(got.Texts()), list(want))
	}
}

func list(texts []string) string {
	if len(texts) == 0 {
		return " nothing"
	}
	var b strings.Builder
	for _, text := range texts {
		fmt.Fprintf(&b, "\n\t%q", text)
	}
	return b.String()
}
