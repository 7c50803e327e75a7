package connector

import (
	"fmt"
	"net/url"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/outspoken-go/outspoken/activity"
)

// maxID is the length of the longest id, token or service URL we send, in bytes.
const maxID = 4 << 10

// A base is a service URL taken apart, without the slash at its end. Both
// spellings of its path are kept: plain, and as it stands on the wire.
type base struct {
	exact      *url.URL // the service URL as given; read-only
	scheme     string
	host       string
	path, wire string
}

// bases keeps the service URLs met, which are few but used all the time.
type bases struct {
	mu    sync.RWMutex
	known map[string]*base
}

// get returns the base of a service URL that the host check let pass.
func (b *bases) get(serviceURL string) (*base, error) {
	b.mu.RLock()
	known := b.known[serviceURL]
	b.mu.RUnlock()
	if known != nil {
		return known, nil
	}
	parsed, err := parseBase(serviceURL)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.known) >= 256 {
		clear(b.known) // somebody varies the path; start over rather than grow
	}
	if b.known == nil {
		b.known = map[string]*base{}
	}
	b.known[serviceURL] = parsed
	return parsed, nil
}

func parseBase(serviceURL string) (*base, error) {
	u, err := url.Parse(serviceURL)
	switch {
	case err != nil || len(serviceURL) > maxID:
		return nil, fmt.Errorf("%w: the service URL cannot be read", activity.ErrInvalid)
	case u.Scheme != "https" && u.Scheme != "http" || u.Host == "":
		return nil, fmt.Errorf("%w: the service URL must look like https://host/path", activity.ErrInvalid)
	case u.User != nil || u.Fragment != "":
		return nil, fmt.Errorf("%w: the service URL must have no user and no fragment", activity.ErrInvalid)
	}
	for segment := range strings.SplitSeq(u.Path, "/") {
		if segment == "." || segment == ".." {
			return nil, fmt.Errorf("%w: the path of the service URL must not climb", activity.ErrInvalid)
		}
	}
	return &base{
		exact: u, scheme: u.Scheme, host: u.Host,
		path: strings.TrimSuffix(u.Path, "/"), wire: strings.TrimSuffix(u.EscapedPath(), "/"),
	}, nil
}

// url is the URL of an operation: base, "v3" and the segments, each of which
// stays one segment whatever it holds.
func (b *base) url(query string, segments ...string) (*url.URL, error) {
	if b.exact.RawQuery != "" {
		return nil, fmt.Errorf("%w: the service URL must have no query", activity.ErrInvalid)
	}
	size := len("/v3")
	for i, s := range segments {
		if err := checkID(s); err != nil {
			return nil, fmt.Errorf("%w (below %q)", err, strings.Join(segments[:i], "/"))
		}
		size += len(s) + 1
	}
	var plain, wire strings.Builder
	plain.Grow(len(b.path) + size)
	plain.WriteString(b.path + "/v3")
	escaped := b.path != b.wire
	for _, s := range segments {
		plain.WriteByte('/')
		plain.WriteString(s)
		escaped = escaped || url.PathEscape(s) != s
	}
	u := &url.URL{Scheme: b.scheme, Host: b.host, Path: plain.String(), RawQuery: query}
	if escaped {
		wire.WriteString(b.wire + "/v3")
		for _, s := range segments {
			wire.WriteByte('/')
			wire.WriteString(url.PathEscape(s))
		}
		u.RawPath = wire.String()
	}
	return u, nil
}

// checkID refuses what is not safe as one segment of a path, even escaped:
// proxies resolve dots, and some undo the escaping of control characters.
func checkID(id string) error {
	if id == "" || id == "." || id == ".." || len(id) > maxID || !utf8.ValidString(id) ||
		strings.ContainsFunc(id, unicode.IsControl) {
		return fmt.Errorf("%w id %q: an id is 1 to %d bytes of UTF-8 without control characters, and not a dot or two",
			activity.ErrInvalid, clip(id, 64), maxID)
	}
	return nil
}

// maxAgenticID is how much of a conversation id the agents channel takes in a
// path. (proactive-hosting-auth 5.2)
const maxAgenticID = 150

var agenticSpecials = strings.NewReplacer("/", "_", `\`, "_", "#", "_", "?", "_")

// conversationSegment is the conversation's id as it stands in the path of a
// send. An agent with an identity of its own on the agents channel has to
// shorten it there; the activity keeps the whole one.
func conversationSegment(to *activity.Conversation, a *activity.Activity) string {
	id := to.Reference.Conversation.ID
	if !onChannel(to, activity.ChannelAgents) || !a.From.Agentic() {
		return id
	}
	if runes := []rune(id); len(runes) > maxAgenticID {
		id = string(runes[:maxAgenticID])
	}
	return agenticSpecials.Replace(id)
}

func onChannel(to *activity.Conversation, base string) bool {
	got, _ := activity.SplitChannel(to.Reference.ChannelID)
	return strings.EqualFold(got, base)
}
