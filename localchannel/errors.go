package localchannel

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
)

// Codes of the Connector service that Direct Line does not have.
const (
	codeConversationNotFound = "ConversationNotFound"
	codeActivityNotFound     = "ActivityNotFoundInConversation"
	codeMemberNotFound       = "MemberNotFoundInConversation"
	codeTooLarge             = "MessageSizeTooBig"
)

// fault is an answer that is not a success, the same for callers in this
// process and over HTTP.
func fault(op string, status int, code, message string) *activity.Error {
	return &activity.Error{Op: op, Host: "local channel", Status: status, Code: code, Message: message}
}

func conversationNotFound(op string) error {
	return fault(op, http.StatusNotFound, codeConversationNotFound, "there is no such conversation; start a new one")
}

func badSyntax(op, message string) error {
	return fault(op, http.StatusBadRequest, directline.CodeBadSyntax, message)
}

func missingProperty(op, name string) error {
	return fault(op, http.StatusBadRequest, directline.CodeMissingProperty, "the property "+name+" is required")
}

// storeFailed reports a failure of the store, whose cause goes to the log only.
// That somebody hung up, or that the channel is being closed, is none.
func (c *Channel) storeFailed(op, conversation string, err error) error {
	message := "the call was given up before it was done"
	if !errors.Is(err, context.Canceled) {
		message = "the store of the local channel failed; see its log"
		c.cfg.Logger.Error("local channel: the store failed", "op", op, "conversation", conversation, "err", err)
	}
	return fault(op, http.StatusInternalServerError, directline.CodeServiceError, message)
}

func writeError(w http.ResponseWriter, err error) {
	e, ok := errors.AsType[*activity.Error](err)
	if !ok {
		e = fault("", http.StatusInternalServerError, directline.CodeServiceError, "internal error")
	}
	if e.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	writeJSON(w, e.Status, directline.ErrorResponse{Error: directline.Error{Code: e.Code, Message: e.Message}})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("localchannel: answer: " + err.Error()) // all that is answered was made or decoded here
	}
	writeRaw(w, status, body.Bytes())
}

func writeRaw(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	w.Write(body)
}
