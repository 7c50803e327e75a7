package playground

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
)

// maxBody is the size of a request's body in bytes.
const maxBody = 256 << 10

// refuse is an error with the status to answer.
func refuse(status int, code, message string) error {
	return &activity.Error{Op: "playground", Status: status, Code: code, Message: message}
}

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, refuse(http.StatusRequestEntityTooLarge, "MessageSizeTooBig", "the body is larger than 256 KB")
	}
	if err != nil {
		return nil, refuse(http.StatusBadRequest, directline.CodeBadSyntax, "the body ended early")
	}
	return body, nil
}

// readInto decodes a body into v. Names that v does not have are refused:
// whoever mistypes a switch should hear of it.
func readInto(w http.ResponseWriter, r *http.Request, v any) error {
	body, err := readBody(w, r)
	if err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return refuse(http.StatusBadRequest, directline.CodeBadSyntax, "the body is not what belongs here: "+err.Error())
	}
	if _, err := dec.Token(); err != io.EOF {
		return refuse(http.StatusBadRequest, directline.CodeBadSyntax, "something follows the JSON of the body")
	}
	return nil
}

// readActivity reads an activity, whose unknown fields are kept.
func readActivity(w http.ResponseWriter, r *http.Request) (*activity.Activity, error) {
	body, err := readBody(w, r)
	if err != nil {
		return nil, err
	}
	a, err := activity.Decode(body)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, directline.CodeBadSyntax, "the body is not an activity: "+err.Error())
	}
	if a.Type == "" {
		return nil, refuse(http.StatusBadRequest, directline.CodeMissingProperty, "the activity has no type")
	}
	return a, nil
}

func writeError(w http.ResponseWriter, err error) {
	e, ok := errors.AsType[*activity.Error](err)
	if !ok {
		e = &activity.Error{Status: http.StatusInternalServerError, Code: directline.CodeServiceError, Message: "internal error"}
	}
	status := e.Status
	if status < 400 {
		status = http.StatusBadGateway // no answer at all
	}
	writeJSON(w, status, directline.ErrorResponse{Error: directline.Error{Code: e.Code, Message: e.Message}})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := encode(v)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"error":{"code":"ServiceError","message":"the answer cannot be written as JSON"}}`)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	w.Write(body)
}

// encode is JSON on one line, in which text stays readable.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}
