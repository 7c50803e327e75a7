package activity

import (
	"fmt"
	"strings"
)

// A Severity says whether a [Finding] makes an activity unusable.
type Severity int

const (
	SeverityAdvice Severity = iota // legal to process, but not as it should be
	SeverityError                  // refuse it
)

// A Finding is one rule of the Activity schema that an activity breaks.
type Finding struct {
	Rule     string // such as "A2080"
	Path     string // the field, such as "conversation.id"
	Message  string // what is wrong, for a developer
	Severity Severity
}

func (f Finding) String() string { return fmt.Sprintf("%s: %s (%s)", f.Path, f.Message, f.Rule) }

// Findings are the rules that one activity breaks. As an error they match
// [ErrInvalid].
type Findings []Finding

func (fs Findings) Error() string {
	texts := make([]string, len(fs))
	for i, f := range fs {
		texts[i] = f.String()
	}
	return "activity: invalid: " + strings.Join(texts, "; ")
}

// Is lets errors.Is match Findings with [ErrInvalid].
func (fs Findings) Is(target error) bool { return target == ErrInvalid }

func (fs Findings) errors() error {
	if len(fs) == 0 {
		return nil
	}
	return fs
}

// Validate checks what every activity from a channel must have: type,
// conversation, channel, sender, and a name where the type calls for one. The
// error is of type [Findings]. [Activity.Check] also gives advice.
func (a *Activity) Validate() error {
	fs := a.checkBasics(nil)
	if a.ChannelID == "" {
		fs = append(fs, Finding{"A2020", "channelId", "is missing", SeverityError})
	}
	if a.From.ID == "" {
		fs = append(fs, Finding{"A2060", "from.id", "is missing", SeverityError})
	}
	return fs.errors()
}

// ValidateOutbound checks what an activity needs to be sent: type,
// conversation, and a name where the type calls for one. The error is of type
// [Findings].
func (a *Activity) ValidateOutbound() error { return a.checkBasics(nil).errors() }

func (a *Activity) checkBasics(fs Findings) Findings {
	if a.Type == "" {
		fs = append(fs, Finding{"A2010", "type", "is missing", SeverityError})
	}
	if a.Conversation.ID == "" {
		fs = append(fs, Finding{"A2080", "conversation.id", "is missing", SeverityError})
	}
	if rule := a.nameRule(); rule != "" && a.Name == "" {
		fs = append(fs, Finding{rule, "name", "is missing, and " + string(a.Type) + " activities need one", SeverityError})
	}
	return fs
}

// nameRule is the rule by which the activity needs a name, or "". An invoke
// without one is how Teams reports a press on a card (activity-and-turns 12).
func (a *Activity) nameRule() string {
	switch {
	case a.Is(TypeEvent):
		return "A5001"
	case a.Is(TypeInvoke) && !a.OnChannel(ChannelTeams):
		return "A5401"
	case a.Is(TypeCommand):
		return "A6310"
	case a.Is(TypeCommandResult):
		return "A6411"
	}
	return ""
}
