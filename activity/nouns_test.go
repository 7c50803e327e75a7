package activity

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestTimeParse(t *testing.T) {
	for in, want := range map[Time]string{
		"2026-11-20T09:41:07Z":               "2026-11-20T09:41:07Z",
		"2026-11-20t09:41:07z":               "2026-11-20T09:41:07Z",
		"2026-11-20T09:41:07.3821834Z":       "2026-11-20T09:41:07.3821834Z",
		"2026-11-20T09:41:07.1234567890123Z": "2026-11-20T09:41:07.123456789Z",
		"2026-11-20T10:41:07.5+01:00":        "2026-11-20T10:41:07.5+01:00",
		"2026-11-20T10:41:07+0100":           "2026-11-20T10:41:07+01:00",
		"2026-11-20T09:41:07":                "2026-11-20T09:41:07Z",
		"2026-11-20T09:41:07.25":             "2026-11-20T09:41:07.25Z",
		"2026-11-20T09:41Z":                  "2026-11-20T09:41:00Z",
		"2026-11-20T09:41":                   "2026-11-20T09:41:00Z",
		" 2026-11-20 ":                       "2026-11-20T00:00:00Z",
	} {
		got, err := in.Parse()
		if err != nil || got.Format(time.RFC3339Nano) != want {
			t.Errorf("%q.Parse() = %s, %v, want %s", in, got.Format(time.RFC3339Nano), err, want)
		}
	}
	for _, in := range []Time{"", "soon", "2026-13-01T00:00:00Z"} {
		if _, err := in.Parse(); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q.Parse() error = %v", in, err)
		}
	}
	zone := time.FixedZone("", 3600)
	if got, want := At(time.Date(2026, 11, 20, 10, 41, 7, 123456789, zone)), Time("2026-11-20T09:41:07.1234567Z"); got != want {
		t.Errorf("At = %s, want %s", got, want)
	}
	if _, err := Now().Parse(); err != nil {
		t.Error(err)
	}
}

func TestLocalTime(t *testing.T) {
	for _, tt := range []struct{ stamp, zone, want string }{
		{"2026-11-20T10:41:07+01:00", "", "10:41 +0100"},
		{"2026-11-20T10:41:07+01:00", "UTC", "09:41 +0000"},
		{"2026-11-20T10:41:07+01:00", "Moon/Tycho", "10:41 +0100"},
		{"2026-11-20T10:41:07+01:00", "../../etc/passwd", "10:41 +0100"},
	} {
		a := &Activity{LocalTimestamp: Time(tt.stamp), LocalTimezone: tt.zone}
		if got, err := a.LocalTime(); err != nil || got.Format("15:04 -0700") != tt.want {
			t.Errorf("%s in %q: %v, %v, want %s", tt.stamp, tt.zone, got, err, tt.want)
		}
	}
	if _, err := Message("x").LocalTime(); err == nil {
		t.Error("an absent time was read")
	}
}

func TestInvokeResponseOK(t *testing.T) {
	for status, want := range map[int]bool{0: false, 199: false, 200: true, 299: true, 300: false, 501: false} {
		if got := (&InvokeResponse{Status: status}).OK(); got != want {
			t.Errorf("%d is OK: %v", status, got)
		}
	}
}

