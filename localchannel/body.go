package localchannel

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
)

// readBody reads the body of a request, at most as many bytes as the largest
// activity can have.
func readBody(w http.ResponseWriter, r *http.Request, op string) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 4*maxChars))
	return body, bodyError(op, err)
}

func bodyError(op string, err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fault(op, http.StatusRequestEntityTooLarge, codeTooLarge, "the body is too large; an activity has at most 256 K characters")
	}
	if err != nil {
		return badSyntax(op, "the body ended early")
	}
	return nil
}

// readInto decodes the body of a request into v.
func readInto(w http.ResponseWriter, r *http.Request, op string, v any) error {
	body, err := readBody(w, r, op)
	if err != nil {
		return err
	}
	return decodeError(op, json.Unmarshal(body, v))
}

// readActivity reads one activity, which must have a type.
func readActivity(w http.ResponseWriter, r *http.Request, op string) (*activity.Activity, error) {
	body, err := readBody(w, r, op)
	if err != nil {
		return nil, err
	}
	a, err := activity.Decode(body)
	if err != nil {
		return nil, decodeError(op, err)
	}
	if a.Type == "" {
		return nil, missingProperty(op, "type")
	}
	return a, nil
}

// readParameters reads what may accompany a start; no body means nothing.
func readParameters(w http.ResponseWriter, r *http.Request, op string) (p directline.Parameters, err error) {
	body, err := readBody(w, r, op)
	if err == nil && len(body) > 0 {
		err = decodeError(op, json.Unmarshal(body, &p))
	}
	size := len(p.User.ID) + len(p.User.Name) + len(p.ETag)
	for _, origin := range p.TrustedOrigins {
		size += len(origin)
	}
	if err == nil && (size > maxClaimBytes || len(p.TrustedOrigins) > 100) {
		err = fault(op, http.StatusBadRequest, directline.CodeBadArgument, "user, eTag and trustedOrigins are too long for a token")
	}
	return p, err
}

// decodeError names a field of the wrong type, but quotes nothing of the body.
func decodeError(op string, err error) error {
	if err == nil {
		return nil
	}
	if wrong, ok := errors.AsType[*activity.DecodeError](err); ok {
		return badSyntax(op, wrong.Error())
	}
	return badSyntax(op, "the body is not the JSON object that belongs there")
}
