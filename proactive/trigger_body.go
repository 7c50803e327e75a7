package proactive

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
)

// read returns the body of a request, none for a trigger that needs none.
func read(r *http.Request, t trigger) ([]byte, error) {
	if !isJSON(r.Header.Get("Content-Type")) {
		return nil, &refusal{http.StatusUnsupportedMediaType, "UnsupportedMediaType", "the body must be application/json"}
	}
	if t.verb == verbContinue && t.id != "" {
		return nil, nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, unreadable(err)
	}
	return body, nil
}

func unreadable(err error) error {
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		return tooLarge
	}
	return &refusal{http.StatusBadRequest, "BadSyntax", "the body could not be read"}
}

var tooLarge = &refusal{http.StatusRequestEntityTooLarge, "TooLarge", "the body is larger than this server takes"}

// isJSON takes JSON of any kind, and a request that does not say.
func isJSON(contentType string) bool {
	if contentType == "" {
		return true
	}
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && (kind == "application/json" || strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json"))
}

// Codes of a body that is not what a trigger takes. (proactive-hosting-auth 1.7)
const (
	badCreate     = "-40500"
	badContinue   = "-40501"
	badSendByID   = "-40502"
	badSendInline = "-40503"
)

// decode reads an object. What is wrong with it stays unsaid: a decoder's
// error may repeat the body.
func decodeBody(body []byte, code string, v any) error {
	unmarshal := func(raw []byte) error { return json.Unmarshal(raw, v) }
	if u, ok := v.(json.Unmarshaler); ok { // spares a pass over the text
		unmarshal = u.UnmarshalJSON
	}
	if raw := bytes.TrimSpace(body); len(raw) == 0 || raw[0] != '{' || unmarshal(raw) != nil {
		return &refusal{http.StatusBadRequest, code, "the body is not the JSON object that belongs here"}
	}
	return nil
}

// absent reports whether a member is missing or null.
func absent(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }

// query reads the query parameters into an object of strings, nil without any.
// Names ignore case and are spelled as first met, and what comes several times
// is joined by commas. (proactive-hosting-auth 1.5)
func query(raw string) (map[string]string, error) {
	var values map[string]string
	spelled := map[string]string{}
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, errName := url.QueryUnescape(name)
		value, errValue := url.QueryUnescape(value)
		if errName != nil || errValue != nil {
			return nil, &refusal{http.StatusBadRequest, "BadSyntax", "the query string is not URL-encoded"}
		}
		if first, ok := spelled[strings.ToLower(name)]; ok {
			values[first] += "," + value
			continue
		}
		if values == nil {
			values = map[string]string{}
		}
		spelled[strings.ToLower(name)], values[name] = name, value
	}
	return values, nil
}

// payload is the event of a continuation: value with the query parameters over
// it. (note N1)
func payload(r *http.Request, value json.RawMessage, valueType string) (*activity.Activity, error) {
	q, err := query(r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	if absent(value) {
		value = nil
	}
	if q != nil {
		merged := map[string]json.RawMessage{}
		if value != nil && (value[0] != '{' || json.Unmarshal(value, &merged) != nil) {
			return nil, &InvalidError{"value", "is not an object, so the query parameters cannot be added to it"}
		}
		for name, v := range q {
			if merged[name], err = json.Marshal(v); err != nil {
				return nil, err
			}
		}
		if value, err = json.Marshal(merged); err != nil {
			return nil, err
		}
	}
	return event(&activity.Activity{ValueType: valueTypeOf(value, valueType)}, value)
}

// valueTypeOf leaves no type without a value.
func valueTypeOf(value json.RawMessage, valueType string) string {
	if value == nil {
		return ""
	}
	return valueType
}
