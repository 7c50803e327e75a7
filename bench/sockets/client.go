package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A client opens conversations and their sockets.
type client struct {
	plan  *plan
	http  *http.Client
	users atomic.Int64
	lost  atomic.Int64 // sockets that ended by themselves
}

func newClient(p *plan) *client {
	return &client{plan: p, http: &http.Client{Timeout: p.budget, Transport: &http.Transport{
		DialContext: (&net.Dialer{}).DialContext, MaxIdleConnsPerHost: 256, DisableCompression: true,
	}}}
}

// A socket is the stream of one conversation. What it carries is only looked
// through for one text at a time.
type socket struct {
	client       *client
	conversation string
	user         string
	conn         *wire
	closing      atomic.Bool

	mu      sync.Mutex
	text    []byte
	arrived chan<- struct{}
	seen    atomic.Int64
}

// open starts n conversations and opens their sockets, a few at a time. With a
// server that greets, each has its greeting when open returns.
func (c *client) open(n int) ([]*socket, error) {
	sockets := make([]*socket, n)
	failed := make(chan error, n)
	var work sync.WaitGroup
	var next atomic.Int64
	for range 16 {
		work.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				s, err := c.socket()
				if err != nil {
					failed <- err
					return
				}
				sockets[i] = s
			}
		})
	}
	work.Wait()
	close(failed)
	if err := <-failed; err != nil {
		return nil, err
	}
	return sockets, nil
}

func (c *client) socket() (*socket, error) {
	s := &socket{client: c, user: fmt.Sprintf("user-%d-%d", time.Now().UnixNano(), c.users.Add(1))}
	stream := strings.Replace(c.plan.base, "http", "ws", 1) + "/socket"
	if !c.plan.bare {
		var conv struct{ ConversationID, StreamURL string }
		body := fmt.Sprintf(`{"user":{"id":%q}}`, s.user)
		if err := c.post("/v3/directline/conversations", body, &conv); err != nil {
			return nil, err
		}
		s.conversation, stream = conv.ConversationID, conv.StreamURL
	}
	greeted := make(chan struct{}, 1)
	s.expect(s.user, greeted) // "Welcome user-…"
	var err error
	if s.conn, err = dial(stream); err != nil {
		return nil, err
	}
	go s.read()
	if c.plan.bare {
		return s, nil
	}
	select {
	case <-greeted:
		return s, nil
	case <-time.After(c.plan.budget):
		return nil, fmt.Errorf("no greeting within %s", c.plan.budget)
	}
}

// expect counts what holds text from now on, and tells of the first.
func (s *socket) expect(text string, arrived chan<- struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text, s.arrived = []byte(text), arrived
	s.seen.Store(0)
}

func (s *socket) read() {
	for {
		frame, err := s.conn.next()
		if err != nil {
			if !s.closing.Load() {
				s.client.lost.Add(1)
			}
			return
		}
		s.mu.Lock()
		text, arrived := s.text, s.arrived
		s.mu.Unlock()
		if len(text) > 0 && bytes.Contains(frame, text) && s.seen.Add(1) == 1 {
			arrived <- struct{}{}
		}
	}
}

func (s *socket) close() {
	if s != nil && s.conn != nil {
		s.closing.Store(true)
		s.conn.Close()
	}
}

// turn says text and waits for the answer.
func (c *client) turn(s *socket, text string) error {
	answered := make(chan struct{}, 1)
	if c.plan.bare {
		s.expect(text, answered)
		if err := s.conn.send([]byte(text)); err != nil {
			return err
		}
	} else {
		s.expect("Echo: "+text, answered)
		body := fmt.Sprintf(`{"type":"message","text":%q,"from":{"id":%q}}`, text, s.user)
		if err := c.post("/v3/directline/conversations/"+s.conversation+"/activities", body, nil); err != nil {
			return err
		}
	}
	select {
	case <-answered:
		return nil
	case <-time.After(c.plan.budget):
		return fmt.Errorf("no answer within %s", c.plan.budget)
	}
}

// speak makes the server say text to everybody.
func (c *client) speak(text string) error {
	if c.plan.bare {
		return c.post("/all", text, nil)
	}
	var sent struct{ Failed int }
	err := c.post(c.plan.trigger, fmt.Sprintf(`{"text":%q}`, text), &sent)
	if err == nil && sent.Failed > 0 {
		err = fmt.Errorf("%d sends failed", sent.Failed)
	}
	return err
}

func (c *client) post(path, body string, into any) error {
	resp, err := c.http.Post(c.plan.base+path, "application/json", strings.NewReader(body))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("%s answered %s %.200s", path, resp.Status, answer)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer, into)
}
