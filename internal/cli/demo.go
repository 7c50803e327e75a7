package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"

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
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return demo(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), addr, data, origins)
		},
	}
	cmd.Flags().StringVar(&addr, "addr", server.DefaultAddr, "loopback address to listen on")
	cmd.Flags().StringVar(&data, "data", "outspoken-data", "folder for conversations, history and state")
	cmd.Flags().StringSliceVar(&origins, "origin", nil, "further web origins whose pages may call the demo")
	return cmd
}

// demo serves until ctx ends or a signal comes.
func demo(ctx context.Context, out, logs io.Writer, addr, data string, origins []string) (err error) {
	logger := slog.New(slog.NewTextHandler(logs, nil))
	store, err := sqlite.Open(ctx, filepath.Join(data, "outspoken.db"), sqlite.Config{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	agent := showcase.New(store, logger)
	defer agent.Close()

	cfg := server.FromEnv()
	cfg.Addr, cfg.Origins, cfg.Logger = addr, append(cfg.Origins, origins...), logger
	srv, err := server.New(agent.App, cfg)
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("%w; choose another address with --addr", err)
	}
	if tcp, ok := ln.Addr().(*net.TCPAddr); !ok || !tcp.IP.IsLoopback() {
		return errors.Join(fmt.Errorf("the demo has no secret, so it must not listen on %s; leave out --addr, or give a loopback address", addr), ln.Close())
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
	trigger := showcase.Trigger(srv.Adapter(), agent.Conversations, logger)
	srv.Handle("POST /api/proactive", localchannel.Guard(trigger, cfg.Origins))
	srv.Handle("/", web.Handler())

	fmt.Fprintf(out, "Chat with the agent:      %s/\n", base)
	fmt.Fprintf(out, "Make it speak first:      curl -H 'Content-Type: application/json' -d '{\"text\":\"Hello from curl\"}' %s/api/proactive\n", base)
	fmt.Fprintf(out, "Data is kept in:          %s\n", data)
	return srv.Serve(ctx, ln)
}
