package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strings"

	"github.com/outspoken-go/outspoken/examples/showcase"
	"github.com/outspoken-go/outspoken/localchannel"
	"github.com/outspoken-go/outspoken/server"
	"github.com/outspoken-go/outspoken/storage/sqlite"
	"github.com/outspoken-go/outspoken/web"
	"github.com/spf13/cobra"
)

func demoCommand() *cobra.Command {
	var addr, data string
	var origins []string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run the showcase agent with a local channel and a chat page",
		Long: "Runs the showcase agent, a local channel and a chat page on this machine, with no\n" +
			"account and no network. Open the address it prints in a browser.\n\n" +
			"Credentials and trusted hosts of the environment count, as for any agent: see\n" +
			"docs/configuration.md. Then other channels can reach the agent as well.",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return demo(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), addr, data, origins)
		},
	}
	cmd.Flags().StringVar(&addr, "addr", "", "loopback address to listen on (default "+server.DefaultAddr+", or OUTSPOKEN_ADDR)")
	cmd.Flags().StringVar(&data, "data", "outspoken-data", "folder for conversations, history and state")
	cmd.Flags().StringSliceVar(&origins, "origin", nil, "further web origins whose pages may call the demo")
	return cmd
}

// demo serves until ctx ends or a signal comes.
func demo(ctx context.Context, out, logs io.Writer, addr, data string, origins []string) (err error) {
	cfg := server.FromEnv()
	if addr == "" {
		addr = cmp.Or(cfg.Addr, server.DefaultAddr)
		if port, ok := strings.CutPrefix(addr, ":"); ok { // what PORT means beside credentials
			addr = net.JoinHostPort("127.0.0.1", port)
		}
	}
	if err := checkLoopback(addr); err != nil {
		return err
	}
	lock, err := lockFolder(data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	logger := slog.New(slog.NewTextHandler(logs, nil))
	store, err := sqlite.Open(ctx, filepath.Join(data, "outspoken.db"), sqlite.Config{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	agent := showcase.New(store, logger)
	defer agent.Close()

	cfg.Addr, cfg.Origins, cfg.Logger = addr, append(cfg.Origins, origins...), logger
	srv, err := server.New(agent.App, cfg)
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("%w; choose another address with --addr", err)
	}
	base := "http://" + ln.Addr().String()
	channel, err := localchannel.New(ctx, localchannel.Config{
		Agent: base + "/api/messages", BaseURL: base, Store: store, Logger: logger, AgentName: "Showcase",
		HTTPClient: srv.LocalClient(), AllowedOrigins: cfg.Origins,
	})
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	defer func() { err = errors.Join(err, channel.Close()) }()
	srv.UseLocalChannel(channel)
	if err := readdress(ctx, agent, channel); err != nil {
		return errors.Join(err, ln.Close())
	}
	trigger := showcase.Trigger(srv.Adapter(), agent.Conversations, logger)
	srv.Handle("/api/proactive", localchannel.Guard(trigger, cfg.Origins))
	srv.Handle("/", web.Handler())

	fmt.Fprintf(out, "Chat with the agent:      %s/\n", base)
	fmt.Fprintf(out, "Make it speak first:      curl -H 'Content-Type: application/json' -d '{\"text\":\"Hello from curl\"}' %s/api/proactive\n", base)
	fmt.Fprintf(out, "Data is kept in:          %s\n", data)
	return srv.Serve(ctx, ln)
}

// readdress tells the agent where the conversations of its folder are now, as
// the demo may have had another address before.
func readdress(ctx context.Context, agent *showcase.Showcase, channel *localchannel.Channel) error {
	for conv, err := range agent.Conversations.All(ctx) {
		if err != nil {
			return err
		}
		if channel.Owns(conv.Reference.ServiceURL) {
			continue
		}
		if _, err := channel.Members(ctx, conv, 1, ""); err != nil {
			continue // of another channel, or gone
		}
		conv.Reference.ServiceURL = channel.ServiceURL()
		if err := agent.Conversations.Store(ctx, conv); err != nil {
			return err
		}
	}
	return nil
}

// checkLoopback refuses to show the demo to other machines.
func checkLoopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return errUsage{fmt.Errorf("--addr %q: write host:port, such as %s", addr, server.DefaultAddr)}
	}
	if ip := net.ParseIP(host); !strings.EqualFold(host, "localhost") && (ip == nil || !ip.IsLoopback()) {
		return errUsage{fmt.Errorf("--addr %s: the demo has no secret, so it listens on this machine only; leave out --addr, or give a loopback address such as %s", addr, server.DefaultAddr)}
	}
	return nil
}
