package auth

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// A urlPattern matches service URLs part by part, so that what is written for
// the host can never match in the path. See [MapItem.ServiceURL].
type urlPattern struct {
	scheme, host, path *regexp.Regexp // all nil: matches everything
}

func compileURLPattern(pattern string) (urlPattern, error) {
	if pattern == "" || pattern == "*" {
		return urlPattern{}, nil
	}
	scheme, rest, found := strings.Cut(strings.ReplaceAll(pattern, `\/`, "/"), "://")
	if !found {
		scheme, rest = "https?", scheme
	}
	host, path, _ := strings.Cut(rest, "/")
	var parts [3]*regexp.Regexp
	for i, expr := range []string{`^(?:` + scheme + `)$`, `^(?:` + host + `)$`, `^/(?:` + path + `)`} {
		re, err := regexp.Compile(`(?i)` + expr)
		if err != nil {
			return urlPattern{}, fmt.Errorf("%q: write scheme://host/path, each a regular expression: %w", pattern, err)
		}
		parts[i] = re
	}
	return urlPattern{parts[0], parts[1], parts[2]}, nil
}

func (p urlPattern) matches(serviceURL string) bool {
	if p.host == nil {
		return true
	}
	u, err := url.Parse(serviceURL)
	if err != nil {
		return false
	}
	path := u.Path
	if path == "" {
		path = "/"
	}
	return p.scheme.MatchString(u.Scheme) && p.path.MatchString(path) &&
		(p.host.MatchString(u.Hostname()) || p.host.MatchString(u.Host))
}
