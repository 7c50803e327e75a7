package usertoken

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
)

// token is the user's token now, or nil.
func (s *Service) token(ctx context.Context, w who, code string) (found *userToken, err error) {
	err = s.update(ctx, w.key(), func(r *record) (bool, error) {
		found = nil
		c := r.Connections[w.connection]
		if c == nil {
			return false, nil
		}
		redeemed := s.redeem(c, w, code)
		renewed := s.renew(c, w)
		found = c.Token
		return redeemed || renewed, nil
	})
	return found, err
}

// GET GetToken?userId&connectionName&channelId&code: 404 when there is none.
func (s *Service) getToken(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	whose := queryWho(q)
	if err := whose.check(); err != nil {
		return err
	}
	t, err := s.token(r.Context(), whose, q.Get("code"))
	if err != nil {
		return err
	}
	if t == nil {
		return notFound("the user is not signed in, or the code is wrong or out of date")
	}
	writeJSON(w, http.StatusOK, t.response(whose))
	return nil
}

// GET GetTokenOrSignInResource?userId&connectionName&channelId&state&code&finalRedirect.
func (s *Service) getTokenOrSignInResource(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	whose := queryWho(q)
	if err := whose.check(); err != nil {
		return err
	}
	t, err := s.token(r.Context(), whose, q.Get("code"))
	if err != nil {
		return err
	}
	if t != nil {
		writeJSON(w, http.StatusOK, map[string]any{"tokenResponse": t.response(whose)})
		return nil
	}
	st, err := parseState(q.Get("state"))
	if err != nil {
		return err
	}
	resource, err := s.open(r.Context(), whose, st, q.Get("finalRedirect"))
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, map[string]any{"signInResource": resource})
	return nil
}

// DELETE SignOut?userId&channelId&connectionName: of all connections when none
// is named. Codes and links of the user go too.
func (s *Service) signOut(w http.ResponseWriter, r *http.Request) error {
	whose := queryWho(r.URL.Query())
	if err := whose.checkUser(); err != nil {
		return err
	}
	err := s.update(r.Context(), whose.key(), func(r *record) (bool, error) {
		before := len(r.Connections)
		if whose.connection == "" {
			clear(r.Connections)
		}
		delete(r.Connections, whose.connection)
		return len(r.Connections) != before, nil
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, struct{}{})
	return nil
}

// A tokenStatus says whether the user is signed in to a connection.
type tokenStatus struct {
	ChannelID      string `json:"channelId"`
	ConnectionName string `json:"connectionName"`
	HasToken       bool   `json:"hasToken"`
	Provider       string `json:"serviceProviderDisplayName"`
}

// GET GetTokenStatus?userId&channelId&include: of the connections that include
// names, separated by commas, or of all the user has used.
func (s *Service) getTokenStatus(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	whose := queryWho(q)
	if err := whose.checkUser(); err != nil {
		return err
	}
	var names []string
	for name := range strings.SplitSeq(q.Get("include"), ",") {
		if name = strings.TrimSpace(name); name != "" && len(names) < 2*maxConnections {
			names = append(names, name)
		}
	}
	statuses := []tokenStatus{}
	err := s.update(r.Context(), whose.key(), func(r *record) (bool, error) {
		if len(names) == 0 {
			for name := range r.Connections {
				names = append(names, name)
			}
			slices.Sort(names)
		}
		for _, name := range names {
			c := r.Connections[name]
			statuses = append(statuses, tokenStatus{whose.channel, name, c != nil && c.Token != nil, Provider})
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, statuses)
	return nil
}

// POST GetAadTokens?userId&connectionName&channelId with {"resourceUrls":[…]}:
// a token for each, by URL, when the user is signed in; otherwise {}.
func (s *Service) getAADTokens(w http.ResponseWriter, r *http.Request) error {
	whose := queryWho(r.URL.Query())
	if err := whose.check(); err != nil {
		return err
	}
	var body struct {
		URLs []string `json:"resourceUrls"`
	}
	if err := readJSON(r, &body); err != nil {
		return err
	}
	if len(body.URLs) == 0 || len(body.URLs) > 20 {
		return badArgument("resourceUrls must name 1 to 20 resources")
	}
	t, err := s.token(r.Context(), whose, "")
	if err != nil {
		return err
	}
	tokens := map[string]activity.TokenResponse{}
	for _, u := range body.URLs {
		if !fits(u, 2048) {
			return badArgument("a resource URL has at most 2,048 bytes of plain text")
		}
		if t != nil {
			tokens[u] = s.mint(whose, u, t.Name).response(whose)
		}
	}
	writeJSON(w, http.StatusOK, tokens)
	return nil
}
