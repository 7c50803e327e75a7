package endpoint

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
)

// refusal is why a request is not handled.
type refusal struct {
	status int
	code   string
	public string // for the caller; "" sends no body
	cause  error  // for the log
}

func (e *refusal) Error() string { return fmt.Sprintf("%s: %v", e.code, e.cause) }
func (e *refusal) Unwrap() error { return e.cause }

// read checks the request from the outside in, so that nothing is read from
// strangers and nothing is decoded that is too large.
func (h *Handler) read(w http.ResponseWriter, r *http.Request) (*activity.Activity, activity.Identity, error) {
	var id activity.Identity
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return nil, id, &refusal{http.StatusMethodNotAllowed, "MethodNotAllowed", "", errors.New(r.Method)}
	}
	id, err := h.verifier.Verify(r.Context(), r.Header["Authorization"])
	if err != nil {
		return nil, id, asRefusal(err, refusal{status: http.StatusUnauthorized, code: "Unauthorized"})
	}
	if err := checkType(r.Header.Get("Content-Type")); err != nil {
		return nil, id, &refusal{http.StatusUnsupportedMediaType, "UnsupportedMediaType", err.Error(), err}
	}
	body, err := h.body(w, r)
	if err != nil {
		return nil, id, err
	}
	a, err := activity.Decode(body)
	if err == nil {
		err = a.Validate()
	}
	if err != nil {
		return nil, id, &refusal{http.StatusBadRequest, "BadSyntax", err.Error(), err}
	}
	if err := h.verifier.Bind(id, a); err != nil {
		return nil, id, asRefusal(err, refusal{status: http.StatusBadRequest, code: "Refused", public: "the token does not allow this activity"})
	}
	if a.ServiceURL == "" {
		if a.HasDeliveryMode(activity.DeliverStream) || a.HasDeliveryMode(activity.DeliverExpectReplies) {
			return a, id, nil // nothing is called back
		}
		return nil, id, &refusal{http.StatusBadRequest, "BadSyntax", "serviceUrl is missing", errors.New("no serviceUrl to answer to")}
	}
	if err := h.hosts.Check(a.ServiceURL); err != nil {
		return nil, id, &refusal{http.StatusBadRequest, "UntrustedHost", "the service URL is not trusted", err}
	}
	return a, id, nil
}

func (h *Handler) body(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	tooLarge := &refusal{http.StatusRequestEntityTooLarge, "TooLarge",
		fmt.Sprintf("the activity is larger than %d bytes", h.cfg.MaxBody), errors.New("body over the limit")}
	if r.ContentLength > h.cfg.MaxBody {
		return nil, tooLarge
	}
	if r.Body == nil { // only in a request made by hand, as is a length of 0 that means "unknown"
		r.Body = http.NoBody
	}
	var body []byte
	var err error
	if n := r.ContentLength; n > 0 {
		body = make([]byte, n)
		_, err = io.ReadFull(r.Body, body)
	} else {
		var buf bytes.Buffer
		_, err = buf.ReadFrom(http.MaxBytesReader(w, r.Body, h.cfg.MaxBody))
		body = buf.Bytes()
	}
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		return nil, tooLarge
	}
	if err != nil {
		return nil, &refusal{http.StatusBadRequest, "BadSyntax", "the body could not be read", err}
	}
	return body, nil
}

// checkType takes JSON of any kind, and a request that does not say.
func checkType(contentType string) error {
	if contentType == "" || contentType == "application/json" || contentType == "application/json; charset=utf-8" {
		return nil
	}
	kind, _, err := mime.ParseMediaType(contentType)
	if err == nil && (kind == "application/json" || strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json")) {
		return nil
	}
	return errors.New("the body must be application/json")
}

// asRefusal keeps the status and text that a verifier chose.
func asRefusal(err error, otherwise refusal) *refusal {
	if e, ok := errors.AsType[interface {
		error
		HTTPStatus() (status int, public string)
	}](err); ok {
		if status, public := e.HTTPStatus(); status >= 400 && status <= 599 {
			otherwise.status, otherwise.public = status, public
		}
	}
	otherwise.cause = err
	return &otherwise
}

// refuse answers a request that is not handled, and logs why.
func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, err error) {
	e, ok := errors.AsType[*refusal](err)
	if !ok {
		e = &refusal{http.StatusInternalServerError, "InternalError", "", err}
	}
	h.cfg.Logger.WarnContext(r.Context(), "activity refused", "status", e.status, "code", e.code, "err", e.cause)
	if e.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	if e.public == "" || e.status == http.StatusUnauthorized {
		w.WriteHeader(e.status)
		return
	}
	writeError(w, e.status, e.code, e.public)
}
