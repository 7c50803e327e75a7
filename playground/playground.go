package playground

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/localchannel"
)

// Config says what the playground shows and whom it answers.
type Config struct {
	// Agent is the messaging endpoint of the agent, for people to read.
	Agent string

	// Account is the agent's account in conversations, as the channel has it.
	// Default id "agent", name "Agent".
	Account activity.ChannelAccount

	// ChannelID is what new conversations act as unless they say otherwise;
	// the channel's own default. Default "directline".
	ChannelID string

	// Origins are web origins, such as "https://intranet.example", whose pages
	// may call beside those of this machine.
	Origins []string
}

// A Playground serves the routes of the package comment. It may be used
// concurrently.
type Playground struct {
	channel  *localchannel.Channel
	recorder *Recorder
	cfg      Config
}

// New makes the playground of a channel that rec watches.
func New(c *localchannel.Channel, rec *Recorder, cfg Config) *Playground {
	cfg.ChannelID = cmp.Or(cfg.ChannelID, activity.ChannelDirectLine)
	cfg.Account.ID, cfg.Account.Name = cmp.Or(cfg.Account.ID, "agent"), cmp.Or(cfg.Account.Name, "Agent")
	cfg.Account.Role = activity.RoleBot
	return &Playground{channel: c, recorder: rec, cfg: cfg}
}

// A handler returns what to answer as JSON, or nil when it answered itself.
type handler func(w http.ResponseWriter, r *http.Request) (any, error)

// methods are the handlers of one path.
type methods map[string]handler

// Handler serves everything below /playground/api/.
func (p *Playground) Handler() http.Handler {
	mux := http.NewServeMux()
	for path, m := range map[string]methods{
		"/agent":                             {"GET": p.agent},
		"/conversations":                     {"GET": p.conversations, "POST": p.start},
		"/conversations/{id}":                {"GET": p.info},
		"/conversations/{id}/transcript":     {"GET": p.transcript},
		"/conversations/{id}/txtar":          {"GET": p.golden},
		"/conversations/{id}/activities":     {"POST": p.inject},
		"/conversations/{id}/members":        {"POST": p.join},
		"/conversations/{id}/members/{user}": {"DELETE": p.leave},
		"/conversations/{id}/install":        {"POST": p.install},
		"/conversations/{id}/uninstall":      {"POST": p.uninstall},
		"/conversations/{id}/block":          {"POST": p.block},
		"/conversations/{id}/unblock":        {"POST": p.unblock},
		"/conversations/{id}/fault":          {"PUT": p.fault},
		"/fault":                             {"PUT": p.fault},
		"/faults":                            {"GET": p.faults},
		"/move":                              {"POST": p.move},
		"/templates":                         {"GET": p.templates},
		"/exchanges":                         {"GET": p.exchanges},
		"/events":                            {"GET": p.events},
		"/token":                             {"POST": p.token},
	} {
		mux.Handle("/playground/api"+path, route(m))
	}
	mux.Handle("/", route(nil))
	return localchannel.Guard(mux, p.cfg.Origins)
}

func route(m methods) http.Handler {
	allow := strings.Join(slices.Sorted(maps.Keys(m)), ", ")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		serve := m[r.Method]
		switch {
		case m == nil:
			writeError(w, refuse(http.StatusNotFound, "NotFound", "there is nothing at this address"))
			return
		case serve == nil:
			w.Header().Set("Allow", allow)
			writeError(w, refuse(http.StatusMethodNotAllowed, "MethodNotAllowed", "use "+allow))
			return
		}
		v, err := serve(w, r)
		if err != nil {
			writeError(w, err)
		} else if v != nil {
			writeJSON(w, http.StatusOK, v)
		}
	})
}
