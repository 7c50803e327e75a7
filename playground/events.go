package playground

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/outspoken-go/outspoken/directline"
)

const (
	maxPage   = 500              // exchanges of one answer
	keepAlive = 20 * time.Second // between signs of life, so that proxies leave the stream open
	patience  = 10 * time.Second // with a reader that does not read
)

// exchanges answers what was recorded after a number.
func (p *Playground) exchanges(_ http.ResponseWriter, r *http.Request) (any, error) {
	after, err := number(r.URL.Query().Get("after"))
	if err != nil {
		return nil, err
	}
	conversation := r.URL.Query().Get("conversation")
	shown := []Record{}
	answer := struct {
		Exchanges []Record `json:"exchanges"`
		Last      int64    `json:"last"`             // what to ask for next, as after
		Missed    bool     `json:"missed,omitempty"` // others in between are no longer kept
	}{Last: after}
	for len(shown) < maxPage {
		page := p.recorder.since(answer.Last, maxPage-len(shown))
		answer.Missed = answer.Missed || page.missed
		if len(page.records) == 0 {
			answer.Last = page.last
			break
		}
		answer.Last = page.records[len(page.records)-1].Seq
		for _, rec := range page.records {
			if conversation == "" || rec.Conversation == conversation {
				shown = append(shown, p.warned(r.Context(), rec))
			}
		}
	}
	answer.Exchanges = shown
	return answer, nil
}

// events streams what was recorded, and what is, as server-sent events. The id
// of an event is the number of the exchange. A reader that comes back sends the
// last one it got; that counts before the parameter after.
func (p *Playground) events(w http.ResponseWriter, r *http.Request) (any, error) {
	mark := r.Header.Get("Last-Event-ID")
	if mark == "" {
		mark = r.URL.Query().Get("after")
	}
	after, err := number(mark)
	if err != nil {
		return nil, err
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(http.StatusOK)
	stream := http.NewResponseController(w)
	alive := time.NewTicker(keepAlive)
	defer alive.Stop()
	text := "retry: 1000\n\n"
	for {
		page := p.recorder.since(after, 50)
		if page.missed {
			text += "event: missed\ndata: {}\n\n"
		}
		for _, rec := range page.records {
			after = rec.Seq
			text += p.event(r, rec)
		}
		// A writer without deadlines or flushing still gets the events.
		_ = stream.SetWriteDeadline(time.Now().Add(patience))
		if _, err := fmt.Fprint(w, text); err != nil || stream.Flush() != nil {
			return nil, nil // it hung up, or does not read
		}
		text = ""
		if len(page.records) > 0 {
			continue
		}
		after = page.last
		select {
		case <-page.news:
		case <-alive.C:
			text = ": still here\n\n"
		case <-p.recorder.done:
			return nil, nil
		case <-r.Context().Done():
			return nil, nil
		}
	}
}

func (p *Playground) event(r *http.Request, rec Record) string {
	data, err := encode(p.warned(r.Context(), rec))
	if err != nil { // a body that is no JSON after all
		rec.Activity, rec.Answer, rec.Error = nil, nil, "what was sent is not JSON and cannot be shown"
		data, _ = encode(rec)
	}
	return fmt.Sprintf("id: %d\ndata: %s\n\n", rec.Seq, data)
}

func number(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0, refuse(http.StatusBadRequest, directline.CodeBadArgument, "after must be the number of an exchange")
	}
	return n, nil
}