// TestDecodeAtOnce shares the decoders of one pool, for the race detector.
func TestDecodeAtOnce(t *testing.T) {
	data := read(t, "testdata/message-teams-groupchat.json")
	want := tree(t, data)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				a, err := Decode(data)
				if err != nil {
					t.Error(err)
					return
				}
				out, err := a.Clone().Append(nil)
				if err != nil || compare("", want, tree(t, out), nil) != nil {
					t.Errorf("got %s, %v", out, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestAccounts(t *testing.T) {
	for role, want := range map[string]bool{"bot": true, "Agent": true, "user": false, "": false} {
		if got := (&ChannelAccount{Role: role}).HasRole(RoleAgent); got != want {
			t.Errorf("%q is an agent: %v", role, got)
		}
	}
	for role, want := range map[string]bool{"agenticUser": true, "AGENTICAPPINSTANCE": true, "agenticInstance": true, "bot": false, "": false} {
		if got := (&ChannelAccount{Role: role}).Agentic(); got != want {
			t.Errorf("%q is agentic: %v", role, got)
		}
	}
	if (&ChannelAccount{AADObjectID: "a", ObjectID: "b"}).EntraID() != "a" || (&ChannelAccount{ObjectID: "b"}).EntraID() != "b" {
		t.Error("EntraID takes the wrong name")
	}
}

func TestIdentity(t *testing.T) {
	tests := []struct {
		name      string
		claims    map[string]string
		caller    string
		agent     bool
		anonymous bool
	}{
		{"nobody", nil, "", false, true},
		{"a channel", map[string]string{"aud": "me"}, "", false, false},
		{"another agent, version 1", map[string]string{"aud": "me", "ver": "1.0", "appid": "you"}, "you", true, false},
		{"another agent, version 2", map[string]string{"aud": "me", "ver": "2.0", "azp": "you", "appid": "no"}, "you", true, false},
		{"this agent itself", map[string]string{"aud": "me", "ver": "2.0", "azp": "me"}, "me", false, false},
		{"meant for the Bot Framework", map[string]string{"aud": "https://api.botframework.com", "ver": "1.0", "appid": "you"}, "you", false, false},
		{"a version to come", map[string]string{"aud": "me", "ver": "3.0", "azp": "you"}, "", false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			id := (&Conversation{Claims: tt.claims}).Identity()
			if id.Caller() != tt.caller || id.IsAgent() != tt.agent || id.Anonymous() != tt.anonymous {
				t.Errorf("Caller %q, IsAgent %v, Anonymous %v", id.Caller(), id.IsAgent(), id.Anonymous())
			}
		})
	}
}

func TestErrors(t *testing.T) {
	tests := []struct {
		name   string
		err    error
		reason error
		retry  bool
	}{
		{"401", &Error{Status: 401}, ErrUnauthorized, false},
		{"403", &Error{Status: 403}, ErrForbidden, false},
		{"404", &Error{Status: 404}, ErrNotFound, false},
		{"400", &Error{Status: 400}, ErrInvalid, false},
		{"413", &Error{Status: 413}, ErrTooLarge, false},
		{"429", &Error{Status: 429, RetryAfter: time.Second}, ErrThrottled, true},
		{"412", &Error{Status: 412}, ErrUnavailable, true},
		{"503", &Error{Status: 503}, ErrUnavailable, true},
		{"502 to a send", &Error{Status: 502, Unknown: true}, ErrOutcomeUnknown, false},
		{"no connection", fmt.Errorf("dial: %w", ErrUnreachable), ErrUnreachable, true},
		{"untrusted", ErrUntrustedHost, ErrUntrustedHost, false},
		{"findings", Findings{{}}, ErrInvalid, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := fmt.Errorf("send: %w", tt.err)
			if !errors.Is(err, tt.reason) || Retryable(err) != tt.retry || Advice(err) == "" {
				t.Errorf("Is %v: %v, Retryable %v, Advice %q", tt.reason, errors.Is(err, tt.reason), Retryable(err), Advice(err))
			}
		})
	}
	e := &Error{Op: "send", Host: "smba.example", Status: 429, Code: "TooMany", Message: "slow down", RetryAfter: 2 * time.Second}
	want := "send: smba.example answered 429 Too Many Requests (TooMany): slow down; retry after 2s"
	if e.Error() != want || RetryAfter(fmt.Errorf("x: %w", e)) != 2*time.Second || RetryAfter(ErrForbidden) != 0 || !strings.Contains(e.Advice(), "wait") {
		t.Errorf("Error = %q, want %q", e, want)
	}
	if (&Error{Status: 418}).Reason() != nil || errors.Is(&Error{Status: 418}, nil) || Advice(errors.New("x")) != "" {
		t.Error("a teapot has a reason")
	}
}
