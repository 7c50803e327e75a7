package proactive

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/outspoken-go/outspoken/activity"
)

// Headers of a signed request; see [Signed].
const (
	SignatureHeader = "Outspoken-Signature"
	TimestampHeader = "Outspoken-Timestamp"

	idempotencyHeader = "Idempotency-Key"
)

// signatureWindow is how far the clocks of both sides may differ, and how long
// a signature can be used again.
const signatureWindow = 5 * time.Minute

// Signed admits requests that carry, in [SignatureHeader], the lower-case
// hexadecimal HMAC-SHA256 under one of these secrets of
//
//	TIMESTAMP "\n" METHOD "\n" PATH?QUERY "\n" IDEMPOTENCY-KEY "\n" BODY
//
// with TIMESTAMP in Unix seconds as in [TimestampHeader], not more than 5
// minutes ago or ahead; PATH?QUERY as in the request line; and the header
// Idempotency-Key, empty if there is none. [Sign] signs so. More than the body
// is signed since a trigger without one would otherwise fit every conversation.
//
// Within the 5 minutes a signed request can be sent again by whoever saw it,
// unless it has an Idempotency-Key, which cannot be taken off: then nothing
// happens twice. A secret should be 32 random bytes. No secret, or an empty
// one, panics.
func Signed(secrets ...string) Authoriser {
	if len(secrets) == 0 || slices.Contains(secrets, "") {
		panic("proactive: Signed needs secrets, and no empty one")
	}
	return func(r *http.Request) (activity.Identity, error) {
		var nobody activity.Identity
		timestamp := r.Header.Get(TimestampHeader)
		signature, err := hex.DecodeString(r.Header.Get(SignatureHeader))
		if err != nil || len(signature) != sha256.Size {
			return nobody, unknownCaller("a signature is required")
		}
		seconds, err := strconv.ParseInt(timestamp, 10, 64)
		if age := time.Since(time.Unix(seconds, 0)); err != nil || age.Abs() > signatureWindow {
			return nobody, unknownCaller("the signature's timestamp is more than 5 minutes off")
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nobody, unreadable(err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		valid := false
		for _, secret := range secrets {
			valid = hmac.Equal(signature, mac(secret, timestamp, r, body)) || valid
		}
		if !valid {
			return nobody, unknownCaller("the signature does not fit")
		}
		return nobody, nil
	}
}

// Sign signs a request that has this body, as [Signed] wants it, now. Call it
// when path, query and Idempotency-Key are final.
func Sign(r *http.Request, secret string, body []byte) {
	timestamp := strconv.FormatInt(time.Now().Unix(), 10)
	r.Header.Set(TimestampHeader, timestamp)
	r.Header.Set(SignatureHeader, hex.EncodeToString(mac(secret, timestamp, r, body)))
}

func mac(secret, timestamp string, r *http.Request, body []byte) []byte {
	m := hmac.New(sha256.New, []byte(secret))
	for _, s := range []string{timestamp, r.Method, r.URL.RequestURI(), r.Header.Get(idempotencyHeader)} {
		io.WriteString(m, s+"\n")
	}
	m.Write(body)
	return m.Sum(nil)
}
