package localchannel_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
	"github.com/outspoken-go/outspoken/localchannel"
	"github.com/outspoken-go/outspoken/storage"
)

// A failing store fails the write before which it is told to, or waits with
// reads until their caller has gone.
type failing struct {
	storage.Store
	countdown atomic.Int64
	waits     atomic.Bool
	waiting   chan struct{}
}

func (s *failing) Write(ctx context.Context, items map[string]storage.Item) (map[string]string, error) {
	if s.countdown.Add(-1) == 0 {
		return nil, errors.New("the disk is full")
	}
	return s.Store.Write(ctx, items)
}

func (s *failing) Read(ctx context.Context, keys ...string) (map[string]storage.Item, error) {
	if !s.waits.Load() {
		return s.Store.Read(ctx, keys...)
	}
	s.waiting <- struct{}{}
	<-ctx.Done()
	return nil, ctx.Err()
}

// Whichever write of a start fails, who tries again with the same token gets a
// conversation that the agent has been told of, with its user.
func TestStartTriedAgain(t *testing.T) {
	for n := range 3 {
		store := &failing{Store: storage.NewMemory()}
		f := serve(t, func(cfg *localchannel.Config) { cfg.Store = store })
		var conv directline.Conversation
		f.want(http.StatusOK, "POST", "/v3/directline/tokens/generate", `{"user":{"id":"dl_anna"}}`, &conv)
		store.countdown.Store(int64(n))
		bearer := []string{"Authorization", "Bearer " + conv.Token}
		if status := f.do("POST", base, "", nil, bearer...); status >= 300 {
			f.do("POST", base, "", nil, bearer...)
		}
		update := f.agent.received(t, 1)[0]
		if got := update.MembersAdded; len(got) != 2 || got[1].ID != "dl_anna" {
			t.Errorf("write %d: the agent hears of %+v", n, got)
		}
		if _, err := f.channel.Member(t.Context(), to(conv.ID), "dl_anna"); err != nil {
			t.Errorf("write %d: %v", n, err)
		}
	}
}

func TestNegativeLimits(t *testing.T) {
	for name, set := range map[string]func(*localchannel.Config){
		"MaxUpload":        func(cfg *localchannel.Config) { cfg.MaxUpload = -1 },
		"MaxConversations": func(cfg *localchannel.Config) { cfg.MaxConversations = -1 },
		"MaxActivities":    func(cfg *localchannel.Config) { cfg.MaxActivities = -1 },
		"AgentTimeout":     func(cfg *localchannel.Config) { cfg.AgentTimeout = -1 },
		"KeepAlive":        func(cfg *localchannel.Config) { cfg.KeepAlive = -1 },
	} {
		cfg := localchannel.Config{Agent: "http://127.0.0.1:1", BaseURL: "http://127.0.0.1:2"}
		set(&cfg)
		if channel, err := localchannel.New(t.Context(), cfg); err == nil {
			channel.Close()
			t.Errorf("a negative %s was accepted", name)
		}
	}
}

// A token says who its user is; a client that has one cannot add to that.
func TestTokenDecidesWhoSpeaks(t *testing.T) {
	f := serve(t, func(cfg *localchannel.Config) { cfg.ChannelID = "msteams" })
	var conv directline.Conversation
	f.want(http.StatusOK, "POST", "/v3/directline/tokens/generate", `{"user":{"id":"dl_anna","name":"Anna"}}`, &conv)
	bearer := []string{"Authorization", "Bearer " + conv.Token}
	f.want(http.StatusCreated, "POST", base, "", nil, bearer...)
	f.want(http.StatusOK, "POST", base+"/"+conv.ID+"/activities",
		`{"type":"message","text":"hi","from":{"id":"boss","aadObjectId":"11111111-1111-4111-8111-111111111111","email":"boss@example.com","tenantId":"other","more":1}}`, nil, bearer...)
	got := f.agent.received(t, 3)
	joined, said := got[0].MembersAdded[1], got[2].From
	if said.ID != "dl_anna" || said.Name != "Anna" || said.AADObjectID != joined.AADObjectID || said.Email != "" || said.TenantID != "" {
		t.Errorf("the agent hears %+v, who joined as %+v", said, joined)
	}
}

