package proactive_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/proactive"
	"github.com/outspoken-go/outspoken/storage/sqlite"
)

// many yields n conversations, each with a user of its own.
func many(n int) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		for i := range n {
			if !yield(json.Marshal(nth(i))) {
				return
			}
		}
	}
}

func nth(i int) activity.Conversation {
	return known(fmt.Sprintf("a:%08d", i), func(c *activity.Conversation) {
		c.Reference.User = activity.ChannelAccount{ID: fmt.Sprintf("29:%08d", i), AADObjectID: fmt.Sprintf("00000000-0000-0000-0000-%012d", i)}
		c.Reference.Conversation.TenantID = fmt.Sprint("tenant-", i%100)
	})
}

func openBook(tb testing.TB, n int) (*proactive.Conversations, *sqlite.Store) {
	tb.Helper()
	store, err := sqlite.Open(tb.Context(), filepath.Join(tb.TempDir(), "agent.db"), sqlite.Config{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { store.Close() })
	book := proactive.NewConversations(store)
	if got, err := book.Import(tb.Context(), many(n), ""); err != nil || got.Stored != n {
		tb.Fatalf("Import = %+v, %v", got, err)
	}
	return book, store
}

// TestScale fills an address book in SQLite with as many conversations as
// OUTSPOKEN_TEST_SCALE says, such as 1000000, which takes minutes, and measures
// lookups, captures and memory.
func TestScale(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("OUTSPOKEN_TEST_SCALE"))
	if err != nil {
		t.Skip("not run: set OUTSPOKEN_TEST_SCALE=1000000 to fill an address book with so many conversations")
	}
	started := time.Now()
	book, _ := openBook(t, n)
	t.Logf("%d conversations imported in %s, resident %d MB", n, time.Since(started).Round(time.Second), resident(t))

	ad := newAgent(book, nothing)
	capture := func(ctx context.Context, i int) error {
		a := &activity.Activity{Type: activity.TypeMessage, ID: "in", ServiceURL: "https://smba.example/", ChannelID: "msteams", Text: "hi"}
		r := nth(i).Reference
		a.From, a.Recipient, a.Conversation = r.User, r.Agent, r.Conversation
		a.From.Role, a.Recipient.Role = activity.RoleUser, activity.RoleAgent // as Import completed them
		_, err := ad.Process(ctx, activity.Inbound{Activity: a, Identity: activity.Identity{Claims: map[string]string{"aud": "bot-1"}}})
		return err
	}
	first := func(entries iter.Seq2[proactive.Entry, error]) error {
		for _, err := range entries {
			return err
		}
		return proactive.ErrConversationNotFound
	}
	for _, m := range []struct {
		name string
		do   func(ctx context.Context, i int) error
	}{
		{"by id", func(ctx context.Context, i int) error {
			_, err := book.Find(ctx, fmt.Sprintf("a:%08d", i))
			return err
		}},
		{"by user", func(ctx context.Context, i int) error {
			return first(book.ByUser(ctx, "msteams", fmt.Sprintf("29:%08d", i)))
		}},
		{"by Entra id", func(ctx context.Context, i int) error {
			return first(book.ByUser(ctx, "msteams", fmt.Sprintf("00000000-0000-0000-0000-%012d", i)))
		}},
		{"capture of what is stored", capture},
	} {
		took := make([]time.Duration, 20_000)
		for j := range took {
			i, start := rand.IntN(n), time.Now()
			if err := m.do(t.Context(), i); err != nil {
				t.Fatalf("%s: %v", m.name, err)
			}
			took[j] = time.Since(start)
		}
		slices.Sort(took)
		median := took[len(took)/2]
		t.Logf("%-26s median %s, 99 %% %s, resident %d MB", m.name, median, took[len(took)*99/100], resident(t))
	}
	if mb := resident(t); mb > 60 {
		t.Errorf("%d MB resident, want at most 60", mb)
	}
}

// resident is the memory that the process holds, in MB.
func resident(t *testing.T) int {
	runtime.GC()
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skipf("memory is measured on Linux only: %v", err)
	}
	for line := range strings.Lines(string(raw)) {
		if kb, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, _ := strconv.Atoi(strings.Fields(kb)[0])
			return n / 1024
		}
	}
	t.Fatal("no VmRSS")
	return 0
}

// BenchmarkFind is a lookup by id, and one by user, among 10,000 conversations
// in SQLite.
func BenchmarkFind(b *testing.B) {
	const n = 10_000
	book, _ := openBook(b, n)
	b.Run("id", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if _, err := book.Find(b.Context(), fmt.Sprintf("a:%08d", i%n)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("user", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			for _, err := range book.ByUser(b.Context(), "msteams", fmt.Sprintf("29:%08d", i%n)) {
				if err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}

// BenchmarkCapture is an inbound turn whose address is stored.
func BenchmarkCapture(b *testing.B) {
	book, _ := openBook(b, 1)
	app := agent.New(agent.Config{})
	app.OnFallback(nothing)
	without := agent.NewAdapter(app, deaf{}, agent.AdapterConfig{})
	for name, ad := range map[string]*agent.Adapter{"with": newAgent(book, nothing), "without": without} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ad.Process(b.Context(), message()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
