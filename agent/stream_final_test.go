package agent_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

func TestStreamFinal(t *testing.T) {
	source := func(position int, name string) activity.Citation {
		return activity.Citation{Position: position, Appearance: activity.Appearance{Name: name, URL: "https://docs.example/" + name}}
	}
	claim := func(position int, name string) string {
		return fmt.Sprintf(`{"@type":"Claim","position":%d,"appearance":{"@type":"DigitalDocument","name":%q,"url":"https://docs.example/%[2]s"}}`, position, name)
	}
	secret := &activity.UsageInfo{Type: activity.EntityAI, AtType: "CreativeWork", Name: "Confidential"}
	ai := func(rest string) string {
		return `{"type":"https://schema.org/Message","@type":"Message","@context":"https://schema.org","@id":""` + rest + `}`
	}
	const labelled = `,"additionalType":["AIGeneratedContent"]`
	tests := []struct {
		name, channel string
		final         agent.Final
		text          string
		want          string // the text that is shown
		entity        string
		data          string
	}{
		{"nothing", "msteams", agent.Final{}, "Low water is at nine [1].", "Low water is at nine [1].", "", ""},
		{"the label", "msteams", agent.Final{AI: true}, "Nine.", "Nine.", ai(labelled), ""},
		{"the sources that are used, in the order of the text", "webchat",
			agent.Final{AI: true, Citations: []activity.Citation{source(0, "tides"), source(0, "moon"), source(0, "sun")}},
			"By the sun [doc3] and the tides [Docs1][doc3].", "By the sun [3] and the tides [1][3].",
			ai(labelled + `,"citation":[` + claim(3, "sun") + "," + claim(1, "tides") + "]"), ""},
		{"sources without the label", "slack", agent.Final{Citations: []activity.Citation{source(7, "tides")}}, "Nine [doc7].", "Nine [7].",
			ai(`,"citation":[` + claim(7, "tides") + "]"), ""},
		{"sources that are not used", "msteams", agent.Final{Citations: []activity.Citation{source(1, "tides")}}, "Nine.", "Nine.", "", ""},
		{"sensitivity", "msteams", agent.Final{Sensitivity: secret}, "Nine.", "Nine.",
			ai(`,"usageInfo":{"type":"https://schema.org/Message","@type":"CreativeWork","name":"Confidential"}`), ""},
		{"feedback in Teams", "msteams:COPILOT", agent.Final{Feedback: agent.FeedbackCustom}, "Nine.", "Nine.", "", `{"feedbackLoop":{"type":"custom"}}`},
		{"no feedback elsewhere", "webchat", agent.Final{Feedback: agent.FeedbackDefault}, "Nine.", "Nine.", "", ""},
	}
	for _, tt := range tests {
		for _, grows := range []time.Duration{0, time.Second} {
			t.Run(fmt.Sprintf("%s, grown for %s", tt.name, grows), func(t *testing.T) {
				show(t, func(t *testing.T, s *screen) {
					err := s.on(t.Context(), tt.channel, func(ctx context.Context, tn *agent.Turn) error {
						tn.Stream(ctx).SetFinal(tt.final)
						return writes(grows, tt.text)(ctx, tn)
					})
					if err != nil {
						t.Fatal(err)
					}
					final := s.sent[len(s.sent)-1]
					entity := ""
					for _, e := range final.Entities {
						if e.Is(activity.EntityAI) {
							entity = string(e)
						}
					}
					if final.Text != tt.want || string(final.ChannelData) != tt.data {
						t.Errorf("text %q, channel data %s", final.Text, final.ChannelData)
					}
					if diff := cmp.Diff(members(t, tt.entity), members(t, entity)); diff != "" {
						t.Errorf("entity differs (-want +got):\n%s", diff)
					}
					for _, a := range s.sent[:len(s.sent)-1] {
						if _, one := a.StreamInfo(); !one || a.Text != tt.want || len(a.ChannelData) > 0 || slices.ContainsFunc(a.Entities, func(e activity.Entity) bool { return e.Is(activity.EntityAI) }) {
							t.Errorf("%s has entities %s, channel data %s", piece(&a), a.Entities, a.ChannelData)
						}
					}
				})
			})
		}
	}

	t.Run("an abstract is cut at 480 characters, and the caller's stays", func(t *testing.T) {
		show(t, func(t *testing.T, s *screen) {
			long := source(1, "tides")
			long.Appearance.Abstract = strings.Repeat("ä", 481)
			all := []activity.Citation{long}
			err := s.on(t.Context(), "webchat", func(ctx context.Context, tn *agent.Turn) error {
				tn.Stream(ctx).SetFinal(agent.Final{Citations: all})
				return writes(0, "Nine [1]")(ctx, tn)
			})
			var got activity.AIMessage
			if err := errors.Join(err, s.sent[0].Entities[0].Decode(&got)); err != nil {
				t.Fatal(err)
			}
			if want := strings.Repeat("ä", 477) + "..."; got.Citation[0].Appearance.Abstract != want || all[0].AtType != "" || len(all[0].Appearance.Abstract) != 962 {
				t.Errorf("the abstract is %q", got.Citation[0].Appearance.Abstract)
			}
		})
	})
	t.Run("attachments need no text", func(t *testing.T) {
		card := agent.Final{Attachments: []activity.Attachment{{ContentType: "application/vnd.microsoft.card.hero", Content: json.RawMessage(`{"title":"x"}`)}}}
		for _, channel := range []string{"slack", "msteams"} {
			show(t, func(t *testing.T, s *screen) {
				err := s.on(t.Context(), channel, func(ctx context.Context, tn *agent.Turn) error {
					tn.Stream(ctx).SetFinal(card)
					return tn.Stream(ctx).Informative("Drawing")
				})
				final := s.sent[len(s.sent)-1]
				info, grown := final.StreamInfo()
				if err != nil || len(final.Attachments) != 1 || final.Type != activity.TypeMessage || grown && info.StreamResult != activity.StreamSuccess {
					t.Errorf("on %s: %v, at last %s with %d attachments", channel, err, piece(&final), len(final.Attachments))
				}
			})
		}
	})
	t.Run("both messages of a hand-over have their sources", func(t *testing.T) {
		show(t, func(t *testing.T, s *screen) {
			err := s.on(t.Context(), "msteams:COPILOT", func(ctx context.Context, tn *agent.Turn) error {
				tn.Stream(ctx).SetFinal(agent.Final{Citations: []activity.Citation{source(1, "tides"), source(2, "moon")}})
				return writes(110*time.Second, "Nine [doc1]. ", "Ten [doc2].")(ctx, tn)
			})
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, a := range s.sent {
				for _, e := range a.Entities {
					var m activity.AIMessage
					if e.Is(activity.EntityAI) && e.Decode(&m) == nil && len(m.Citation) == 1 {
						names = append(names, a.Text+m.Citation[0].Appearance.Name)
					}
				}
			}
			if diff := cmp.Diff([]string{"Nine [1]. tides", "Ten [2].moon"}, names); diff != "" {
				t.Errorf("sources differ (-want +got):\n%s", diff)
			}
		})
	})
}

// members are the members of a JSON object, nil of "".
func members(t *testing.T, object string) (m map[string]any) {
	t.Helper()
	if object != "" {
		if err := json.Unmarshal([]byte(object), &m); err != nil {
			t.Fatal(err)
		}
	}
	return m
}
