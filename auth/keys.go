package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	keysMaxAge   = 12 * time.Hour
	keysMaxBytes = 1 << 20
	refetchAfter = time.Minute     // at most one fetch for unknown keys in this time
	retryAfter   = 5 * time.Second // the same while there are no keys at all
)

// A keySet is the signing keys of one issuer, or of all tenants of Entra.
type keySet struct {
	metadata string // URL of the OpenID metadata, which names the URL of the keys
	client   *http.Client
	log      *slog.Logger
	keys     shared[keys]
}

type keys struct {
	byID    map[string]*key
	fetched time.Time
}

func newKeySet(metadata string, client *http.Client, log *slog.Logger) *keySet {
	s := &keySet{metadata: metadata, client: client, log: log}
	s.keys.fetch = s.fetch
	return s
}

// key returns the key with this id. It fetches keys when there are none, when
// the id is unknown, and when they are old; old keys are used meanwhile.
func (s *keySet) key(ctx context.Context, id string) (*key, error) {
	known := func(k keys) bool { return k.byID[id] != nil }
	due := func(k keys, tried time.Time) bool {
		pause := refetchAfter
		if k.byID == nil {
			pause = retryAfter
		}
		return time.Since(tried) >= pause && (!known(k) || time.Since(k.fetched) >= keysMaxAge)
	}
	k, err := s.keys.get(ctx, known, due)
	if found := k.byID[id]; found != nil {
		return found, nil
	}
	if err != nil {
		return nil, &Error{Status: http.StatusServiceUnavailable, Public: "tokens cannot be checked at the moment", Err: err}
	}
	return nil, refuse("key %.100q is not among the keys of %s", id, s.metadata)
}

// holds reports whether k is still in the set, and the set not too old.
func (s *keySet) holds(k *key) bool {
	now, _ := s.keys.last()
	return now.byID[k.id] == k && time.Since(now.fetched) < keysMaxAge
}

func (s *keySet) fetch(ctx context.Context) (keys, error) {
	byID, err := s.download(ctx)
	if err != nil {
		err = fmt.Errorf("signing keys from %s: %w", s.metadata, err)
		s.log.WarnContext(ctx, "auth: signing keys not refreshed; known ones stay in use", "err", err)
		return keys{}, err
	}
	return keys{byID, time.Now()}, nil
}

func (s *keySet) download(ctx context.Context) (map[string]*key, error) {
	var metadata struct {
		KeysURL string `json:"jwks_uri"`
	}
	if err := s.getJSON(ctx, s.metadata, &metadata); err != nil {
		return nil, err
	}
	if err := checkKeysURL(metadata.KeysURL, s.metadata); err != nil {
		return nil, err
	}
	var set struct{ Keys []jwk }
	if err := s.getJSON(ctx, metadata.KeysURL, &set); err != nil {
		return nil, err
	}
	byID := map[string]*key{}
	for _, j := range set.Keys {
		if k := j.key(); k != nil {
			byID[k.id] = k
		}
	}
	if len(byID) == 0 {
		return nil, fmt.Errorf("%s holds no RSA signing key of 2048 bits or more", metadata.KeysURL)
	}
	return byID, nil
}

func (s *keySet) getJSON(ctx context.Context, from string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		return err
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", from, resp.Status)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, keysMaxBytes+1))
	if err != nil {
		return err
	}
	if len(body) > keysMaxBytes {
		return fmt.Errorf("%s answered more than %d bytes", from, keysMaxBytes)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("%s answered no valid JSON: %w", from, err)
	}
	return nil
}

// keySource refuses places from which keys could be forged on the way.
func keySource(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, err
	}
	if u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && isLoopback(u.Hostname())) {
		return nil, errors.New("must be https, or http on loopback")
	}
	return u, nil
}

// checkKeysURL lets metadata name keys over https anywhere, and over plain http
// only on loopback and if it is there itself.
func checkKeysURL(keysURL, metadata string) error {
	u, err := keySource(keysURL)
	if err == nil && u.Scheme == "http" && !strings.HasPrefix(metadata, "http:") {
		err = errors.New("must be https")
	}
	if err != nil {
		return fmt.Errorf("jwks_uri %.200q: %w", keysURL, err)
	}
	return nil
}
