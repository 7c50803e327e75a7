// Package cli is the outspoken command.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
)

// Main runs the command with its arguments and returns the exit status: 2 when
// they make no sense, 1 when the command failed.
func Main(args []string) int {
	return run(context.Background(), args, os.Stdout, os.Stderr)
}

// errUsage marks mistakes in the arguments.
type errUsage struct{ error }

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := &cobra.Command{
		Use:           "outspoken",
		Short:         "Agents that speak first",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return errUsage{fmt.Errorf("there is no command %q; see outspoken --help", args[0])}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return errUsage{fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())}
	})
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(demoCommand(), playCommand(), chatCommand(), serveCommand(),
		conversationsCommand(), sendCommand(), continueCommand(), createCommand())
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintln(stderr, "outspoken:", err)
	if _, ok := errors.AsType[errUsage](err); ok {
		return 2
	}
	return 1
}

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return errUsage{fmt.Errorf("%s takes no arguments, and there is %q; see %[1]s --help", cmd.CommandPath(), args[0])}
	}
	return nil
}
