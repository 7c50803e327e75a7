package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

const (
	maxDocument = 1 << 20  // bytes of one document, as servers take it
	maxRead     = 64 << 20 // bytes read for one document, or one list member
	batchCount  = 200
	batchBytes  = 1 << 20
)

// imported is what became of documents.
type imported struct {
	Stored  int      `json:"stored"`
	Known   int      `json:"known"`
	Refused int      `json:"refused"`
	Reasons []string `json:"reasons,omitempty"`
}

func (b *book) importCommand() *cobra.Command {
	var agent string
	cmd := &cobra.Command{
		Use:   "import FILE …",
		Short: "Store conversations that agents on other SDKs kept",
		Long: "Stores the addresses in JSON that agents on the .NET and JavaScript Agents SDKs or on\n" +
			"Bot Framework v4 kept: one document, several after each other, or lists; the address\n" +
			"may be anywhere in it. Lines of conversations list --json are read too, without tags\n" +
			"and marks. What is known already stays as it is. - is standard input.\n\n" +
			"A server takes what it trusts, by client id and service URL; with --data that is\n" +
			"checked when the agent sends.",
		Args: arguments(1, -1, "names of files"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return b.ask(cmd, func(ctx context.Context) error {
				var sum imported
				for _, name := range args {
					if err := b.importFile(ctx, name, agent, cmd.InOrStdin(), &sum); err != nil {
						return fmt.Errorf("%s: %w; %s", name, b.explain(ctx, err, ""), sum)
					}
				}
				return b.printImported(cmd.OutOrStdout(), sum)
			})
		},
	}
	cmd.Flags().StringVar(&agent, "agent", "", "client id of the agent, for references that do not say whose they are (Bot Framework v4)")
	return cmd
}

func (i imported) String() string {
	return fmt.Sprintf("%d stored, %d known already, %d refused", i.Stored, i.Known, i.Refused)
}

func (b *book) printImported(out io.Writer, sum imported) error {
	if b.json {
		if err := printJSON(out, sum); err != nil {
			return err
		}
	} else {
		fmt.Fprintln(out, sum)
	}
	if sum.Refused > 0 {
		return fmt.Errorf("%d refused: %s", sum.Refused, strings.Join(sum.Reasons, "; "))
	}
	return nil
}

// importFile sends the documents of a file, some at a time.
func (b *book) importFile(ctx context.Context, name, agent string, in io.Reader, sum *imported) error {
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return errors.Unwrap(err) // without the name
		}
		defer f.Close()
		in = f
	}
	var batch []json.RawMessage
	size := 0
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		got, err := b.call(ctx, http.MethodPost, []string{bookRoute}, nil, map[string]any{"documents": batch, "agentId": agent})
		if err != nil {
			return err
		}
		var done imported
		if err := b.decode(got, &done); err != nil {
			return err
		}
		sum.add(done)
		batch, size = nil, 0
		return nil
	}
	for raw, err := range documents(in) {
		if err != nil {
			return err
		}
		if len(raw) > maxDocument {
			sum.add(imported{Refused: 1, Reasons: []string{"it is larger than 1 MiB"}})
			continue
		}
		batch, size = append(batch, raw), size+len(raw)
		if len(batch) >= batchCount || size >= batchBytes {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

func (i *imported) add(more imported) {
	i.Stored, i.Known, i.Refused = i.Stored+more.Stored, i.Known+more.Known, i.Refused+more.Refused
	for _, why := range more.Reasons {
		if why = strings.TrimPrefix(harmless(why), "proactive: "); !slices.Contains(i.Reasons, why) {
			i.Reasons = append(i.Reasons, why)
		}
	}
}

// documents reads JSON values one after the other: those of lists each by
// itself, and the members of an object that is too large to be one document.
func documents(in io.Reader) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		bounded := &boundedReader{in, maxRead}
		dec := json.NewDecoder(bounded)
		next := func() (raw json.RawMessage, err error) {
			bounded.left = maxRead
			return raw, dec.Decode(&raw)
		}
		for {
			raw, err := next()
			if err == io.EOF {
				return
			}
			if err != nil {
				yield(nil, fmt.Errorf("this is no JSON: %w", err))
				return
			}
			for _, one := range split(raw) {
				if !yield(one, nil) {
					return
				}
			}
		}
	}
}

// split takes apart a list, and what is too large for one document.
func split(raw json.RawMessage) []json.RawMessage {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) == nil && list != nil {
		return list
	}
	var members map[string]json.RawMessage
	if len(raw) <= maxDocument || json.Unmarshal(raw, &members) != nil {
		return []json.RawMessage{raw}
	}
	for _, member := range members {
		list = append(list, member)
	}
	return list
}

// A boundedReader ends what does not end.
type boundedReader struct {
	io.Reader
	left int
}

func (r *boundedReader) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, fmt.Errorf("one value is larger than %d MiB; split it", maxRead>>20)
	}
	n, err := r.Reader.Read(p[:min(len(p), r.left)])
	r.left -= n
	return n, err
}
