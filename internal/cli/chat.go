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
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
	"github.com/spf13/cobra"
)

// chatServers are asked in turn when no server is named: where the demo is, and
// where play is beside an agent.
var chatServers = []string{"http://127.0.0.1:3978", "http://127.0.0.1:3979"}

// What somebody asked of the chat command.
type chatOptions struct {
	servers       []string // the first that answers
	conversation  string   // to go on with; "" for a new one
	secret, token string
	user          string
	once, json    bool
	wait          time.Duration
	silence       time.Duration // after which nobody waits for a reply
}

func chatCommand() *cobra.Command {
	o := chatOptions{silence: longestSilence}
	cmd := &cobra.Command{
		Use:   "chat [server] [conversation]",
		Short: "Talk to an agent from the terminal",
		Long: "Talks to an agent over Direct Line, such as that of outspoken demo or play on this\n" +
			"machine, which is found by itself. A server is an address such as\n" +
			"https://directline.botframework.com, which is Microsoft's. With the id of a\n" +
			"conversation it goes on with that one.\n\n" +
			"Buttons have numbers; typing a number presses one. /help tells the rest. Messages\n" +
			"marked (unasked) answer none of yours. Without a terminal, each line is a message:\n\n" +
			"  echo hi | outspoken chat --once\n\n" +
			"prints what the agent says to it, and unasked, until it is silent for the time of\n" +
			"--wait. An agent that says nothing for 15 seconds makes the command fail.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.place(args); err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return chatTo(ctx, o, cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.once, "once", false, "say all of standard input as one message, print the replies, and end")
	f.DurationVar(&o.wait, "wait", time.Second, "with --once: end when the agent was silent for so long after a message; longer catches later ones")
	f.BoolVar(&o.json, "json", false, "print activities as they are, one line of JSON each")
	f.StringVar(&o.user, "user", "user", "id of the user")
	f.StringVar(&o.secret, "secret", "", "secret of the server (better in OUTSPOKEN_SECRET, which others cannot see)")
	f.StringVar(&o.token, "token", "", "token of a conversation (better in OUTSPOKEN_TOKEN)")
	return cmd
}

// place reads the arguments and the environment.
func (o *chatOptions) place(args []string) error {
	o.servers = chatServers
	if len(args) > 0 && withoutScheme(args[0]) {
		return errUsage{fmt.Errorf("%s is no conversation, and an address begins with its scheme: write http://%[1]s", args[0])}
	}
	if len(args) > 0 && strings.Contains(args[0], "://") {
		o.servers, args = args[:1], args[1:]
	}
	if len(args) > 0 {
		o.conversation, args = args[0], args[1:]
	}
	switch {
	case len(args) > 0:
		return errUsage{fmt.Errorf("%q is too much: give a server such as %s, the id of a conversation, or both in this order", args[0], chatServers[0])}
	case o.wait <= 0 || o.wait > longestSilence:
		return errUsage{fmt.Errorf("--wait %s: give a time up to %s", o.wait, longestSilence)}
	case o.secret == "" && o.token == "":
		o.secret, o.token = os.Getenv("OUTSPOKEN_SECRET"), os.Getenv("OUTSPOKEN_TOKEN")
		if o.token != "" {
			o.secret = "" // the narrower one
		}
	}
	return nil
}

// withoutScheme reports whether what should be an address or the id of a
// conversation is host:port or a host of this machine.
func withoutScheme(arg string) bool {
	address, _, _ := strings.Cut(arg, "/")
	host, port, err := net.SplitHostPort(address)
	_, notNumber := strconv.ParseUint(port, 10, 16)
	return onThisMachine(address) || err == nil && notNumber == nil && strings.Contains(host, ".")
}

// chatTo talks until the input is over, somebody says /quit, or ctx ends.
func chatTo(ctx context.Context, o chatOptions, in io.Reader, out, errs io.Writer) error {
	c, err := connectChat(ctx, o, slog.New(slog.NewTextHandler(errs, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		if ctx.Err() != nil {
			return nil // interrupted
		}
		return err
	}
	t := &talk{
		chat: c, options: o, errs: errs, typing: isTerminal(in) && !o.once,
		show: printer{out: out, terminal: isTerminal(out), json: o.json, user: o.user, shown: map[string]bool{}},
		own:  map[string]bool{},
	}
	return t.run(ctx, in)
}

// connectChat starts or resumes the conversation at the first server that has
// one to offer.
func connectChat(ctx context.Context, o chatOptions, logger *slog.Logger) (*directline.Chat, error) {
	var failed error
	for _, server := range o.servers {
		client, err := directline.New(directline.Config{BaseURL: server, Secret: o.secret, Token: o.token, Logger: logger})
		if err != nil {
			return nil, errUsage{err}
		}
		var c *directline.Chat
		if o.conversation != "" {
			c, err = client.Resume(ctx, o.conversation, "")
		} else {
			c, err = client.Start(ctx, directline.Parameters{User: directline.User{ID: o.user, Name: o.user}})
		}
		if err == nil {
			c.User = directline.User{ID: o.user, Name: o.user}
			return c, nil
		}
		if !errors.Is(err, activity.ErrUnreachable) {
			failed = cmp.Or(failed, err)
		}
		if e, ok := errors.AsType[*activity.Error](err); ok && e.Code != "" && (e.Status == 401 || e.Status == 403) {
			return nil, fmt.Errorf("%w; give its secret in OUTSPOKEN_SECRET, or a token in OUTSPOKEN_TOKEN", err)
		}
	}
	if failed == nil {
		failed = fmt.Errorf("nobody answers at %s; start an agent there, such as with outspoken demo, or name another server", strings.Join(o.servers, " or "))
	}
	return nil, failed
}

func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
