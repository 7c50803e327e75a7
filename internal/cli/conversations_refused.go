package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// A refusedError is what a server refused, in words that say what to do.
type refusedError struct {
	url                       string
	status                    int
	code, message, retryAfter string
	key                       bool // one was shown
}

func (s *remote) refusal(resp *http.Response, body []byte) error {
	e := &refusedError{url: s.url + "/" + strings.Trim(s.path, "/"), status: resp.StatusCode, key: s.key != "", retryAfter: resp.Header.Get("Retry-After")}
	var said struct {
		Error struct{ Code, Message string }
	}
	_ = json.Unmarshal(body, &said) // some have no body, and proxies have pages
	e.code, e.message = said.Error.Code, strings.TrimPrefix(said.Error.Message, "proactive: ")
	return e
}

func (e *refusedError) Error() string {
	return strings.ReplaceAll(harmless(e.words()), "\n", " ")
}

func (e *refusedError) words() string {
	again := ""
	if e.retryAfter != "" {
		again = "; try again in " + e.retryAfter + " s"
	}
	switch {
	case e.status == http.StatusUnauthorized && e.key:
		return e.url + " does not accept this key: OUTSPOKEN_KEY (or --key) has to be the server's Proactive__Key or, if it has none, a token that its messaging endpoint takes; a server with neither credentials nor key wants none"
	case e.status == http.StatusUnauthorized:
		return e.url + " asks for a key: set OUTSPOKEN_KEY (or --key) to the server's Proactive__Key or, if it has none, to a token that its messaging endpoint takes"
	case e.code == "-50034":
		return "the conversation is not known: the user has to write to the agent once, or install it, and outspoken create makes a new one; outspoken conversations list shows what is known"
	case e.code == "-50037":
		return cmp.Or(e.message, "agentClientId is missing") + "; --agent names the client id of the agent"
	case e.status == http.StatusTooManyRequests:
		return "the channel takes no more messages for now" + cmp.Or(again, "; try again later") + e.detail()
	case e.noRoute():
		return "there is nothing of that kind at " + e.url
	case e.status/100 == 3:
		return e.url + " sends elsewhere, which is not followed; name the server itself with --url"
	case e.message != "":
		return e.message + e.hint() + again
	}
	return fmt.Sprintf("%s answers %d%s%s", e.url, e.status, again, e.detail())
}

// hint is what a server's own words leave open.
func (e *refusedError) hint() string {
	switch e.code {
	case "InternalError", "CredentialsRefused", "Unreachable":
		return "; the log of the server says more"
	case "":
		return fmt.Sprintf(" (%d)", e.status)
	}
	return fmt.Sprintf(" (%s)", e.code)
}

func (e *refusedError) detail() string {
	if e.code == "" && e.message == "" {
		return ""
	}
	return " (" + strings.TrimSpace(e.code+" "+e.message) + ")"
}

// noRoute reports whether the server has no such route at all.
func (e *refusedError) noRoute() bool { return e.status == http.StatusNotFound && e.code == "" }

// explain says of a route that is not there what is: triggers without this
// continuation, or no triggers.
func (s *remote) explain(ctx context.Context, err error, key string) error {
	if e, ok := errors.AsType[*refusedError](err); !ok || !e.noRoute() {
		return err
	}
	at := s.url + "/" + strings.Trim(s.path, "/")
	var doc struct {
		Paths map[string]json.RawMessage
	}
	got, failed := s.call(ctx, http.MethodGet, []string{"openapi.json"}, nil, nil)
	if failed == nil {
		failed = s.decode(got, &doc)
	}
	if failed != nil {
		return fmt.Errorf("there are no triggers at %s: outspoken demo and serve have them, an agent of your own with Proactive__Path=/proactive; --url and --path say where", at)
	}
	var keys []string
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		if key, ok := strings.CutPrefix(path, "/continue/"); ok && !strings.Contains(key, "/") && key != "{conversationId}" {
			keys = append(keys, fmt.Sprintf("%q", key))
		}
	}
	_, byDefault := doc.Paths["/continue"]
	switch {
	case key == "" && !byDefault && len(keys) > 0:
		return fmt.Errorf("the agent has no default continuation; choose one with --continuation: %s", strings.Join(keys, ", "))
	case len(keys) == 0 && !byDefault:
		return errors.New("the agent has no continuations; it registers them with OnContinue")
	case byDefault:
		keys = append(keys, "a default one (without --continuation)")
	}
	return fmt.Errorf("the agent has no continuation %q; it has %s", key, strings.Join(keys, " and "))
}
