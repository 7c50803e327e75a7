package connector

import (
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Waits between attempts double from first to longest; each is drawn at random
// from zero to that, so that many callers do not come back at once.
const (
	firstWait   = 250 * time.Millisecond
	longestWait = 8 * time.Second
)

// repeatable reports whether a request that was answered with status may be
// made again. 502 and 504 come from a gateway that does not know whether the
// message went through, so only a request that is harmless to repeat is.
func repeatable(method string, status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusPreconditionFailed:
		return true
	case http.StatusBadGateway, http.StatusGatewayTimeout:
		return harmless(method)
	}
	return false
}

// unknown reports whether a request that was answered with status may have
// taken effect in a way that repeating would double. Who answers 503 did not
// begin; any other 5xx may come after the message went through.
func unknown(method string, status int) bool {
	return !harmless(method) && status >= 500 && status != http.StatusServiceUnavailable
}

// harmless reports whether doing a request twice equals doing it once.
func harmless(method string) bool { return method != http.MethodPost }

// hopeless reports whether a connection will not come about by trying again:
// the host does not exist or shows a wrong certificate.
func hopeless(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	dns, ok := errors.AsType[*net.DNSError](err)
	return ok && dns.IsNotFound
}

// dialFailed reports whether err arose before there was a connection.
func dialFailed(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial" || hopeless(err)
}

// longest is the upper bound of the wait after the attempt with number n,
// counted from 0.
func longest(n int) time.Duration {
	return min(firstWait<<min(n, 10), longestWait)
}

// pause is how long to wait after attempt n, whose answer asked for at least
// asked.
func pause(n int, asked time.Duration) time.Duration {
	return max(rand.N(longest(n)), asked)
}

// retryAfter reads the Retry-After header, in seconds or as a date; zero when
// there is none, it has passed or cannot be read. (RFC 9110, 10.2.3)
func retryAfter(value string, now time.Time) time.Duration {
	if value == "" {
		return 0
	}
	if seconds, err := strconv.ParseUint(value, 10, 32); err == nil {
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return max(at.Sub(now), 0)
}
