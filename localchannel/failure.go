package localchannel

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
)

// rejected is the error that a client gets for err. It begins as Direct Line
// says it (directline 5). Without a secret only this machine asks, so it goes on
// for the developer; with one, strangers read it, and it stays short.
func (c *Channel) rejected(ctx context.Context, op string, status int, err error) error {
	if _, ok := errors.AsType[*activity.Error](err); ok {
		return err // of the channel itself
	}
	switch {
	case c.life.Err() != nil:
		return fault(op, http.StatusServiceUnavailable, directline.CodeServiceError, "the local channel is shutting down")
	case ctx.Err() != nil:
		return fault(op, http.StatusGatewayTimeout, directline.CodeBotError, "Failed to send activity: bot timed out")
	}
	message := "Failed to send activity: bot returned an error"
	if said, ok := errors.AsType[agentError](err); c.cfg.Secret == "" {
		message += ": " + c.words(ctx, status, err)
	} else if ok {
		message += ": it " + said.Error()
	}
	return fault(op, http.StatusBadGateway, directline.CodeBotRejectedActivity, message)
}

// An agentError is what the agent did wrong, without a subject, in words that
// everyone may read.
type agentError string

func (e agentError) Error() string { return string(e) }

// words says what went wrong with a delivery, and what to do, for developers.
func (c *Channel) words(ctx context.Context, status int, err error) string {
	var text string
	if own, ok := errors.AsType[*activity.Error](err); ok {
		text = own.Message
	} else if said, ok := errors.AsType[agentError](err); ok {
		text = "the agent " + said.Error() + c.advice(status)
	} else if ctx.Err() != nil && c.life.Err() == nil {
		text = fmt.Sprintf("the agent did not answer within %s", c.cfg.AgentTimeout)
	} else {
		text = noAnswer(c.cfg.Agent, err)
	}
	return strings.ToValidUTF8(text[:min(len(text), 512)], "")
}

// advice is what to do about a status that is no success.
func (c *Channel) advice(status int) string {
	switch {
	case status >= 300 && status < 400:
		return ": give --agent the address of the messaging endpoint itself"
	case (status == 401 || status == 403) && c.cfg.Token != nil:
		return ": it does not take the channel's token; check --client-id, and where the agent looks for issuer and keys"
	case status == 401 || status == 403:
		return ": it wants credentials; see --client-id, or start the agent without credentials"
	case status == 404 || status == 405:
		return ": check the path of --agent"
	case status >= 400:
		return ": see the agent's own log"
	}
	return ""
}

// noAnswer says why a request to the agent at address got no answer. Of an
// answer that is no HTTP it shows nothing, as it may say anything.
func noAnswer(address string, err error) string {
	host := address
	if u, failed := url.Parse(address); failed == nil {
		host = u.Host // the rest may hold a key
	}
	unreached := func(why string) string { return fmt.Sprintf("the agent cannot be reached at %s (%s)", host, why) }
	dial, dialled := errors.AsType[*net.OpError](err)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return unreached("connection refused") + ": start it, or check --agent"
	case dialled && dial.Op == "dial":
		return unreached(dial.Err.Error()) + ": check --agent"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return fmt.Sprintf("the agent at %s closed the connection before its answer was complete: see the agent's own log", host)
	case strings.Contains(err.Error(), "malformed"):
		return fmt.Sprintf("what answers at %s does not speak HTTP: check --agent", host)
	}
	return unreached(err.Error()) + ": check --agent"
}
