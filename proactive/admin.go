package proactive

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/storage"
)

// A listing is one conversation as the address book is shown over HTTP.
type listing struct {
	ID           string                `json:"id"` // Entry.ID
	Tenant       string                `json:"tenant,omitempty"`
	Team         string                `json:"team,omitempty"`
	Tags         []string              `json:"tags,omitempty"`
	Mark         *Mark                 `json:"mark,omitempty"`
	Conversation activity.Conversation `json:"conversation"`
}

func newListing(e *Entry) listing {
	l := listing{ID: e.ID, Tenant: e.Tenant, Team: e.Team, Tags: e.Tags, Conversation: e.Conversation}
	if e.Mark.Status != StatusActive {
		l.Mark = &e.Mark
	}
	return l
}

// book answers for the address book, which says who talks to the agent. So it
// is there for callers that were authorised only, and never for pages of
// elsewhere.
func (h *triggers) book(r *http.Request, t trigger) answer {
	a, err := h.administer(r, t)
	if err != nil {
		return h.failed(r, t, err)
	}
	return a
}

func (h *triggers) administer(r *http.Request, t trigger) (answer, error) {
	ctx, book := r.Context(), h.m.book
	switch {
	case h.cfg.Open:
		return answer{}, &refusal{http.StatusForbidden, "Forbidden", "the address book is shown to authorised callers only, and here everybody may call; set a key in place of Open (Proactive__RequireAuth=false)"}
	case h.cfg.HideBook:
		return answer{}, &refusal{http.StatusForbidden, "Forbidden", "the address book is not shown to all who may trigger; name who may see it, by a key, a webhook secret or callers"}
	case elsewhere(r):
		return answer{}, &refusal{http.StatusForbidden, "Forbidden", "the address book is not shown to pages of other origins"}
	case book == nil:
		return answer{}, missing("book")
	case t.id == "" && r.Method == http.MethodPost:
		return h.importing(r)
	case t.id == "":
		return h.list(r)
	}
	e, err := book.Find(ctx, t.id)
	switch {
	case err != nil:
		return answer{}, err
	case r.Method == http.MethodDelete:
		return answer{Status: http.StatusNoContent}, book.Delete(ctx, e.ID)
	}
	return answerJSON(newListing(&e)), nil
}

// elsewhere reports whether a page of another origin asks.
func elsewhere(r *http.Request) bool {
	for _, origin := range r.Header["Origin"] {
		if u, err := url.Parse(origin); err != nil || u.Host == "" || !strings.EqualFold(u.Host, r.Host) {
			return true
		}
	}
	return false
}

// The query parameters of a list: none for all, one of the lookups, and where
// to go on.
const (
	askUser    = "user"
	askChannel = "channel" // of the user
	askTenant  = "tenant"
	askTeam    = "team"
	askTag     = "tag"
	askAfter   = "after"
)

// list answers with one page of the address book. A page may be empty and not
// be the last one; the last one has no "after".
func (h *triggers) list(r *http.Request) (answer, error) {
	q, err := listQuery(r)
	if err != nil {
		return answer{}, err
	}
	page := struct {
		Conversations []listing `json:"conversations"`
		After         string    `json:"after,omitempty"`
	}{Conversations: []listing{}}
	entries, after, err := h.look(r.Context(), q)
	if errors.Is(err, storage.ErrNotSupported) {
		err = &refusal{http.StatusNotImplemented, "NotSupported", "the store of this agent cannot list; ask for one user, or one conversation"}
	}
	if err != nil {
		return answer{}, err
	}
	page.After = after
	for i := range entries {
		page.Conversations = append(page.Conversations, newListing(&entries[i]))
	}
	return answerJSON(page), nil
}

func (h *triggers) look(ctx context.Context, q map[string]string) ([]Entry, string, error) {
	if user := q[askUser]; user != "" {
		entries, err := h.m.book.byUser(ctx, q[askChannel], user)
		return entries, "", err
	}
	for name, l := range map[string]lookup{
		askTenant: {byTenant, func(e *Entry, v string) bool { return e.Tenant == v }},
		askTeam:   {byTeam, func(e *Entry, v string) bool { return e.Team == v }},
		askTag:    {byTag, func(e *Entry, v string) bool { return slices.Contains(e.Tags, v) }},
	} {
		if value := q[name]; value != "" {
			return h.m.book.lookupPage(ctx, l, value, q[askAfter])
		}
	}
	entries, after, broken, err := h.m.book.page(ctx, q[askAfter])
	if broken > 0 {
		h.cfg.Logger.ErrorContext(ctx, "the address book has documents that are no conversations", "count", broken)
	}
	return entries, after, err
}

// listQuery reads the query of a list. What is misspelt must not mean all.
func listQuery(r *http.Request) (map[string]string, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, &refusal{http.StatusBadRequest, "BadSyntax", "the query string is not URL-encoded"}
	}
	q, lookups := map[string]string{}, 0
	for name, v := range values {
		switch {
		case !slices.Contains([]string{askUser, askChannel, askTenant, askTeam, askTag, askAfter}, name) || len(v) != 1 || v[0] == "":
			return nil, &InvalidError{"query", "takes user with channel, tenant, team, tag and after, each once and not empty"}
		case name != askChannel && name != askAfter:
			lookups++
		}
		q[name] = v[0]
	}
	switch {
	case lookups > 1:
		return nil, &InvalidError{"query", "takes one of user, tenant, team and tag"}
	case (q[askUser] == "") != (q[askChannel] == ""):
		return nil, &InvalidError{"query", "takes user and channel together: a user has one id for each channel"}
	case q[askUser] != "" && q[askAfter] != "":
		return nil, &InvalidError{"query", "takes no after with user: all come at once"}
	}
	return q, nil
}

// importing stores the addresses in documents that other SDKs wrote, as
// [Conversations.Import] does, if they are trusted as those in bodies are.
func (h *triggers) importing(r *http.Request) (answer, error) {
	body, err := read(r, trigger{verb: verbBook})
	if err != nil {
		return answer{}, err
	}
	var in struct {
		Documents []json.RawMessage `json:"documents"`
		AgentID   string            `json:"agentId"`
	}
	if err := decodeBody(body, invalidArgument, &in); err != nil {
		return answer{}, err
	}
	if in.Documents == nil {
		return answer{}, missing("documents")
	}
	var out struct {
		Stored  int      `json:"stored"`
		Known   int      `json:"known"`
		Refused int      `json:"refused"`
		Reasons []string `json:"reasons,omitempty"` // of refusals, each once
	}
	var good []Entry
	for _, raw := range in.Documents {
		found, refused := addresses(raw, in.AgentID)
		if out.Refused += refused; refused > 0 {
			out.Reasons = noted(out.Reasons, "it has no complete address: channel, agent, user, service URL, conversation and claims.aud")
		}
		for _, e := range found {
			if err := h.trust(&e.Conversation); err != nil {
				_, _, why := describe(err)
				out.Reasons = noted(out.Reasons, why)
				out.Refused++
				continue
			}
			e.ID = placeOf(&e.Conversation).String()
			good = append(good, e)
		}
	}
	if out.Stored, err = h.m.book.storeNew(r.Context(), good); err != nil {
		return answer{}, err
	}
	out.Known = len(good) - out.Stored
	return answerJSON(out), nil
}

// noted adds a reason that is not there yet, up to a few.
func noted(reasons []string, why string) []string {
	if len(reasons) >= 5 || slices.Contains(reasons, why) {
		return reasons
	}
	return append(reasons, why)
}
