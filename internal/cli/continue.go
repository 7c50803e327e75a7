package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/outspoken-go/outspoken/proactive"
	"github.com/spf13/cobra"
)

func continueCommand() *cobra.Command {
	var s remote
	var continuation, value string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "continue CONVERSATION [NAME=VALUE …]",
		Short: "Run a continuation of an agent in a conversation",
		Long: "Makes a running agent continue a conversation with a whole turn, by what it\n" +
			"registered with OnContinue, and waits for its end. Pairs become an object of\n" +
			"strings; --value is any JSON.\n\n" +
			"  outspoken continue CONVERSATION\n" +
			"  outspoken continue CONVERSATION --continuation report title=Q3\n" +
			"  outspoken continue CONVERSATION --value '{\"n\": 42}'",
		Args: arguments(1, -1, "the id of a conversation, and a value as NAME=VALUE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			query, err := pairs(args[1:])
			switch {
			case err != nil:
				return err
			case value != "" && len(query) > 0:
				return errUsage{errors.New("give a value as NAME=VALUE or --value, not both")}
			case value != "" && !json.Valid([]byte(value)):
				return errUsage{errors.New("--value is no JSON; text needs quotes of its own, as in --value '\"text\"'")}
			}
			return s.ask(cmd, func(ctx context.Context) error {
				if err := s.resume(ctx, args[0], continuation, query, value); err != nil {
					return s.explain(ctx, err, continuation)
				}
				if asJSON {
					return printJSON(cmd.OutOrStdout(), map[string]string{"continued": args[0]})
				}
				fmt.Fprintln(cmd.OutOrStdout(), "Continued", harmless(args[0]))
				return nil
			})
		},
	}
	s.addFlags(cmd)
	cmd.Flags().StringVar(&continuation, "continuation", "", "name of the continuation (default: the one without a name)")
	cmd.Flags().StringVar(&value, "value", "", "value for the continuation, in JSON")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// resume continues a conversation. The trigger by id takes pairs only, so that
// with any other value the conversation goes along.
func (s *remote) resume(ctx context.Context, id, continuation string, query url.Values, value string) error {
	route := keyed("continue", continuation)
	if value == "" {
		_, err := s.call(ctx, http.MethodPost, append(route, id), query, nil)
		return err
	}
	_, one, err := s.find(ctx, id)
	if err != nil {
		return err
	}
	if one.Mark != nil {
		return errors.New(strings.TrimPrefix((&proactive.MarkedError{ID: id, Mark: *one.Mark}).Error(), "proactive: "))
	}
	_, err = s.call(ctx, http.MethodPost, route, nil, map[string]any{"conversation": one.Conversation, "value": json.RawMessage(value)})
	return err
}

// keyed is the route of a trigger for a continuation, "" for the default one.
func keyed(verb, continuation string) []string {
	if continuation == "" {
		return []string{verb}
	}
	return []string{verb, continuation}
}

// pairs reads arguments of the form NAME=VALUE.
func pairs(args []string) (url.Values, error) {
	values := url.Values{}
	for _, arg := range args {
		name, value, ok := strings.Cut(arg, "=")
		if !ok || name == "" {
			return nil, errUsage{fmt.Errorf("%q is no NAME=VALUE", arg)}
		}
		values.Add(name, value)
	}
	return values, nil
}
