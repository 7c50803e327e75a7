package cli

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"

	"github.com/outspoken-go/outspoken/authority"
	"github.com/outspoken-go/outspoken/localchannel"
	"github.com/outspoken-go/outspoken/storage"
	"github.com/outspoken-go/outspoken/storage/sqlite"
	"github.com/outspoken-go/outspoken/web"
	"github.com/spf13/cobra"
)

// playAddr is beside the address of an agent's own server.
const playAddr = "127.0.0.1:3979"

// A play is what somebody asked for.
type play struct {
	agent, addr, data, channel       string
	secret                           string
	clientID, clientSecret, tenantID string
	origins                          []string
	webChat                          string
}

func playCommand() *cobra.Command {
	var p play
	cmd := &cobra.Command{
		Use:   "play --agent URL",
		Short: "Run a local channel, a chat page and a playground in front of any agent",
		Long: "Runs a local channel in front of an agent in any language, with a chat page, a\n" +
			"playground and a simulated user-token service, with no account and no network.\n" +
			"Open one of the addresses it prints in a browser.\n\n" +
			"Secrets are better set in the environment, as OUTSPOKEN_SECRET and\n" +
			"OUTSPOKEN_CLIENT_SECRET: other users of this machine can read flags.",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p.secret = cmp.Or(p.secret, os.Getenv("OUTSPOKEN_SECRET"))
			p.clientSecret = cmp.Or(p.clientSecret, os.Getenv("OUTSPOKEN_CLIENT_SECRET"))
			return p.run(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.StringVar(&p.agent, "agent", "", "messaging endpoint of the agent (without a path: /api/messages)")
	f.StringVar(&p.addr, "addr", playAddr, "address to listen on; not loopback only with a secret")
	f.StringVar(&p.data, "data", "", "folder for conversations and history (default: in memory)")
	f.StringVar(&p.channel, "channel", "directline", "channel to act as: directline, webchat, msteams, emulator")
	f.StringVar(&p.secret, "secret", "", "what Direct Line clients have to show (or OUTSPOKEN_SECRET)")
	f.StringVar(&p.clientID, "client-id", "", "app id of the agent; it then gets and needs tokens")
	f.StringVar(&p.clientSecret, "client-secret", "", "secret of the agent (or OUTSPOKEN_CLIENT_SECRET)")
	f.StringVar(&p.tenantID, "tenant-id", "", "tenant of the agent (default botframework.com)")
	f.StringSliceVar(&p.origins, "origin", nil, "further web origins whose pages may call what asks for no secret")
	f.StringVar(&p.webChat, "webchat-bundle", "", "file webchat.js of npm's botframework-webchat, for /webchat")
	return cmd
}

// run serves until ctx ends or a signal comes.
func (p *play) run(ctx context.Context, out, logs io.Writer) (err error) {
	if err := p.check(); err != nil {
		return err
	}
	store, closeStore, err := openStore(ctx, p.data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeStore()) }()
	at, err := listen(p.addr)
	if err != nil {
		return err
	}
	defer at.close() // for when it is not served

	cfg := localchannel.Config{
		Agent: p.agent, BaseURL: at.base, ChannelID: p.channel, AgentID: p.clientID, Secret: p.secret,
		Store: store, Logger: slog.New(slog.NewTextHandler(logs, nil)), AllowedOrigins: p.origins,
	}
	mux := http.NewServeMux()
	var who *authority.Authority
	if p.clientID != "" {
		if who, err = p.authority(ctx, at.base, store); err != nil {
			return err
		}
		cfg.Token, cfg.CheckAgent = who.Token, who.Check
		login := localchannel.GuardOrigin(who.Handler(), p.origins)
		mux.Handle("/v1/.well-known/", login)
		mux.Handle("/"+p.tenant()+"/", login)
	}
	l, err := newLocal(ctx, cfg, web.Config{WebChat: p.webChat})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	l.mount(mux)

	p.print(out, at, l.channel, who)
	probing := probe(ctx, out, p.agent)
	defer probing()
	return serve(ctx, mux, l.recorder.Close, at.listeners...)
}

// openStore is the database in a folder that is kept for this process, or the
// memory when there is no folder.
func openStore(ctx context.Context, folder string) (storage.Store, func() error, error) {
	if folder == "" {
		return storage.NewMemory(), func() error { return nil }, nil
	}
	lock, err := lockFolder(folder)
	if err != nil {
		return nil, nil, err
	}
	store, err := sqlite.Open(ctx, filepath.Join(folder, "outspoken.db"), sqlite.Config{})
	if err != nil {
		return nil, nil, errors.Join(err, lock.Close())
	}
	return store, func() error { return errors.Join(store.Close(), lock.Close()) }, nil
}
