package agent_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/storage"
	"github.com/outspoken-go/outspoken/storage/sqlite"
)

var (
	visits  = agent.ConversationKey[int]("visits")
	city    = agent.ConversationKey[string]("city")
	likes   = agent.UserKey[int]("likes")
	hates   = agent.UserKey[int]("hates")
	secrets = agent.PrivateKey[map[string]int]("secrets")
	unset   = agent.ConversationKey[int]("unset") // until somebody asks for a default
)

// plain is a Store and nothing more.
type plain struct{ storage.Store }

// stores are all that state is tested on.
func stores(t *testing.T) map[string]storage.Store {
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "agent.db"), sqlite.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return map[string]storage.Store{"memory": storage.NewMemory(), "a plain store": plain{storage.NewMemory()}, "sqlite": db}
}

// document is what a store holds under key, or "" when there is nothing.
func document(t *testing.T, store storage.Store, key string) string {
	t.Helper()
	items, err := store.Read(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	item, ok := items[key]
	if !ok {
		return ""
	}
	var props map[string]json.RawMessage // written again in the order of names
	if err := json.Unmarshal(item.Value, &props); err != nil {
		return string(item.Value)
	}
	sorted, err := json.Marshal(props)
	if err != nil {
		t.Fatal(err)
	}
	return string(sorted)
}

func put(t *testing.T, store storage.Store, key, value string) {
	t.Helper()
	if _, err := store.Write(t.Context(), map[string]storage.Item{key: {Value: json.RawMessage(value)}}); err != nil {
		t.Fatal(err)
	}
}

// S2-16: one bot on several stores.
func TestStateOnEveryStore(t *testing.T) {
	for name, store := range stores(t) {
		t.Run("S2-16 "+name, func(t *testing.T) {
			b := newBotOn(store, agent.AdapterConfig{})
			b.OnText("set", func(ctx context.Context, tn *agent.Turn) error {
				return errors.Join(visits.Set(ctx, tn, 3), city.Set(ctx, tn, "Köln & <Bonn>"), likes.Set(ctx, tn, 7),
					secrets.Set(ctx, tn, map[string]int{"pin": 1}))
			})
			b.OnText("get", func(ctx context.Context, tn *agent.Turn) error {
				n, err1 := visits.Get(ctx, tn)
				c, err2 := city.Get(ctx, tn)
				l, ok, err3 := likes.Lookup(ctx, tn)
				s, err4 := secrets.Get(ctx, tn)
				if err := errors.Join(err1, err2, err3, err4); err != nil {
					return err
				}
				return tn.SendText(ctx, fmt.Sprintf("%d %q %d %v %v", n, c, l, ok, s))
			})
			b.OnText("delete", func(ctx context.Context, tn *agent.Turn) error {
				return errors.Join(visits.Delete(ctx, tn), likes.Delete(ctx, tn), hates.Delete(ctx, tn))
			})
			b.OnText("update", func(ctx context.Context, tn *agent.Turn) error {
				_, err := visits.Update(ctx, tn, func(n *int) error { *n += 10; return nil })
				return err
			})
			for _, text := range []string{"get", "set", "get", "update", "get", "delete", "get"} {
				b.run(t, says(text))
			}
			want := []string{`0 "" 0 false map[]`, `3 "Köln & <Bonn>" 7 true map[pin:1]`, `13 "Köln & <Bonn>" 7 true map[pin:1]`, `0 "Köln & <Bonn>" 0 false map[pin:1]`}
			if diff := cmp.Diff(want, b.wire.texts()); diff != "" {
				t.Errorf("texts differ (-want +got):\n%s", diff)
			}
		})
	}
}

// S2-38
func TestTwoInstancesOnOneStore(t *testing.T) {
	for name, store := range stores(t) {
		t.Run("S2-38 "+name, func(t *testing.T) {
			var bots []*bot
			for range 2 {
				b := newBotOn(store, agent.AdapterConfig{})
				b.OnMessage(func(ctx context.Context, tn *agent.Turn) error {
					n, err := visits.Update(ctx, tn, func(n *int) error { *n++; return nil })
					if err != nil {
						return err
					}
					return tn.SendText(ctx, fmt.Sprint("visit ", n))
				})
				bots = append(bots, b)
			}
			for i := range 6 {
				bots[i%2].run(t, says("hi"))
			}
			got := [][]string{bots[0].wire.texts(), bots[1].wire.texts()}
			want := [][]string{{"visit 1", "visit 3", "visit 5"}, {"visit 2", "visit 4", "visit 6"}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("texts differ (-want +got):\n%s", diff)
			}
		})
	}
}

// Trap 22.
func TestStateKeys(t *testing.T) {
	store := storage.NewMemory()
	b := newBotOn(store, agent.AdapterConfig{})
	b.OnMessage(func(ctx context.Context, tn *agent.Turn) error {
		return errors.Join(visits.Set(ctx, tn, 1), likes.Set(ctx, tn, 2), secrets.Set(ctx, tn, map[string]int{"a": 3}))
	})
	a := inbound(activity.TypeMessage, on("msteams"))
	a.SetChannel(activity.ChannelTeamsCopilot)
	b.run(t, a)
	for key, want := range map[string]string{
		"msteams:COPILOT/conversations/conv-1":              `{"visits":1}`,
		"msteams:COPILOT/users/user-1":                      `{"likes":2}`,
		"msteams:COPILOT/conversations/conv-1/users/user-1": `{"secrets":{"a":3}}`,
	} {
		t.Run("trap 22 "+key, func(t *testing.T) {
			if got := document(t, store, key); got != want {
				t.Errorf("document = %s, want %s", got, want)
			}
		})
	}
	t.Run("what is missing is named", func(t *testing.T) {
		b := newBot(agent.AdapterConfig{})
		b.OnMessage(func(ctx context.Context, tn *agent.Turn) error { return likes.Set(ctx, tn, 1) })
		a := says("x")
		a.From.ID = ""
		_, err := b.adapter.Process(t.Context(), activity.Inbound{Activity: a})
		if !errors.Is(err, activity.ErrInvalid) || err.Error() != "agent: user state: invalid: the activity has no from.id" {
			t.Errorf("error = %v", err)
		}
	})
}

// Traps 16, 17 and 24, and what is written when.
func TestWhatASaveWrites(t *testing.T) {
	const key = "test/conversations/conv-1"
	tests := []struct {
		name   string
		before string
		h      agent.Handler
		want   string
	}{
		{"trap 17 a default that GetOr returns is saved", ``, func(ctx context.Context, tn *agent.Turn) error {
			n, err := visits.GetOr(ctx, tn, 5)
			if n != 5 {
				t.Errorf("GetOr = %d, want 5", n)
			}
			return err
		}, `{"visits":5}`},
		{"GetOr leaves a value alone", `{"visits":0}`, func(ctx context.Context, tn *agent.Turn) error {
			n, err := visits.GetOr(ctx, tn, 5)
			if n != 0 {
				t.Errorf("GetOr = %d, want 0", n)
			}
			return err
		}, `{"visits":0}`},
		{"Get saves nothing", ``, func(ctx context.Context, tn *agent.Turn) error {
			_, err := visits.Get(ctx, tn)
			return err
		}, ``},
		{"trap 16 clearing deletes the document", `{"visits":1,"city":"x"}`, func(ctx context.Context, tn *agent.Turn) error {
			return agent.ClearState(ctx, tn, agent.ConversationScope)
		}, ``},
		{"trap 16 clearing keeps what is set afterwards", `{"visits":1,"city":"x"}`, func(ctx context.Context, tn *agent.Turn) error {
			return errors.Join(visits.Set(ctx, tn, 8), agent.ClearState(ctx, tn, agent.ConversationScope), city.Set(ctx, tn, "y"))
		}, `{"city":"y"}`},
		{"after clearing nothing is there", `{"visits":1}`, func(ctx context.Context, tn *agent.Turn) error {
			err := agent.ClearState(ctx, tn, agent.ConversationScope)
			if n, ok, _ := visits.Lookup(ctx, tn); ok || n != 0 {
				t.Errorf("Lookup = %d, %v, want nothing", n, ok)
			}
			return err
		}, ``},
		{"properties of others stay as they are", `{"city":"x","DialogState":{"b":1,"a":[1.0]}}`, func(ctx context.Context, tn *agent.Turn) error {
			return visits.Set(ctx, tn, 1)
		}, `{"DialogState":{"b":1,"a":[1.0]},"city":"x","visits":1}`},
		{"trap 24 a failed handler saves nothing", `{"visits":1}`, func(ctx context.Context, tn *agent.Turn) error {
			return errors.Join(visits.Set(ctx, tn, 2), errors.New("boom"))
		}, `{"visits":1}`},
		{"a panicking handler saves nothing", `{"visits":1}`, func(ctx context.Context, tn *agent.Turn) error {
			_ = visits.Set(ctx, tn, 2)
			panic("boom")
		}, `{"visits":1}`},
		{"a failed Update changes nothing", `{"visits":1}`, func(ctx context.Context, tn *agent.Turn) error {
			_, err := visits.Update(ctx, tn, func(n *int) error { *n = 9; return errors.New("no") })
			if err == nil {
				t.Error("Update did not fail")
			}
			return nil
		}, `{"visits":1}`},
		{"a document that is no object is an error", `[1]`, func(ctx context.Context, tn *agent.Turn) error {
			if _, err := visits.Get(ctx, tn); err == nil {
				t.Error("Get did not fail")
			}
			return nil
		}, `[1]`},
		{"a value of another type is an error", `{"visits":"many"}`, func(ctx context.Context, tn *agent.Turn) error {
			if _, err := visits.Get(ctx, tn); err == nil {
				t.Error("Get did not fail")
			}
			return nil
		}, `{"visits":"many"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBot(agent.AdapterConfig{})
			if tt.before != "" {
				put(t, b.Storage(), key, tt.before)
			}
			b.OnMessage(tt.h)
			_, _ = b.adapter.Process(t.Context(), activity.Inbound{Activity: says("x")})
			if got := document(t, b.Storage(), key); got != tt.want {
				t.Errorf("stored %s, want %s", got, tt.want)
			}
		})
	}
}

// counting counts what reaches a store.
type counting struct {
	storage.Store
	mu            sync.Mutex
	reads, writes int
	beforeWrite   func() // called without the lock
}

func (c *counting) Read(ctx context.Context, keys ...string) (map[string]storage.Item, error) {
	c.mu.Lock()
	c.reads++
	c.mu.Unlock()
	return c.Store.Read(ctx, keys...)
}

func (c *counting) Write(ctx context.Context, items map[string]storage.Item) (map[string]string, error) {
	c.mu.Lock()
	c.writes++
	c.mu.Unlock()
	if c.beforeWrite != nil {
		c.beforeWrite()
	}
	return c.Store.Write(ctx, items)
}

func TestStateIsLoadedOnceAndSavedOnce(t *testing.T) {
	tests := []struct {
		name          string
		h             agent.Handler
		reads, writes int
	}{
		{"a turn without state touches no store", func(context.Context, *agent.Turn) error { return nil }, 0, 0},
		{"reading loads once", func(ctx context.Context, tn *agent.Turn) error {
			_, err1 := visits.Get(ctx, tn)
			_, err2 := city.Get(ctx, tn)
			return errors.Join(err1, err2)
		}, 1, 0},
		{"many changes are one write", func(ctx context.Context, tn *agent.Turn) error {
			return errors.Join(visits.Set(ctx, tn, 1), city.Set(ctx, tn, "x"), visits.Set(ctx, tn, 2), likes.Set(ctx, tn, 1))
		}, 2, 1},
		{"setting what is there already writes nothing", func(ctx context.Context, tn *agent.Turn) error {
			return errors.Join(city.Set(ctx, tn, "y"), city.Set(ctx, tn, "old"))
		}, 1, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := &counting{Store: storage.NewMemory()}
			put(t, c.Store, "test/conversations/conv-1", `{"city":"old"}`)
			b := newBotOn(c, agent.AdapterConfig{})
			b.OnMessage(tt.h)
			b.run(t, says("x"))
			if c.reads != tt.reads || c.writes != tt.writes {
				t.Errorf("%d reads and %d writes, want %d and %d", c.reads, c.writes, tt.reads, tt.writes)
			}
		})
	}
}

// Trap 23: what happens when two turns change one document.
func TestConflicts(t *testing.T) {
	const key = "test/conversations/conv-1"
	add := func(n int) func(*int) error { return func(v *int) error { *v += n; return nil } }
	tests := []struct {
		name     string
		outer    func(ctx context.Context, tn *agent.Turn) error // before the other turn saves
		inner    agent.Handler                                   // the other turn
		conflict bool
		want     string
	}{
		{"different properties merge",
			func(ctx context.Context, tn *agent.Turn) error { return city.Set(ctx, tn, "Bonn") },
			func(ctx context.Context, tn *agent.Turn) error { return visits.Set(ctx, tn, 5) },
			false, `{"city":"Bonn","visits":5}`},
		{"an Update runs again on the new value",
			func(ctx context.Context, tn *agent.Turn) error { _, err := visits.Update(ctx, tn, add(1)); return err },
			func(ctx context.Context, tn *agent.Turn) error { return visits.Set(ctx, tn, 10) },
			false, `{"city":"old","visits":11}`},
		{"several Updates run again in order",
			func(ctx context.Context, tn *agent.Turn) error {
				_, err1 := visits.Update(ctx, tn, add(1))
				_, err2 := visits.Update(ctx, tn, func(v *int) error { *v *= 2; return nil })
				return errors.Join(err1, err2)
			},
			func(ctx context.Context, tn *agent.Turn) error { return visits.Set(ctx, tn, 10) },
			false, `{"city":"old","visits":22}`},
		{"an Update meets a Delete",
			func(ctx context.Context, tn *agent.Turn) error { _, err := visits.Update(ctx, tn, add(1)); return err },
			func(ctx context.Context, tn *agent.Turn) error { return visits.Delete(ctx, tn) },
			false, `{"city":"old","visits":1}`},
		{"defaults of GetOr do not collide, the first one stays",
			func(ctx context.Context, tn *agent.Turn) error { _, err := unset.GetOr(ctx, tn, 2); return err },
			func(ctx context.Context, tn *agent.Turn) error { _, err := unset.GetOr(ctx, tn, 1); return err },
			false, `{"city":"old","unset":1,"visits":2}`},
		{"trap 23 two Sets of one property collide",
			func(ctx context.Context, tn *agent.Turn) error { return city.Set(ctx, tn, "Bonn") },
			func(ctx context.Context, tn *agent.Turn) error { return city.Set(ctx, tn, "Köln") },
			true, `{"city":"Köln","visits":2}`},
		{"trap 23 an Update before a Set is no excuse",
			func(ctx context.Context, tn *agent.Turn) error {
				_, err := visits.Update(ctx, tn, add(1))
				return errors.Join(err, visits.Set(ctx, tn, 7))
			},
			func(ctx context.Context, tn *agent.Turn) error { return visits.Set(ctx, tn, 5) },
			true, `{"city":"old","visits":5}`},
		{"trap 23 a Delete and a Set collide",
			func(ctx context.Context, tn *agent.Turn) error { return city.Delete(ctx, tn) },
			func(ctx context.Context, tn *agent.Turn) error { return city.Set(ctx, tn, "Köln") },
			true, `{"city":"Köln","visits":2}`},
		{"clearing wins over what was stored meanwhile",
			func(ctx context.Context, tn *agent.Turn) error {
				return errors.Join(agent.ClearState(ctx, tn, agent.ConversationScope), city.Set(ctx, tn, "new"))
			},
			func(ctx context.Context, tn *agent.Turn) error { return visits.Set(ctx, tn, 5) },
			false, `{"city":"new"}`},
	}
	for name, store := range stores(t) {
		for _, tt := range tests {
			t.Run(name+": "+tt.name, func(t *testing.T) {
				put(t, store, key, `{"city":"old","visits":2}`)
				b := newBotOn(store, agent.AdapterConfig{})
				ran := 0
				b.OnMessage(func(ctx context.Context, tn *agent.Turn) error {
					ran++
					if err := tt.outer(ctx, tn); err != nil {
						return err
					}
					b.run(t, invoke("other", "")) // an invoke does not wait for this turn
					return nil
				})
				b.OnInvoke("other", tt.inner)
				_, err := b.adapter.Process(t.Context(), activity.Inbound{Activity: says("x")})
				if got := errors.Is(err, storage.ErrConflict); got != tt.conflict || (err != nil) != tt.conflict {
					t.Errorf("Process = %v, want a conflict: %v", err, tt.conflict)
				}
				if got := len(b.errs.all()); (got == 1) != tt.conflict {
					t.Errorf("the hook ran %d times", got)
				}
				if ran != 1 {
					t.Errorf("the handler ran %d times, want once", ran)
				}
				var got, want any
				_ = json.Unmarshal([]byte(document(t, store, key)), &got)
				_ = json.Unmarshal([]byte(tt.want), &want)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("stored document differs (-want +got):\n%s", diff)
				}
			})
		}
	}
	t.Run("an Update that always meets another gives up", func(t *testing.T) {
		mem := storage.NewMemory()
		n := 100
		c := &counting{Store: mem, beforeWrite: func() {
			n++
			put(t, mem, key, fmt.Sprintf(`{"visits":%d}`, n))
		}}
		b := newBotOn(c, agent.AdapterConfig{})
		updates := 0
		b.OnMessage(func(ctx context.Context, tn *agent.Turn) error {
			_, err := visits.Update(ctx, tn, func(v *int) error { updates++; *v++; return nil })
			return err
		})
		_, err := b.adapter.Process(t.Context(), activity.Inbound{Activity: says("x")})
		if !errors.Is(err, storage.ErrConflict) || updates != 4 {
			t.Errorf("Process = %v after %d updates, want a conflict after the first and three more", err, updates)
		}
	})
}

// meet makes n handlers wait for each other, so that their turns overlap.
func meet(n int) func() {
	var wg sync.WaitGroup
	wg.Add(n)
	return func() { wg.Done(); wg.Wait() }
}

// Different properties written at the same moment both survive, whoever
// writes them; so do counts.
func TestSimultaneousChangesSurvive(t *testing.T) {
	const rounds = 1000
	set := func(k agent.Key[int], v int, meet func()) agent.Handler {
		return func(ctx context.Context, tn *agent.Turn) error {
			if err := k.Set(ctx, tn, v); err != nil {
				return err
			}
			meet()
			return nil
		}
	}
	other := agent.ConversationKey[int]("other")
	both := func(t *testing.T, b *bot, activities ...*activity.Activity) {
		t.Helper()
		var wg sync.WaitGroup
		for _, a := range activities {
			wg.Go(func() {
				if _, err := b.adapter.Process(t.Context(), activity.Inbound{Activity: a}); err != nil {
					t.Errorf("Process = %v", err)
				}
			})
		}
		wg.Wait()
	}
	t.Run("a message and an invoke of one conversation", func(t *testing.T) {
		store := storage.NewMemory()
		for i := range rounds {
			b, m := newBotOn(store, agent.AdapterConfig{}), meet(2)
			b.OnMessage(set(visits, i+1, m))
			b.OnInvoke("ask", set(other, i+1, m))
			both(t, b, says("x"), invoke("ask", ""))
			want := fmt.Sprintf(`{"other":%d,"visits":%d}`, i+1, i+1)
			if got := document(t, store, "test/conversations/conv-1"); got != want {
				t.Fatalf("round %d: stored %s, want %s", i, got, want)
			}
		}
	})
	t.Run("one user in two conversations", func(t *testing.T) {
		store := storage.NewMemory()
		for i := range rounds {
			b, m := newBotOn(store, agent.AdapterConfig{}), meet(2)
			b.OnEvent("like", set(likes, i+1, m))
			b.OnEvent("hate", set(hates, i+1, m))
			hate := event("hate", "")
			hate.Conversation.ID = "conv-2"
			both(t, b, event("like", ""), hate)
			want := fmt.Sprintf(`{"hates":%d,"likes":%d}`, i+1, i+1)
			if got := document(t, store, "test/users/user-1"); got != want {
				t.Fatalf("round %d: stored %s, want %s", i, got, want)
			}
		}
	})
	t.Run("one count in two conversations", func(t *testing.T) {
		store := storage.NewMemory()
		for range rounds {
			b, m := newBotOn(store, agent.AdapterConfig{}), meet(2)
			b.OnEvent("like", func(ctx context.Context, tn *agent.Turn) error {
				_, err := likes.Update(ctx, tn, func(n *int) error { *n++; return nil })
				m()
				return err
			})
			second := event("like", "")
			second.Conversation.ID = "conv-2"
			both(t, b, event("like", ""), second)
		}
		if got, want := document(t, store, "test/users/user-1"), fmt.Sprintf(`{"likes":%d}`, 2*rounds); got != want {
			t.Errorf("stored %s, want %s", got, want)
		}
	})
}

func TestOnSaveCommitsWithTheState(t *testing.T) {
	const key = "test/conversations/conv-1"
	register := func(fn func(ctx context.Context, tx storage.Store) error) agent.Handler {
		return func(ctx context.Context, tn *agent.Turn) error {
			return errors.Join(visits.Set(ctx, tn, 1), tn.OnSave(fn))
		}
	}
	write := func(ctx context.Context, tx storage.Store) error {
		_, err := tx.Write(ctx, map[string]storage.Item{"job": {Value: json.RawMessage(`"do it"`)}})
		return err
	}
	boom := errors.New("boom")
	all := stores(t)
	delete(all, "a plain store")
	for name, store := range all {
		check := func(t *testing.T, b *bot, wantErr error, wantState, wantJob string) {
			t.Helper()
			if err := store.Delete(t.Context(), key, "job"); err != nil {
				t.Fatal(err)
			}
			_, err := b.adapter.Process(t.Context(), activity.Inbound{Activity: says("x")})
			if !errors.Is(err, wantErr) {
				t.Errorf("Process = %v, want %v", err, wantErr)
			}
			if s, j := document(t, store, key), document(t, store, "job"); s != wantState || j != wantJob {
				t.Errorf("stored state %s and job %s, want %s and %s", s, j, wantState, wantJob)
			}
		}
		t.Run(name+": a write that succeeds commits with the state", func(t *testing.T) {
			b := newBotOn(store, agent.AdapterConfig{})
			b.OnMessage(register(write))
			check(t, b, nil, `{"visits":1}`, `"do it"`)
		})
		t.Run(name+": a write that fails leaves both as they were", func(t *testing.T) {
			b := newBotOn(store, agent.AdapterConfig{})
			b.OnMessage(register(func(ctx context.Context, tx storage.Store) error {
				return errors.Join(write(ctx, tx), boom)
			}))
			check(t, b, boom, ``, ``)
		})
		t.Run(name+": a handler that fails writes neither", func(t *testing.T) {
			b := newBotOn(store, agent.AdapterConfig{})
			b.OnMessage(func(ctx context.Context, tn *agent.Turn) error { return errors.Join(register(write)(ctx, tn), boom) })
			check(t, b, boom, ``, ``)
		})
		t.Run(name+": a write without state commits alone", func(t *testing.T) {
			b := newBotOn(store, agent.AdapterConfig{})
			b.OnMessage(func(_ context.Context, tn *agent.Turn) error { return tn.OnSave(write) })
			check(t, b, nil, ``, `"do it"`)
		})
		t.Run(name+": a write commits with a state that had to be merged", func(t *testing.T) {
			b := newBotOn(store, agent.AdapterConfig{})
			b.OnMessage(func(ctx context.Context, tn *agent.Turn) error {
				err := register(write)(ctx, tn)
				b.run(t, invoke("other", ""))
				return err
			})
			b.OnInvoke("other", func(ctx context.Context, tn *agent.Turn) error { return city.Set(ctx, tn, "Bonn") })
			check(t, b, nil, `{"city":"Bonn","visits":1}`, `"do it"`)
		})
	}
	t.Run("a store without transactions says so", func(t *testing.T) {
		b := newBotOn(plain{storage.NewMemory()}, agent.AdapterConfig{})
		during(t, b, says("x"), func(_ context.Context, tn *agent.Turn) error {
			if err := tn.OnSave(write); !errors.Is(err, storage.ErrNotSupported) {
				t.Errorf("OnSave = %v, want ErrNotSupported", err)
			}
			return nil
		})
	})
}

// unreliable fails deletions.
type unreliable struct{ *storage.Memory }

func (unreliable) Delete(context.Context, ...string) error { return errors.New("disk full") }

func (u unreliable) Atomically(ctx context.Context, fn func(ctx context.Context, tx storage.Store) error) error {
	return u.Memory.Atomically(ctx, func(ctx context.Context, tx storage.Store) error { return fn(ctx, unreliableTx{tx}) })
}

type unreliableTx struct{ storage.Store }

func (unreliableTx) Delete(context.Context, ...string) error { return errors.New("disk full") }

// Clearing one scope while changing another is one save.
func TestClearAndSetAreOneSave(t *testing.T) {
	store := unreliable{storage.NewMemory()}
	put(t, store, "test/conversations/conv-1", `{"visits":1}`)
	b := newBotOn(store, agent.AdapterConfig{})
	b.OnMessage(func(ctx context.Context, tn *agent.Turn) error {
		return errors.Join(agent.ClearState(ctx, tn, agent.ConversationScope), likes.Set(ctx, tn, 1))
	})
	if _, err := b.adapter.Process(t.Context(), activity.Inbound{Activity: says("x")}); err == nil {
		t.Error("Process = nil, want the failed deletion")
	}
	got := map[string]string{}
	for _, key := range []string{"test/conversations/conv-1", "test/users/user-1"} {
		got[key] = document(t, store, key)
	}
	want := map[string]string{"test/conversations/conv-1": `{"visits":1}`, "test/users/user-1": ""}
	if !maps.Equal(got, want) {
		t.Errorf("stored %v, want %v", got, want)
	}
}
