package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"

	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/proactive"
	"github.com/outspoken-go/outspoken/server"
	"github.com/outspoken-go/outspoken/storage"
	"github.com/spf13/cobra"
)

func serveCommand() *cobra.Command {
	var config, data string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run a gateway: conversations come in, other programs speak through it",
		Long: "Runs a gateway, which needs no code: a messaging endpoint, and HTTP triggers by which\n" +
			"other programs speak. Its agent has no routes and never answers by itself. It keeps\n" +
			"the address of every conversation in which somebody writes, and what comes in\n" +
			"otherwise is read by nobody. Speak through it with outspoken send, create and\n" +
			"continue, or over HTTP. It has one continuation, which says the text of its value:\n\n" +
			"  outspoken continue CONVERSATION text=\"Your report is ready\"\n\n" +
			"Settings come from the environment and from --config; docs/configuration.md lists\n" +
			"them. Without credentials it serves this machine only. SIGTERM lets what runs end.",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return gateway(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), config, data)
		},
	}
	cmd.Flags().StringVar(&config, "config", "", "JSON file with settings, in place of OUTSPOKEN_CONFIG")
	cmd.Flags().StringVar(&data, "data", "outspoken-data", "folder for conversations")
	return cmd
}

// gateway serves until ctx ends or a signal comes.
func gateway(ctx context.Context, out, logs io.Writer, config, data string) (err error) {
	if config != "" {
		if err := os.Setenv("OUTSPOKEN_CONFIG", config); err != nil {
			return err
		}
	}
	cfg := server.FromEnv()
	cfg.Addr = cmp.Or(cfg.Addr, server.DefaultAddr)
	cfg.Logger = slog.New(slog.NewTextHandler(logs, nil))
	cfg.Proactive.Path = cmp.Or(cfg.Proactive.Path, "/proactive")
	store, closeStore, err := openStore(ctx, data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeStore()) }()
	srv, err := server.New(newGateway(store, cfg.Logger), cfg)
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		return fmt.Errorf("%w; OUTSPOKEN_ADDR chooses another address", err)
	}
	base := "http://" + ln.Addr().String()
	fmt.Fprintf(out, "Messaging endpoint:       %s/api/messages\n", base)
	fmt.Fprintf(out, "Triggers:                 %s%s/openapi.json\n", base, strings.TrimSuffix(cfg.Proactive.Path, "/"))
	fmt.Fprintf(out, "Data is kept in:          %s\n", cmp.Or(data, inMemory))
	return srv.Serve(ctx, ln)
}

// newGateway is the agent of a gateway.
func newGateway(store storage.Store, logger *slog.Logger) *agent.App {
	app := agent.New(agent.Config{Storage: store, Logger: logger})
	agent.OnContinue(app, "", func(ctx context.Context, t *agent.Turn, v struct{ Text string }) error {
		if v.Text == "" {
			return &proactive.InvalidError{Field: "value", Reason: `has no text; the gateway says what stands in {"text": …}`}
		}
		return t.SendText(ctx, v.Text)
	})
	return app
}
