package playground

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outspoken-go/outspoken/localchannel"
)

func exchange(conversation string, bytes int) localchannel.Exchange {
	return localchannel.Exchange{
		Time: time.Now(), Conversation: conversation, Op: "send", Status: 200,
		Activity: json.RawMessage(`"` + fmt.Sprintf("%0*d", bytes, 0) + `"`),
	}
}

// relative are the numbers of records, counted from the first ever.
func relative(r *Recorder, records []Record, first int64) []int {
	var seqs []int
	for _, rec := range records {
		seqs = append(seqs, int(rec.Seq-first))
	}
	return seqs
}

func TestRecorderIsBoundedByNumber(t *testing.T) {
	r := NewRecorder()
	r.maxRecords = 3
	first := r.last + 1
	for range 5 {
		r.Watch(exchange("a", 1))
	}
	if got := fmt.Sprint(relative(r, r.since(0, 10).records, first)); got != "[2 3 4]" {
		t.Errorf("kept %s, want [2 3 4]", got)
	}
}

func TestRecorderIsBoundedByBytes(t *testing.T) {
	r := NewRecorder()
	r.maxBytes = 10_000
	for range 100 {
		r.Watch(exchange("a", 3_000))
	}
	if n := len(r.since(0, 1000).records); n != 3 {
		t.Errorf("kept %d records of 3,300 bytes in 10,000", n)
	}
	r.Watch(exchange("a", 50_000))
	if n := len(r.since(0, 1000).records); n != 1 {
		t.Errorf("kept %d records, want the last alone, however large", n)
	}
	r.Watch(exchange("a", 1))
	if r.bytes > r.maxBytes || len(r.records) != 1 {
		t.Errorf("%d bytes in %d records", r.bytes, len(r.records))
	}
	for range 5 { // as of somebody who asks for whatever conversation
		r.Watch(exchange(strings.Repeat("a", 6_000), 1))
	}
	if n := len(r.records); n != 1 {
		t.Errorf("kept %d records with an id of 6,000 bytes in 10,000", n)
	}
}

func TestSince(t *testing.T) {
	r := NewRecorder()
	r.maxRecords = 4
	first := r.last + 1
	for range 6 {
		r.Watch(exchange("a", 1))
	}
	tests := []struct {
		name   string
		after  int64
		n      int
		want   string
		missed bool
	}{
		{"everything that is kept, which is nothing missed", 0, 10, "[2 3 4 5]", false},
		{"a page", 0, 2, "[2 3]", false},
		{"after one that is kept", first + 3, 10, "[4 5]", false},
		{"right before the oldest kept", first + 1, 10, "[2 3 4 5]", false},
		{"others are gone", first, 10, "[2 3 4 5]", true},
		{"up to date", first + 5, 10, "[]", false},
		{"a number of the future means all", first + 99, 10, "[2 3 4 5]", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := r.since(tt.after, tt.n)
			if got := fmt.Sprint(relative(r, p.records, first)); got != tt.want || p.missed != tt.missed {
				t.Errorf("got %s, missed %t; want %s, %t", got, p.missed, tt.want, tt.missed)
			}
		})
	}
}

func TestNumbersRiseOverARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := NewRecorder()
		for range 1000 {
			before.Watch(exchange("a", 1))
		}
		time.Sleep(10 * time.Millisecond) // virtual: a restart takes longer
		after := NewRecorder()
		if after.last <= before.last {
			t.Errorf("the new numbers begin at %d, the old ones end at %d", after.last, before.last)
		}
	})
}

func TestWatchIsConcurrent(t *testing.T) {
	r := NewRecorder()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				r.Watch(exchange("a", 1))
			}
		})
	}
	wg.Wait()
	records := r.since(0, 10_000).records
	for i := 1; i < len(records); i++ {
		if records[i].Seq != records[i-1].Seq+1 {
			t.Fatalf("a gap between %d and %d", records[i-1].Seq, records[i].Seq)
		}
	}
	if len(records) != 800 {
		t.Errorf("got %d records, want 800", len(records))
	}
}

func TestOfTellsSinceWhenItIsComplete(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := NewRecorder()
		r.maxRecords = 2
		begun := time.Now()
		for _, c := range []string{"a", "b", "a"} {
			r.Watch(exchange(c, 1))
			time.Sleep(time.Second)
		}
		records, since := r.of("a")
		if len(records) != 1 || !since.Equal(begun) {
			t.Errorf("got %d records, complete since %s; want 1 since %s", len(records), since, begun)
		}
	})
}
