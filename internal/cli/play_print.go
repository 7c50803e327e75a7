package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/outspoken-go/outspoken/authority"
	"github.com/outspoken-go/outspoken/localchannel"
	"github.com/outspoken-go/outspoken/web"
)

const inMemory = "memory, until the end; --data FOLDER keeps it"

// print says where everything is, and what the agent has to know.
func (p *play) print(out io.Writer, at *place, c *localchannel.Channel, who *authority.Authority) {
	line := func(what, format string, args ...any) {
		fmt.Fprintf(out, "%-26s%s\n", what, fmt.Sprintf(format, args...))
	}
	line("Chat with the agent:", "%s/", at.here)
	line("Watch and disturb it:", "%s/playground/", at.here)
	if p.webChat != "" || web.BuiltIn() {
		line("The real Web Chat:", "%s/webchat", at.here)
	}
	line("Direct Line:", "%s/v3/directline/%s", at.here, map[bool]string{true: " (with the secret)"}[p.secret != ""])
	line("The agent:", "%s as channel %s", withoutQuery(p.agent), p.channel)
	line("Data is kept in:", "%s", cmp.Or(p.data, inMemory))
	fmt.Fprintln(out, "\nWhat the agent may have to know:")
	line("  serviceUrl", "%s", c.ServiceURL())
	line("  TOKEN_SERVICE_ENDPOINT", "%s", at.base)
	if who != nil {
		line("  client id", "%s", p.clientID)
		line("  token endpoint", "%s", who.TokenURL())
		line("  issuer of our tokens", "%s", who.Issuer())
		line("  OpenID metadata", "%s", who.MetadataURL())
	}
	fmt.Fprintln(out)
	if agent := hostOf(p.agent); !onThisMachine(agent) {
		switch {
		case onThisMachine(hostOf(at.base)):
			fmt.Fprintf(out, "The agent is on another machine and cannot answer to %s: see --addr.\n", c.ServiceURL())
		case who == nil:
			fmt.Fprintln(out, "The agent is on another machine and may not answer without --client-id.")
		}
	}
}

// probe says whether anything takes messages at the agent's address, in the
// background. Call wait at the end.
func probe(ctx context.Context, out io.Writer, agent string) (wait func()) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	ask := func(method string) (status int, err error) {
		req, err := http.NewRequestWithContext(ctx, method, agent, nil)
		if err != nil {
			return 0, err
		}
		resp, err := client.Do(req)
		if err != nil {
			return 0, err
		}
		return resp.StatusCode, resp.Body.Close()
	}
	var probing sync.WaitGroup
	probing.Go(func() {
		defer client.CloseIdleConnections()
		status, err := ask(http.MethodHead)
		if err == nil && status == http.StatusNotFound {
			status, err = ask(http.MethodOptions) // some servers know no HEAD where they take a POST
		}
		switch {
		case ctx.Err() == context.Canceled:
		case err != nil:
			fmt.Fprintf(out, "Nothing answers at %s yet. Start the agent; nothing here has to be started again.\n", withoutQuery(agent))
		case status == http.StatusNotFound:
			fmt.Fprintf(out, "What answers at %s says 404: the path of --agent looks wrong.\n", withoutQuery(agent))
		}
	})
	return func() {
		cancel()
		probing.Wait()
	}
}
