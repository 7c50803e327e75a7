package playground

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
	"github.com/outspoken-go/outspoken/localchannel"
)

// maxListed is the number of conversations in a list.
const maxListed = 200

func (p *Playground) agent(http.ResponseWriter, *http.Request) (any, error) {
	return struct {
		URL       string   `json:"url"`
		ChannelID string   `json:"channelId"`
		Channels  []string `json:"channels"` // that a conversation can act as
	}{p.cfg.Agent, p.cfg.ChannelID, []string{
		activity.ChannelTeams, activity.ChannelWebChat, activity.ChannelDirectLine, activity.ChannelEmulator,
	}}, nil
}

// conversations lists those used last, latest first.
func (p *Playground) conversations(_ http.ResponseWriter, r *http.Request) (any, error) {
	user := r.URL.Query().Get("user")
	found, total := []localchannel.Info{}, 0
	for after, more := "", true; more; more = after != "" {
		var infos []localchannel.Info
		infos, after = p.channel.List(after, 20_000)
		for _, info := range infos {
			if user == "" || slices.ContainsFunc(info.Members, func(m activity.ChannelAccount) bool { return m.ID == user }) {
				found, total = append(found, info), total+1
			}
		}
		slices.SortStableFunc(found, func(a, b localchannel.Info) int {
			return cmp.Or(b.Updated.Compare(a.Updated), b.Created.Compare(a.Created), cmp.Compare(a.ID, b.ID))
		})
		found = found[:min(len(found), maxListed)]
	}
	return struct {
		Conversations []localchannel.Info `json:"conversations"`
		Total         int                 `json:"total"`
	}{found, total}, nil
}

func (p *Playground) start(w http.ResponseWriter, r *http.Request) (any, error) {
	var s localchannel.Start
	if err := readInto(w, r, &s); err != nil {
		return nil, err
	}
	info, err := p.channel.Start(r.Context(), s)
	if err != nil {
		return nil, err
	}
	writeJSON(w, http.StatusCreated, info)
	return nil, nil
}

func (p *Playground) info(_ http.ResponseWriter, r *http.Request) (any, error) {
	return p.channel.Info(r.Context(), r.PathValue("id"))
}

func (p *Playground) inject(w http.ResponseWriter, r *http.Request) (any, error) {
	a, err := readActivity(w, r)
	if err != nil {
		return nil, err
	}
	return p.channel.Deliver(r.Context(), r.PathValue("id"), a)
}

func (p *Playground) join(w http.ResponseWriter, r *http.Request) (any, error) {
	var body struct {
		Members []activity.ChannelAccount `json:"members"`
	}
	if err := readInto(w, r, &body); err != nil {
		return nil, err
	}
	for _, m := range body.Members {
		if m.ID == "" {
			return nil, refuse(http.StatusBadRequest, directline.CodeMissingProperty, "a member has no id")
		}
	}
	if len(body.Members) == 0 {
		return nil, refuse(http.StatusBadRequest, directline.CodeMissingProperty, "members is empty")
	}
	if err := p.channel.Join(r.Context(), r.PathValue("id"), body.Members...); err != nil {
		return nil, err
	}
	return p.channel.Info(r.Context(), r.PathValue("id"))
}

func (p *Playground) leave(_ http.ResponseWriter, r *http.Request) (any, error) {
	if err := p.channel.Leave(r.Context(), r.PathValue("id"), r.PathValue("user")); err != nil {
		return nil, err
	}
	return p.channel.Info(r.Context(), r.PathValue("id"))
}

// token is for pages of this machine, which have no secret.
func (p *Playground) token(w http.ResponseWriter, r *http.Request) (any, error) {
	var body struct {
		User         directline.User `json:"user"`
		Conversation string          `json:"conversationId"`
	}
	if err := readInto(w, r, &body); err != nil {
		return nil, err
	}
	if body.Conversation != "" {
		if _, err := p.channel.Info(r.Context(), body.Conversation); err != nil {
			return nil, err
		}
	}
	return p.channel.GenerateToken(directline.Parameters{User: body.User}, body.Conversation), nil
}
