package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
)

const longestSilence = 15 * time.Second

// A talk is one run of the chat command. One goroutine, run, owns all of it.
type talk struct {
	chat    *directline.Chat
	options chatOptions
	errs    io.Writer
	typing  bool // somebody sits at a terminal
	show    printer

	own     map[string]bool // marks of what was said here, as the channel gives it back
	asked   string          // the id of what was said last, once it came back
	said    int             // how often something was
	waiting int             // what was said and is not answered
	replies int
	failed  error
	over    bool      // the input has ended
	until   time.Time // when to stop waiting for replies
}

// A job is something to say.
type job func(ctx context.Context) error

func (t *talk) run(ctx context.Context, in io.Reader) error {
	ctx, cancel := context.WithCancel(ctx)
	var work sync.WaitGroup
	defer work.Wait()
	defer cancel()
	heard, ended := make(chan *activity.Activity), make(chan error, 1)
	work.Go(func() { ended <- t.listen(ctx, heard) })
	jobs, done := make(chan job, 100), make(chan error, 100)
	work.Go(func() { // one at a time, in order
		for {
			select {
			case say := <-jobs:
				done <- say(ctx)
			case <-ctx.Done():
				return
			}
		}
	})
	lines, unread := make(chan string), make(chan error, 1)
	go t.read(ctx, in, lines, unread) // not waited for: nothing breaks off the read of a terminal
	t.greet()
	quiet := time.NewTimer(time.Hour)
	for {
		quiet.Reset(t.patience())
		input := lines
		if t.over || t.waiting >= cap(done) {
			input = nil
		}
		select {
		case line, more := <-input:
			if more && t.typing {
				line = paste(line, lines)
			}
			if t.take(line, more, jobs) {
				return t.leave()
			}
		case err := <-unread:
			return err
		case a := <-heard:
			t.hear(a)
			t.settle()
		case err := <-done:
			t.waiting--
			if err != nil && ctx.Err() == nil {
				t.fail(err)
			}
			t.settle()
		case <-quiet.C:
			if t.said == 0 && t.options.once {
				return errors.New("standard input is empty, so there is nothing to say")
			}
			if t.said > 0 && t.replies == 0 && t.failed == nil {
				return fmt.Errorf("the agent said nothing within %s", t.options.silence)
			}
			return t.failed
		case err := <-ended:
			if ctx.Err() != nil {
				return t.leave()
			}
			return err
		case <-ctx.Done():
			return t.leave()
		}
	}
}

// take acts on a line of the input, or on its end. It reports that somebody at
// a terminal wants to leave; elsewhere replies are waited for.
func (t *talk) take(line string, more bool, jobs chan<- job) (leave bool) {
	say, quit := job(nil), !more
	if more {
		t.show.prompted = false // the terminal has gone to the next line
		say, quit = t.command(line)
	}
	switch {
	case quit:
		t.over = true
		t.settle()
		return t.typing
	case say != nil:
		t.said++
		t.waiting++
		jobs <- say
	}
	t.show.prompt(t.typing)
	return false
}

func (t *talk) listen(ctx context.Context, heard chan<- *activity.Activity) error {
	for a, err := range t.chat.Activities(ctx) {
		if err != nil {
			return err
		}
		select {
		case heard <- a:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// hear shows an activity, unless it is what was typed here.
func (t *talk) hear(a *activity.Activity) {
	var data struct{ ClientActivityID string }
	_ = json.Unmarshal(a.ChannelData, &data) // it may be anything
	own := t.own[data.ClientActivityID]
	delete(t.own, data.ClientActivityID)
	once := t.options.once
	switch {
	case own:
		if t.asked = a.ID; once || !t.options.json {
			return
		}
	case once && (t.asked == "" || a.ReplyToID != "" && a.ReplyToID != t.asked):
		return // from before, or an answer to something else
	case a.Is(activity.TypeMessage):
		t.replies++
	}
	t.show.activity(a, t.typing)
}

// fail tells what became of what was said.
func (t *talk) fail(err error) {
	if e, ok := errors.AsType[*activity.Error](err); ok && (e.Code == directline.CodeBotRejectedActivity || e.Code == directline.CodeBotError) {
		err = fmt.Errorf("the agent failed: %w", err)
	}
	if t.typing && !t.options.json {
		t.show.note(err.Error())
		return
	}
	t.failed = errors.Join(t.failed, err)
}

// settle sets until when replies are waited for, once all is said.
func (t *talk) settle() {
	if !t.over || t.waiting > 0 || !t.until.IsZero() {
		return
	}
	t.until = time.Now()
	if t.said > 0 {
		t.until = t.until.Add(t.options.silence)
	}
}

// patience is how long the agent may be silent from now on.
func (t *talk) patience() time.Duration {
	switch left := time.Until(t.until); {
	case t.until.IsZero():
		return 365 * 24 * time.Hour
	case t.replies > 0 || t.failed != nil:
		return max(min(t.options.wait, left), 0)
	default:
		return max(left, 0)
	}
}

func (t *talk) greet() {
	if t.typing {
		t.show.note("Conversation " + t.chat.ID() + ". /help tells what to type.")
		t.show.prompt(true)
	}
}

// leave ends the talk in good order.
func (t *talk) leave() error {
	if !t.typing {
		return errors.Join(t.failed, errors.New("interrupted before the agent was done"))
	}
	t.show.note("Go on with this conversation: outspoken chat " + t.goOn())
	return t.failed
}

func (t *talk) goOn() string {
	if len(t.options.servers) == 1 {
		return t.options.servers[0] + " " + t.chat.ID()
	}
	return t.chat.ID()
}
