package main

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// measure opens the sockets, and prints what they cost and how fast they are.
func (p *plan) measure() error {
	c := newClient(p)
	before, err := sample(p.pid)
	if err != nil {
		return err
	}
	began := time.Now()
	sockets, err := c.open(p.sockets)
	defer func() {
		for _, s := range sockets {
			s.close()
		}
	}()
	if err != nil {
		return err
	}
	fmt.Printf("%-34s %d in %.1f s\n", "sockets opened", len(sockets), time.Since(began).Seconds())
	time.Sleep(p.settle)
	after, err := sample(p.pid)
	if err != nil {
		return err
	}
	each := float64(after.rss-before.rss) / 1024 / float64(p.sockets)
	fmt.Printf("%-34s %.1f MB, then %.1f MB (highest %.1f MB)\n", "memory of the server", mb(before.rss), mb(after.rss), mb(after.peak))
	fmt.Printf("%-34s %.1f KB%s\n", "memory per conversation", each, verdict(p.kilobytes > 0, each <= p.kilobytes))
	missed := p.kilobytes > 0 && each > p.kilobytes

	var took time.Duration
	for i := range 3 { // the first one finds everything cold
		t, err := c.fanout(sockets, fmt.Sprintf("to-all-%d-%d", i, began.UnixNano()))
		if err != nil {
			return err
		}
		fmt.Printf("%-34s %.2f s\n", "one message to all sockets", t.Seconds())
		took = max(took, t)
	}
	late := p.fanout > 0 && took > p.fanout
	fmt.Printf("%-34s %.2f s%s\n", "the slowest of these", took.Seconds(), verdict(p.fanout > 0, !late))

	slow, err := p.messages(c)
	if err != nil {
		return err
	}
	if broken := c.lost.Load(); broken > 0 {
		return fmt.Errorf("%d sockets were lost", broken)
	}
	if missed || late || slow {
		return errors.New("a limit was missed")
	}
	return nil
}

func mb(bytes int64) float64 { return float64(bytes) / (1 << 20) }

func verdict(limited, kept bool) string {
	switch {
	case !limited:
		return ""
	case kept:
		return "   within the limit"
	}
	return "   MISSED the limit"
}

// fanout makes the agent speak to all and waits until every socket has it.
func (c *client) fanout(sockets []*socket, text string) (time.Duration, error) {
	arrived := make(chan struct{}, len(sockets))
	for _, s := range sockets {
		s.expect(text, arrived)
	}
	began := time.Now()
	answered := make(chan error, 1)
	go func() { answered <- c.speak(text) }()
	late := time.After(c.plan.budget)
	for n := range sockets {
		select {
		case <-arrived:
		case <-late:
			return 0, fmt.Errorf("%d of %d sockets had the message after %s", n, len(sockets), c.plan.budget)
		}
	}
	took := time.Since(began)
	if err := <-answered; err != nil {
		return 0, err
	}
	for _, s := range sockets {
		if n := s.seen.Load(); n != 1 {
			return 0, fmt.Errorf("a socket got the message %d times", n)
		}
	}
	return took, nil
}

// messages has every sender say one thing after another, and wait for the
// answer on its socket.
func (p *plan) messages(c *client) (slow bool, err error) {
	senders, err := c.open(p.conns)
	defer func() {
		for _, s := range senders {
			s.close()
		}
	}()
	if err != nil {
		return false, err
	}
	round := func(d time.Duration) (n int64, err error) {
		var work sync.WaitGroup
		var count atomic.Int64
		failed := make(chan error, len(senders))
		until := time.Now().Add(d)
		for i, s := range senders {
			work.Go(func() {
				for k := 0; time.Now().Before(until); k++ {
					if err := c.turn(s, fmt.Sprintf("m-%d-%d-%d", i, k, until.UnixNano())); err != nil {
						failed <- err
						return
					}
					count.Add(1)
				}
			})
		}
		work.Wait()
		close(failed)
		return count.Load(), <-failed
	}
	if _, err := round(p.seconds / 5); err != nil { // to warm up
		return false, err
	}
	before, err := sample(p.pid)
	if err != nil {
		return false, err
	}
	began := time.Now()
	n, err := round(p.seconds)
	if err != nil {
		return false, err
	}
	took := time.Since(began).Seconds()
	after, err := sample(p.pid)
	if err != nil {
		return false, err
	}
	rate, cpu := float64(n)/took, (after.cpu-before.cpu)/float64(n)*1000
	fast := p.rate > 0 && rate >= p.rate
	fmt.Printf("%-34s %.0f a second, %d connections\n", "messages there and back", rate, p.conns)
	fmt.Printf("%-34s %.3f s\n", "CPU of the server per 1,000", cpu)
	if p.floor > 0 {
		fmt.Printf("%-34s %.2f of %.3f s\n", "turns of the floor", cpu/p.floor, p.floor)
		fast = fast || cpu <= p.times*p.floor
	}
	limited := p.rate > 0
	fmt.Printf("%-34s%s\n", "rate, or CPU", verdict(limited, fast))
	return limited && !fast, nil
}
