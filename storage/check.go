package storage

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/outspoken-go/outspoken/internal/wire"
)

const (
	maxKeyBytes  = 1024
	defaultLimit = 100
	maxLimit     = 1000
)

// CheckKeys returns an error naming the rule when a key is not allowed (see the
// package comment). It is for implementers of a [Store].
func CheckKeys(keys ...string) error {
	for _, key := range keys {
		if err := checkKey(key); err != nil {
			return err
		}
	}
	return nil
}

func checkKey(key string) error {
	switch {
	case key == "":
		return errors.New("storage: the key is empty; give it a name")
	case len(key) > maxKeyBytes:
		return fmt.Errorf("storage: the key %.32q… has %d bytes; use at most %d", key, len(key), maxKeyBytes)
	case !utf8.ValidString(key):
		return fmt.Errorf("storage: the key %q is not valid UTF-8; encode its bytes as text", key)
	case strings.IndexByte(key, 0) >= 0:
		return fmt.Errorf("storage: the key %q contains a NUL byte; leave it out", key)
	}
	return nil
}

// CheckItems returns an error naming the key and the rule when an item cannot
// be written. It is for implementers of a [Store].
func CheckItems(items map[string]Item) error {
	for key, item := range items {
		if err := checkKey(key); err != nil {
			return err
		}
		switch {
		case item.TTL < 0:
			return fmt.Errorf("storage: the TTL of %q is negative; use 0 to keep it, Delete to remove it", key)
		case item.New && item.IsVersion():
			return fmt.Errorf("storage: %q asks for both New and an ETag; set only one", key)
		case !wire.Valid(item.Value):
			return fmt.Errorf("storage: the value of %q is not valid JSON; marshal it first", key)
		}
	}
	return nil
}

// IsVersion reports whether ETag names one version, which must then be the
// stored one for a write to succeed.
func (i Item) IsVersion() bool { return i.ETag != "" && i.ETag != AnyETag }

// CheckLimit returns the number of items that limit stands for in
// [Lister.List]. It is for implementers of a [Lister].
func CheckLimit(limit int) (int, error) {
	switch {
	case limit == 0:
		return defaultLimit, nil
	case limit < 0 || limit > maxLimit:
		return 0, fmt.Errorf("storage: list limit %d; use 1 to %d, or 0 for %d", limit, maxLimit, defaultLimit)
	}
	return limit, nil
}
