package connector_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/connector"
)

// TestCase83_S0_16_ServiceURLWithAndWithoutSlash proves case 83 and S0-16.
func TestCase83_S0_16_ServiceURLWithAndWithoutSlash(t *testing.T) {
	ch := newChannel(t, 200, `{}`)
	c := newClient(connector.Config{})
	for _, path := range []string{"/teams", "/teams/"} {
		to := at(ch.URL+path, "msteams")
		if _, err := c.Send(t.Context(), to, message(to, "hi")); err != nil {
			t.Fatal(err)
		}
	}
	for _, got := range ch.requests() {
		if want := "/teams/v3/conversations/19:c1/activities"; got.URI != want {
			t.Errorf("sent to %s, want %s", got.URI, want)
		}
	}
}

// TestCases88And112_IDsThatAreRefusedOrEscaped proves case 88 and case 112.
func TestCases88And112_IDsThatAreRefusedOrEscaped(t *testing.T) {
	tests := []struct{ name, id, want string }{
		{"dots", "..", ""},
		{"one dot", ".", ""},
		{"empty", "", ""},
		{"a second header", "a\r\nX-Evil: 1", ""},
		{"NUL", "a\x00b", ""},
		{"DEL", "a\x7fb", ""},
		{"a control character above ASCII", "a\u0085b", ""},
		{"no UTF-8", "a\xc0\xaeb", ""},
		{"too long", strings.Repeat("a", 4097), ""},
		{"as long as may be", strings.Repeat("a", 4096), strings.Repeat("a", 4096)},
		{"three dots", "...", "..."},
		{"a query", "a?b=c", "a%3Fb=c"},
		{"a fragment", "a#b", "a%23b"},
		{"escaped dots", "%2e%2e", "%252e%252e"},
		{"climbing", "../../x", "..%2F..%2Fx"},
		{"a backslash", `a\b`, "a%5Cb"},
		{"spaces and umlauts", "a ü", "a%20%C3%BC"},
		{"as in Teams", "19:x@thread.tacv2;messageid=1", "19:x@thread.tacv2%3Bmessageid=1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ch := newChannel(t, 200, `{}`)
			err := newClient(connector.Config{}).Delete(t.Context(), at(ch.URL+"/teams/", "msteams"), tt.id)
			if tt.want == "" {
				if !errors.Is(err, activity.ErrInvalid) || len(ch.requests()) != 0 {
					t.Errorf("got %v and %d requests, want ErrInvalid and none", err, len(ch.requests()))
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got, want := ch.one(t).URI, "/teams/v3/conversations/19:c1/activities/"+tt.want; got != want {
				t.Errorf("asked for %s, want %s", got, want)
			}
		})
	}
}

func TestCases108And110_HostsThatGetNoToken(t *testing.T) {
	noTokens := tokenFunc(func() (string, error) { t.Error("a token was asked for"); return secret, nil })
	noRequests := roundTripper(func(r *http.Request) (*http.Response, error) {
		t.Errorf("a request went to %s", r.URL.Host)
		return nil, errors.New("no")
	})
	tests := []struct {
		name, serviceURL string
		hosts            connector.HostChecker // nil for the default
		want             error
	}{
		{"not listed", "https://evil.example/", nil, activity.ErrUntrustedHost},
		{"plain http", "http://smba.trafficmanager.net/teams/", nil, activity.ErrUntrustedHost},
		{"an address", "https://10.0.0.1/", nil, activity.ErrUntrustedHost},
		{"a user name", "https://smba.trafficmanager.net@evil.example/", nil, activity.ErrUntrustedHost},
		{"nothing", "", nil, activity.ErrUntrustedHost},
		{"a checker with an error of its own", "https://evil.example/", hosts{}, activity.ErrUntrustedHost},
		{"a trusting checker, user name", "https://a:b@channel.example/", hosts{""}, activity.ErrInvalid},
		{"a trusting checker, other scheme", "ftp://channel.example/", hosts{""}, activity.ErrInvalid},
		{"a trusting checker, no host", "https:///teams", hosts{""}, activity.ErrInvalid},
		{"a trusting checker, climbing", "https://channel.example/a/%2e%2e/b", hosts{""}, activity.ErrInvalid},
		{"a trusting checker, query", "https://channel.example/?a=b", hosts{""}, activity.ErrInvalid},
		{"a trusting checker, fragment", "https://channel.example/#a", hosts{""}, activity.ErrInvalid},
		{"a trusting checker, line break", "https://channel.example/\r\n", hosts{""}, activity.ErrInvalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := connector.New(connector.Config{Tokens: noTokens, Hosts: tt.hosts, HTTPClient: &http.Client{Transport: noRequests}})
			to := at(tt.serviceURL, "msteams")
			if _, err := c.Send(t.Context(), to, message(to, "hi")); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func TestHostsAreCheckedOnEveryCall(t *testing.T) {
	ch := newChannel(t, 200, `{}`)
	trusted := hosts{ch.URL}
	c := newClient(connector.Config{Hosts: &trusted})
	if err := c.Delete(t.Context(), at(ch.URL, "test"), "m1"); err != nil {
		t.Fatal(err)
	}
	trusted = nil
	if err := c.Delete(t.Context(), at(ch.URL, "test"), "m1"); !errors.Is(err, activity.ErrUntrustedHost) {
		t.Errorf("got %v, want ErrUntrustedHost", err)
	}
	ch.one(t)
}

func TestManyServiceURLs(t *testing.T) {
	ch := newChannel(t, 200, `{}`)
	c := newClient(connector.Config{})
	for i := range 600 {
		if err := c.Delete(t.Context(), at(ch.URL+"/"+strings.Repeat("x", i), "test"), "m1"); err != nil {
			t.Fatal(err)
		}
	}
}

// FuzzIDs: whatever stands in the ids, a request stays on the path of its
// operation or is refused.
func FuzzIDs(f *testing.F) {
	for _, id := range []string{"..", "a/../b", "%2e%2e", "?x", "#", "a;b", "\r\n", "ü", "//", "history"} {
		f.Add(id, "m1", false)
		f.Add("19:c1", id, true)
	}
	f.Fuzz(func(t *testing.T, conversationID, activityID string, agentic bool) {
		var got *url.URL
		c := newClient(connector.Config{HTTPClient: &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			got = r.URL
			return response(200, `{}`), nil
		})}})
		to := at("https://channel.example/teams/", "agents")
		to.Reference.Conversation.ID = conversationID
		a := message(to, "hi")
		a.ReplyToID = activityID
		if agentic {
			a.From.Role = activity.RoleAgenticUser
		}
		_, err := c.Send(t.Context(), to, a)
		if got == nil {
			if !errors.Is(err, activity.ErrInvalid) {
				t.Fatalf("nothing was sent, but the error is %v", err)
			}
			return
		}
		if err != nil || got.Host != "channel.example" || got.RawQuery != "" {
			t.Fatalf("went to %q with error %v", got, err)
		}
		parts := strings.Split(got.RequestURI(), "/")
		want := []string{"", "teams", "v3", "conversations", parts[min(4, len(parts)-1)], "activities"}
		if activityID != "" {
			want = append(want, parts[len(parts)-1])
		}
		if strings.Join(parts, "/") != strings.Join(want, "/") || len(parts) != len(want) {
			t.Fatalf("went to %q", got.RequestURI())
		}
		for _, p := range parts[4:] {
			if p == "." || p == ".." || p == "" || strings.ContainsAny(p, "?#\\ \r\n") {
				t.Fatalf("segment %q", p)
			}
		}
		if back, err := url.PathUnescape(parts[4]); err != nil || !agentic && back != conversationID {
			t.Fatalf("conversation %q became %q", conversationID, back)
		}
	})
}

type tokenFunc func() (string, error)

func (f tokenFunc) Token(context.Context, activity.Conversation) (string, error) { return f() }
