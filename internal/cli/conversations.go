package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"
)

// book is what the commands of the address book share.
type book struct {
	remote
	json bool
}

func conversationsCommand() *cobra.Command {
	var b book
	cmd := &cobra.Command{
		Use:   "conversations",
		Short: "List, show, import and remove the conversations an agent knows",
		Long: "Looks into the address book of an agent: the conversations in which somebody wrote\n" +
			"to it, and those it made. It asks a running server, such as outspoken demo or\n" +
			"serve on this machine. With --data it looks into a folder that no server uses.\n\n" +
			"An id is that of a conversation or, where several channels or agents have that\n" +
			"one, channel|agent|id in full. --json prints one line of JSON for each.",
		Args: noCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	b.addFlags(cmd)
	cmd.PersistentFlags().StringVar(&b.data, "data", "", "folder to look into in place of a server, such as outspoken-data")
	cmd.PersistentFlags().BoolVar(&b.json, "json", false, "print JSON")
	cmd.AddCommand(b.listCommand(), b.showCommand(), b.importCommand(), b.rmCommand())
	return cmd
}

func noCommand(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return errUsage{fmt.Errorf("there is no command %q; see %s --help", args[0], cmd.CommandPath())}
	}
	return nil
}

// arguments wants between least and most, any number if most is -1.
func arguments(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < least || most >= 0 && len(args) > most {
			return errUsage{fmt.Errorf("%s takes %s; see %[1]s --help", cmd.CommandPath(), what)}
		}
		for _, arg := range args {
			if arg == "" {
				return errUsage{fmt.Errorf("%s takes %s, and one argument is empty", cmd.CommandPath(), what)}
			}
		}
		return nil
	}
}

const bookRoute = "conversations"

func (b *book) listCommand() *cobra.Command {
	lookup := map[string]*string{"user": new(string), "channel": new(string), "tenant": new(string), "team": new(string), "tag": new(string)}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List conversations",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			query, lookups := url.Values{}, 0
			for name, value := range lookup {
				if *value != "" {
					query.Set(name, *value)
					if name != "channel" {
						lookups++
					}
				}
			}
			switch {
			case lookups > 1:
				return errUsage{fmt.Errorf("give one of --user, --tenant, --team and --tag")}
			case (*lookup["user"] == "") != (*lookup["channel"] == ""):
				return errUsage{fmt.Errorf("--user and --channel belong together: a user has one id for each channel, such as msteams")}
			}
			return b.ask(cmd, func(ctx context.Context) error { return b.list(ctx, query, cmd.OutOrStdout()) })
		},
	}
	f := cmd.Flags()
	f.StringVar(lookup["user"], "user", "", "only those of this user, by the id on the channel or in Microsoft Entra; needs --channel")
	f.StringVar(lookup["channel"], "channel", "", "the channel of --user, such as msteams")
	f.StringVar(lookup["tenant"], "tenant", "", "only those of this Microsoft Entra tenant")
	f.StringVar(lookup["team"], "team", "", "only those in the channels of this team")
	f.StringVar(lookup["tag"], "tag", "", "only those with this tag")
	return cmd
}

// list prints a page after the other, so that a large book can be looked at
// from its beginning.
func (b *book) list(ctx context.Context, query url.Values, out io.Writer) error {
	for none := true; ; {
		got, err := b.call(ctx, http.MethodGet, []string{bookRoute}, query, nil)
		if err != nil {
			return b.explain(ctx, err, "")
		}
		var page struct {
			Conversations []json.RawMessage
			After         string
		}
		if err := b.decode(got, &page); err != nil {
			return err
		}
		if err := b.print(out, page.Conversations, none); err != nil {
			return err
		}
		none = none && len(page.Conversations) == 0
		if page.After == "" {
			if none && !b.json {
				fmt.Fprintln(out, "No conversations. The agent knows those in which somebody wrote to it.")
			}
			return nil
		}
		query.Set("after", page.After)
	}
}

func (b *book) showCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show CONVERSATION",
		Short: "Show all that is known of a conversation",
		Args:  arguments(1, 1, "the id of a conversation"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return b.ask(cmd, func(ctx context.Context) error {
				raw, one, err := b.find(ctx, args[0])
				if err != nil {
					return err
				}
				if b.json {
					return printJSON(cmd.OutOrStdout(), raw)
				}
				return one.show(cmd.OutOrStdout())
			})
		},
	}
}

// find asks for one conversation.
func (s *remote) find(ctx context.Context, id string) (raw json.RawMessage, one entry, err error) {
	got, err := s.call(ctx, http.MethodGet, []string{bookRoute, id}, nil, nil)
	if err != nil {
		return nil, one, s.explain(ctx, err, "")
	}
	return got.body, one, s.decode(got, &one)
}

func (b *book) rmCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "rm CONVERSATION …",
		Short: "Remove conversations from the address book",
		Long: "Removes conversations from the address book, and nothing else: their history stays\n" +
			"where it is. When somebody writes in one, it is known again.",
		Args: arguments(1, -1, "ids of conversations"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return b.ask(cmd, func(ctx context.Context) error {
				for _, id := range args {
					if _, err := b.call(ctx, http.MethodDelete, []string{bookRoute, id}, nil, nil); err != nil {
						return fmt.Errorf("%q: %w", id, b.explain(ctx, err, ""))
					}
					if b.json {
						if err := printJSON(cmd.OutOrStdout(), map[string]string{"removed": id}); err != nil {
							return err
						}
						continue
					}
					fmt.Fprintln(cmd.OutOrStdout(), "Removed", harmless(id))
				}
				return nil
			})
		},
	}
}
