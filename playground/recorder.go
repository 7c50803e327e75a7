package playground

import (
	"sync"
	"time"

	"github.com/outspoken-go/outspoken/localchannel"
)

// A Record is an exchange with its number. Numbers rise, without gaps, also
// over a restart of the program: they begin with the microsecond at which the
// [Recorder] was made.
type Record struct {
	Seq int64 `json:"seq"`
	localchannel.Exchange

	// Warnings say, for people, what the channel cannot show of it.
	Warnings []string `json:"warnings,omitempty"`
}

// A Recorder keeps the latest exchanges in memory, at most 2,000 and about
// 16 MB of them. It may be used concurrently.
type Recorder struct {
	maxRecords, maxBytes int

	mu      sync.Mutex
	records []Record // without gaps
	bytes   int      // of all records
	last    int64    // number of the newest
	lost    time.Time
	news    chan struct{} // closed when there is one more
	done    chan struct{} // closed by Close
}

// NewRecorder makes a recorder. Give its Watch to the channel.
func NewRecorder() *Recorder {
	now := time.Now()
	return &Recorder{
		maxRecords: 2_000, maxBytes: 16 << 20,
		last: now.UnixMicro(), lost: now,
		news: make(chan struct{}), done: make(chan struct{}),
	}
}

// Watch records an exchange. It fits [localchannel.Config] and never waits.
func (r *Recorder) Watch(e localchannel.Exchange) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last++
	r.records = append(r.records, Record{Seq: r.last, Exchange: e})
	r.bytes += size(e)
	drop := 0
	for len(r.records)-drop > 1 && (len(r.records)-drop > r.maxRecords || r.bytes > r.maxBytes) {
		old := r.records[drop].Exchange
		r.bytes -= size(old)
		if old.Time.After(r.lost) {
			r.lost = old.Time
		}
		r.records[drop] = Record{} // for the garbage collector
		drop++
	}
	r.records = r.records[drop:]
	close(r.news)
	r.news = make(chan struct{})
}

// size counts ids too: they come from the path of a request, of whoever sent it.
func size(e localchannel.Exchange) int {
	return 300 + len(e.Conversation) + len(e.ActivityID) + len(e.Activity) + len(e.Answer) + len(e.Error)
}

// Close ends the streams that are open, and those that are opened later at
// once. Call it when the HTTP server begins to stop: it waits for them.
func (r *Recorder) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-r.done:
	default:
		close(r.done)
	}
}

// A page is what a Recorder has after some number.
type page struct {
	records []Record
	missed  bool          // there were others in between
	last    int64         // number of the newest of all
	news    chan struct{} // closed when there is one more than last
}

// since returns at most n records after number after. A number of the future,
// as when the clock was set back, means all.
func (r *Recorder) since(after int64, n int) page {
	r.mu.Lock()
	defer r.mu.Unlock()
	first := r.last - int64(len(r.records)) + 1
	p := page{last: r.last, news: r.news}
	if after > r.last {
		after = 0
	}
	p.missed = after > 0 && after < first-1
	from := max(after+1-first, 0)
	to := min(from+int64(n), int64(len(r.records)))
	p.records = append(p.records, r.records[from:to]...)
	return p
}

// of returns the records of a conversation, and since when nothing of it is
// missing.
func (r *Recorder) of(conversation string) (records []Record, since time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, rec := range r.records {
		if rec.Conversation == conversation {
			records = append(records, rec)
		}
	}
	return records, r.lost
}
