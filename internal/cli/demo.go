package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os/signal"
	"strings"
	"syscall"

	"github.com/outspoken-go/outspoken/examples/showcase"
	"github.com/outspoken-go/outspoken/localchannel"
	"github.com/outspoken-go/outspoken/proactive"
	"github.com/outspoken-go/outspoken/server"
	"github.com/outspoken-go/outspoken/web"
	"github.com/spf13/cobra"
)

func demoCommand() *cobra.Command {
	var addr, data, webChat string
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
			return demo(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), addr, data, origins, webChat)
		},
	}
	cmd.Flags().StringVar(&addr, "addr", "", "loopback address to listen on (default "+server.DefaultAddr+", or OUTSPOKEN_ADDR)")
	cmd.Flags().StringVar(&data, "data", "outspoken-data", "folder for conversations, history and state")
	cmd.Flags().StringSliceVar(&origins, "origin", nil, "further web origins whose pages may call the demo")
	cmd.Flags().StringVar(&webChat, "webchat-bundle", "", "file webchat.js of npm's botframework-webchat, for /webchat")
	return cmd
}

// demo serves until ctx ends or a signal comes.
func demo(ctx context.Context, out, logs io.Writer, addr, data string, origins []string, webChat string) (err error) {
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
	if err := checkOrigins(origins); err != nil {
		return err
	}
	store, closeStore, err := openStore(ctx, data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeStore()) }()
	logger := slog.New(slog.NewTextHandler(logs, nil))
	agent := showcase.New(store, logger)
	defer agent.Close()

	cfg.Addr, cfg.Origins, cfg.Logger = addr, append(cfg.Origins, origins...), logger
	cfg.Proactive.Path = cmp.Or(cfg.Proactive.Path, "/proactive")
	srv, err := server.New(agent.App, cfg)
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("%w; choose another address with --addr", err)
	}
	base := "http://" + ln.Addr().String()
	local, err := newLocal(ctx, localchannel.Config{
		Agent: base + "/api/messages", BaseURL: base, Store: store, Logger: logger, AgentName: "Showcase",
		HTTPClient: srv.LocalClient(), AllowedOrigins: cfg.Origins,
	}, web.Config{Suggestions: suggestions, Curl: speakFirst, WebChat: webChat})
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	defer func() { err = errors.Join(err, local.close()) }()
	srv.UseLocalChannel(local.channel)
	for pattern, h := range local.beside {
		srv.Handle(pattern, h)
	}
	if err := readdress(ctx, srv.Conversations(), local.channel); err != nil {
		return errors.Join(err, ln.Close())
	}
	trigger := showcase.Trigger(srv.Adapter(), srv.Conversations(), logger)
	srv.Handle("/api/proactive", localchannel.Guard(trigger, cfg.Origins))

	fmt.Fprintf(out, "Chat with the agent:      %s/\n", base)
	fmt.Fprintf(out, "Watch and disturb it:     %s/playground/\n", base)
	if webChat != "" || web.BuiltIn() {
		fmt.Fprintf(out, "The real Web Chat:        %s/webchat\n", base)
	}
	fmt.Fprintf(out, "Make it speak first:      curl -H 'Content-Type: application/json' -d '{\"text\":\"Hello from curl\"}' %s/api/proactive\n", base)
	fmt.Fprintf(out, "Trigger what it can do:   %s%s/openapi.json\n", base, strings.TrimSuffix(cfg.Proactive.Path, "/"))
	fmt.Fprintf(out, "Data is kept in:          %s\n", cmp.Or(data, inMemory))

	// The server would wait for the playground's live lists when it stops.
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	defer context.AfterFunc(ctx, func() {
		stop() // a second signal ends the process
		local.recorder.Close()
	})()
	return srv.Serve(ctx, ln)
}

// suggestions are what the chat page offers to say to the showcase.
var suggestions = []web.Suggestion{
	{Title: "Say hello", Say: "hello"},
	{Title: "Let it speak first", Say: "proactive"},
	{Title: "Watch an answer grow", Say: "stream"},
	{Title: "Fill in a card", Say: "card"},
	{Title: "Pick a reply", Say: "suggest"},
	{Title: "Change what was said", Say: "update"},
}

// speakFirst is how the chat page says to make the showcase speak.
const speakFirst = `curl ORIGIN/api/proactive \
  -H 'Content-Type: application/json' \
  -d '{"text": "Your report is ready"}'`

// readdress tells the agent where the conversations of its folder are now, as
// the demo may have had another address before.
func readdress(ctx context.Context, book *proactive.Conversations, channel *localchannel.Channel) error {
	for known, err := range book.All(ctx) {
		if err != nil {
			return err
		}
		conv := known.Conversation
		info, err := channel.Info(ctx, conv.Reference.Conversation.ID)
		if err != nil || info.ServiceURL == conv.Reference.ServiceURL {
			continue // of another channel, or gone, or right
		}
		conv.Reference.ServiceURL = info.ServiceURL
		if _, err := book.Store(ctx, conv); err != nil {
			return err
		}
	}
	return nil
}

// checkLoopback refuses to show the demo to other machines.
func checkLoopback(addr string) error {
	if _, _, err := net.SplitHostPort(addr); err != nil {
		return errUsage{fmt.Errorf("--addr %q: write host:port, such as %s", addr, server.DefaultAddr)}
	}
	if !onThisMachine(addr) {
		return errUsage{fmt.Errorf("--addr %s: the demo has no secret, so it listens on this machine only; leave out --addr, or give a loopback address such as %s", addr, server.DefaultAddr)}
	}
	return nil
}
