package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

func sendCommand() *cobra.Command {
	var s remote
	var file string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "send CONVERSATION [TEXT]",
		Short: "Send a message to a conversation of an agent",
		Long: "Makes a running agent send a message: a text, or with --activity an activity as it\n" +
			"is. As TEXT or FILE, - is standard input.\n\n" +
			"  outspoken send CONVERSATION \"Your report is ready\"\n" +
			"  outspoken send CONVERSATION --activity card.json",
		Args: arguments(1, 2, "the id of a conversation, and a text or --activity"),
		RunE: func(cmd *cobra.Command, args []string) error {
			text := ""
			if len(args) > 1 {
				text = args[1]
			}
			a, err := message(cmd.InOrStdin(), text, file)
			if err == nil && a == nil {
				err = errUsage{errors.New("there is nothing to send; give a text or --activity")}
			}
			if err != nil {
				return err
			}
			return s.ask(cmd, func(ctx context.Context) error {
				got, err := s.call(ctx, http.MethodPost, []string{"sendactivity", args[0]}, nil, a)
				if err != nil {
					return s.explain(ctx, err, "")
				}
				var sent struct {
					ID string `json:"id"`
				}
				if err := s.decode(got, &sent); err != nil {
					return err
				}
				if asJSON {
					return printJSON(cmd.OutOrStdout(), sent)
				}
				fmt.Fprintln(cmd.OutOrStdout(), "Sent", harmless(sent.ID))
				return nil
			})
		},
	}
	s.addFlags(cmd)
	cmd.Flags().StringVar(&file, "activity", "", "file with the activity, in JSON")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// message is the activity that somebody asked for, nil for none.
func message(in io.Reader, text, file string) (json.RawMessage, error) {
	switch {
	case text != "" && file != "":
		return nil, errUsage{errors.New("give a text or --activity, not both")}
	case file != "":
		raw, err := readFile(in, file)
		if err != nil {
			return nil, fmt.Errorf("--activity %s: %w", file, err)
		}
		if json.Unmarshal(raw, new(map[string]json.RawMessage)) != nil {
			return nil, errUsage{fmt.Errorf("--activity %s holds no JSON object", file)}
		}
		return raw, nil
	case text == "-":
		raw, err := readFile(in, text)
		if err != nil {
			return nil, fmt.Errorf("standard input: %w", err)
		}
		text = strings.TrimRight(string(raw), "\r\n")
	}
	if text == "" {
		return nil, nil
	}
	return json.Marshal(map[string]string{"type": "message", "text": text})
}

// maxActivity is what servers take, in bytes.
const maxActivity = 4 << 20

// readFile reads a file, or standard input.
func readFile(in io.Reader, name string) ([]byte, error) {
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, errors.Unwrap(err) // without the name
		}
		defer f.Close()
		in = f
	}
	raw, err := io.ReadAll(io.LimitReader(in, maxActivity+1))
	if err == nil && len(raw) > maxActivity {
		err = fmt.Errorf("it is larger than %d MiB", maxActivity>>20)
	}
	return raw, err
}