// What is wrong with the replies of an agent is no fault of the client's.
func TestRepliesThatDoNotFit(t *testing.T) {
	f := serve(t)
	conv := f.start(withAnna)
	f.agent.received(t, 1)
	f.agent.setAnswer(func(w http.ResponseWriter, _ *http.Request, _ *activity.Activity) {
		io.WriteString(w, `{"activities":[{"type":"message","text":"`+strings.Repeat("x", 300<<10)+`"}]}`)
	})
	var answer directline.ErrorResponse
	f.want(http.StatusBadGateway, "POST", base+"/"+conv.ID+"/activities",
		`{"type":"message","text":"hi","from":{"id":"anna"},"deliveryMode":"expectReplies"}`, &answer)
	if e := answer.Error; e.Code != directline.CodeBotRejectedActivity || !strings.Contains(e.Message, "the agent answered with an activity that is refused: the activity has more than 256 K") {
		t.Errorf("%+v", e)
	}
}

// A lockedBuffer may be written and read at the same time.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// A client that hangs up is nothing that an operator has to look at.
func TestHangingUpIsNoFailureOfTheStore(t *testing.T) {
	log := new(lockedBuffer)
	store := &failing{Store: storage.NewMemory(), waiting: make(chan struct{})}
	f := serve(t, func(cfg *localchannel.Config) {
		cfg.Store, cfg.Logger = store, slog.New(slog.NewTextHandler(log, nil))
	})
	conv := f.start(withAnna)
	f.post(conv.ID, "hi")
	store.waits.Store(true)
	ctx, hangUp := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, "GET", f.server.URL+base+"/"+conv.ID+"/activities", nil)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		_, err := http.DefaultClient.Do(request)
		done <- err
	}()
	<-store.waiting
	hangUp()
	if err := <-done; err == nil {
		t.Fatal("there was an answer")
	}
	store.waits.Store(false)
	f.stop() // waits for the request
	if text := log.String(); strings.Contains(text, "store failed") {
		t.Error(text)
	}
}

func TestAttachmentTooLargeInWords(t *testing.T) {
	f := serve(t, func(cfg *localchannel.Config) { cfg.MaxUpload = 1000 })
	conv := f.start(withAnna)
	for _, size := range []int{1001, 4000} {
		body, err := json.Marshal(map[string]any{"name": "a", "originalBase64": make([]byte, size)})
		if err != nil {
			t.Fatal(err)
		}
		var answer directline.ErrorResponse
		f.want(http.StatusRequestEntityTooLarge, "POST", service+"/"+conv.ID+"/attachments", string(body), &answer)
		if answer.Error.Message != "the attachment is too large" {
			t.Errorf("%d bytes: %q", size, answer.Error.Message)
		}
	}
}

// Typing and conversationUpdate are never in a history, nor by an update.
// (directline 5)
func TestUpdateKeepsToTheHistory(t *testing.T) {
	f := serve(t)
	conv := f.start(withAnna)
	id := f.send(conv.ID, message("one"))
	for _, kind := range []activity.Type{activity.TypeConversationUpdate, activity.TypeTyping, activity.TypeInvoke} {
		_, err := f.channel.Update(t.Context(), to(conv.ID), &activity.Activity{ID: id, Type: kind})
		if !errors.Is(err, activity.ErrInvalid) {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if got := texts(f.history(conv.ID, "")); len(got) != 1 || got[0] != "one" {
		t.Errorf("history %q", got)
	}
}

// Looking at a conversation does not keep it.
func TestInfoIsNoUse(t *testing.T) {
	f := serve(t, func(cfg *localchannel.Config) { cfg.MaxConversations = 2 })
	idle, used := f.start(withAnna), f.start(withAnna)
	f.post(used.ID, "hi")
	if _, err := f.channel.Info(t.Context(), idle.ID); err != nil {
		t.Fatal(err)
	}
	f.start(withAnna)
	if _, err := f.channel.Info(t.Context(), idle.ID); !errors.Is(err, activity.ErrNotFound) {
		t.Errorf("the idle one: %v", err)
	}
	if _, err := f.channel.Info(t.Context(), used.ID); err != nil {
		t.Errorf("the used one: %v", err)
	}
}
