package connector

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/outspoken-go/outspoken/activity"
)

// A prepared request has passed all checks and has its token.
type prepared struct {
	*request
	url    *url.URL
	header http.Header
	token  string
}

// prepare does what must succeed before anything leaves the process: the host
// is trusted, then the URL is sound, then there is a token.
func (c *Client) prepare(ctx context.Context, to *activity.Conversation, r *request) (p prepared, err error) {
	p.request = r
	if err := ctx.Err(); err != nil {
		return p, err
	}
	if err := c.checkHost(to.Reference.ServiceURL); err != nil {
		return p, err
	}
	b, err := c.bases.get(to.Reference.ServiceURL)
	if err != nil {
		return p, err
	}
	if p.url = b.exact; r.path != nil {
		if p.url, err = b.url(r.query, r.path...); err != nil {
			return p, err
		}
	}
	if c.tokens != nil && r.path != nil {
		if p.token, err = c.tokens.Token(ctx, *to); err != nil {
			return p, fmt.Errorf("no token: %w", err)
		}
		if !headerSafe(p.token) {
			return p, errors.New("the token has characters that cannot stand in a header; check the token source")
		}
	}
	p.header = c.newHeader(ctx, &p)
	c.addAgentic(p.header, to)
	return p, nil
}

func (c *Client) checkHost(serviceURL string) error {
	err := c.hosts.Check(serviceURL)
	if err != nil && !errors.Is(err, activity.ErrUntrustedHost) {
		err = fmt.Errorf("%w: %w", activity.ErrUntrustedHost, err)
	}
	return err
}

// Header values that all requests share; nobody may change them.
var (
	acceptJSON  = []string{"application/json"}
	acceptFile  = []string{"application/octet-stream"}
	acceptText  = []string{"text/plain"}
	contentJSON = []string{"application/json; charset=utf-8"}
)

func (c *Client) newHeader(ctx context.Context, p *prepared) http.Header {
	h := make(http.Header, 5)
	h["User-Agent"] = c.userAgent
	h["Accept"] = acceptJSON
	switch {
	case p.file:
		h["Accept"] = acceptFile
	case p.text:
		h["Accept"] = acceptText
	}
	if p.body != nil {
		h["Content-Type"] = contentJSON
	}
	if p.token != "" {
		h["Authorization"] = []string{"Bearer " + p.token}
	}
	if id := correlationID(ctx); id != "" {
		h["X-Ms-Correlation-Id"] = []string{id}
	}
	return h
}
