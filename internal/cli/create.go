package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/proactive"
	"github.com/spf13/cobra"
)

// A creation is what somebody asked for.
type creation struct {
	remote
	body              creationBody
	text, file        string
	channelData       string
	group             bool
	continuation      string
	json, resumeAtAll bool
}

// creationBody is the body of the trigger.
type creationBody struct {
	Agent    string                  `json:"agentClientId,omitempty"`
	Channel  string                  `json:"channelId"`
	User     activity.ChannelAccount `json:"user"`
	Tenant   string                  `json:"tenantId,omitempty"`
	Topic    string                  `json:"topicName,omitempty"`
	Thread   string                  `json:"teamsChannelId,omitempty"`
	Data     json.RawMessage         `json:"channelData,omitempty"`
	Group    *bool                   `json:"isGroup,omitempty"`
	Activity json.RawMessage         `json:"activity,omitempty"`
	Store    bool                    `json:"storeConversation,omitempty"`
	Continue bool                    `json:"continueConversation,omitempty"`
}

func createCommand() *cobra.Command {
	var c creation
	cmd := &cobra.Command{
		Use:   "create --channel CHANNEL --user ID [NAME=VALUE …]",
		Short: "Make an agent open a new conversation",
		Long: "Makes a running agent ask a channel for a new conversation, with a user or, in a\n" +
			"Teams channel, as a new thread. Its first message is --text or --activity. Then, with\n" +
			"--continue or --continuation, a continuation of the agent is its first turn; pairs\n" +
			"become the value of that.\n\n" +
			"  outspoken create --channel msteams --tenant TENANT --user ENTRA-ID \\\n" +
			"    --agent CLIENT-ID --text \"Good morning\" --store",
		Args: arguments(0, -1, "a value as NAME=VALUE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			query, err := pairs(args)
			if err == nil {
				err = c.complete(cmd, len(query) > 0)
			}
			if err != nil {
				return err
			}
			return c.ask(cmd, func(ctx context.Context) error { return c.create(ctx, query, cmd.OutOrStdout()) })
		},
	}
	c.addFlags(cmd)
	f := cmd.Flags()
	f.StringVar(&c.body.Channel, "channel", "", "channel, such as msteams")
	f.StringVar(&c.body.User.ID, "user", "", "whom to talk to, by the id on the channel; Teams also takes that of Microsoft Entra")
	f.StringVar(&c.body.User.Name, "user-name", "", "name of the user")
	f.StringVar(&c.body.Tenant, "tenant", "", "Microsoft Entra tenant of the user, which Teams needs")
	f.StringVar(&c.body.Agent, "agent", "", "client id of the agent; a token of --key may say it")
	f.StringVar(&c.body.Thread, "teams-channel", "", "channel of a team, 19:…@thread.tacv2: makes a thread in it")
	f.StringVar(&c.body.Topic, "topic", "", "topic of the conversation")
	f.StringVar(&c.channelData, "channel-data", "", "JSON object for the channel")
	f.BoolVar(&c.group, "group", false, "make it a group, or with =false none (default: as the members say)")
	f.StringVar(&c.text, "text", "", "text of the first message")
	f.StringVar(&c.file, "activity", "", "file with the first message, in JSON; - is standard input")
	f.BoolVar(&c.body.Store, "store", false, "keep the conversation in the address book")
	f.BoolVar(&c.resumeAtAll, "continue", false, "run the continuation without a name")
	f.StringVar(&c.continuation, "continuation", "", "run the continuation of this name")
	f.BoolVar(&c.json, "json", false, "print JSON")
	return cmd
}

// complete finds what makes no sense, and fills in the body.
func (c *creation) complete(cmd *cobra.Command, value bool) (err error) {
	c.body.Continue = c.resumeAtAll || c.continuation != ""
	if cmd.Flags().Changed("group") {
		c.body.Group = &c.group
	}
	if c.channelData != "" {
		c.body.Data = json.RawMessage(c.channelData)
	}
	switch {
	case c.body.Channel == "":
		return errUsage{errors.New("--channel is missing, such as msteams")}
	case c.body.User.ID == "":
		return errUsage{errors.New("--user is missing: the id of whom to talk to")}
	case c.channelData != "" && json.Unmarshal(c.body.Data, new(map[string]json.RawMessage)) != nil:
		return errUsage{errors.New("--channel-data is no JSON object")}
	case value && !c.body.Continue:
		return errUsage{errors.New("a value is for a continuation; add --continue or --continuation")}
	}
	c.body.Activity, err = message(cmd.InOrStdin(), c.text, c.file)
	return err
}

func (c *creation) create(ctx context.Context, query url.Values, out io.Writer) error {
	got, err := c.call(ctx, http.MethodPost, keyed("create", c.continuation), query, c.body)
	if err != nil {
		return c.explain(ctx, err, c.continuation)
	}
	var made activity.Conversation
	if err := c.decode(got, &made); err != nil {
		return err
	}
	id := made.Reference.Conversation.ID
	switch {
	case c.json:
		err = printJSON(out, json.RawMessage(got.body))
	case c.body.Store:
		_, err = fmt.Fprintf(out, "Created %s; outspoken send speaks there\n", harmless(id))
	default:
		_, err = fmt.Fprintf(out, "Created %s; it is known to the agent when the user writes (--store keeps it at once)\n", harmless(id))
	}
	if code := got.header.Get(proactive.ContinuationErrorHeader); err == nil && code != "" {
		err = fmt.Errorf("the conversation exists, and what came after failed (%s): do not create it again; the log of the server says more", harmless(code))
	}
	return err
}
