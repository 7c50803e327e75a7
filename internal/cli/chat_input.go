package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
)

const (
	pasteGap    = 40 * time.Millisecond
	maxInput    = 1 << 20 // bytes of a line, or of all with --once
	maxChatFile = 64 << 20
)

const chatHelp = `A number presses the button that has it. A line that begins with a space is said as it is.
/file PATH   sends a file
/id          tells the id of the conversation
/quit        ends; so do Ctrl-C and Ctrl-D
`

// read hands out lines, or all at once, or else what went wrong with them.
func (t *talk) read(ctx context.Context, in io.Reader, lines chan<- string, unread chan<- error) {
	give := func(line string) bool {
		select {
		case lines <- line:
			return true
		case <-ctx.Done():
			return false
		}
	}
	scanner := bufio.NewScanner(in)
	scanner.Buffer(nil, maxInput)
	if t.options.once {
		scanner.Split(whole)
	}
	for scanner.Scan() && give(scanner.Text()) {
	}
	if err := scanner.Err(); errors.Is(err, bufio.ErrTooLong) {
		unread <- errors.New("the input is too long for a message")
	} else if err != nil {
		unread <- fmt.Errorf("standard input cannot be read: %w", err)
	} else {
		close(lines)
	}
}

// whole is the split of --once: one message, said as it is.
func whole(data []byte, over bool) (advance int, message []byte, err error) {
	if text := bytes.TrimRight(data, "\r\n"); over && len(text) > 0 {
		return len(data), append([]byte(" "), text...), nil
	} else if over {
		return len(data), nil, nil
	}
	return 0, nil, nil
}

// paste adds the lines that follow at once, as no hand types them.
func paste(line string, lines <-chan string) string {
	for {
		select {
		case more, open := <-lines:
			if !open {
				return line
			}
			line += "\n" + more
		case <-time.After(pasteGap):
			return line
		}
	}
}

// command reads what was typed: something to say, or a wish to quit.
func (t *talk) command(line string) (say job, quit bool) {
	if text, as := strings.CutPrefix(line, " "); as {
		return t.say(activity.Message(text)), false
	}
	word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	number, err := strconv.Atoi(word)
	switch {
	case word == "":
	case strings.Contains(line, "\n"):
		return t.say(activity.Message(line)), false
	case word == "/quit":
		return nil, true
	case word == "/id":
		t.show.note(t.chat.ID())
	case word == "/help":
		t.show.note(chatHelp)
	case word == "/file":
		return t.upload(strings.TrimSpace(rest)), false
	case strings.HasPrefix(word, "/"):
		t.show.note("There is no command " + word + "; see /help. To say it, put a space before it.")
	case err == nil && rest == "" && number >= 1 && number <= len(t.show.buttons):
		return t.press(t.show.buttons[number-1]), false
	default:
		return t.say(activity.Message(line)), false
	}
	return nil, false
}

func (t *talk) press(b button) job {
	switch {
	case b.says != nil:
		return t.say(b.says)
	case b.address != "":
		t.show.note(b.title + ": open " + b.address)
	default:
		t.show.note(b.title + ": this button does nothing in a terminal; use the chat page")
	}
	return nil
}

// say posts an activity with a mark by which it is known again.
func (t *talk) say(a *activity.Activity) job {
	mark := uuid.NewString()
	t.own[mark] = true
	data := map[string]any{}
	_ = json.Unmarshal(a.ChannelData, &data) // of ours, or none
	data["clientActivityID"] = mark
	own := *a
	own.ChannelData, _ = json.Marshal(data)
	return func(ctx context.Context) error {
		_, err := t.chat.Post(ctx, &own)
		return err
	}
}

func (t *talk) upload(path string) job {
	info, err := os.Stat(path)
	if err == nil && (!info.Mode().IsRegular() || info.Size() > maxChatFile) {
		err = fmt.Errorf("%s is no file of at most %d MB", path, maxChatFile>>20)
	}
	if err != nil {
		t.show.note("Not sent: " + err.Error())
		return nil
	}
	return func(ctx context.Context) error {
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		_, err = t.chat.Upload(ctx, nil, directline.File{Name: filepath.Base(path), Content: content})
		return err
	}
}
