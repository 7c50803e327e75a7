package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/outspoken-go/outspoken/server"
	"github.com/spf13/cobra"
)

// A remote is a running server, asked by its HTTP triggers, or the address book
// in a folder, asked the same way within this process.
type remote struct {
	url, path, key string
	data           string // the folder; "" for a server
	client         *http.Client
}

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 64 << 20

func (s *remote) addFlags(cmd *cobra.Command) {
	f := cmd.PersistentFlags()
	f.StringVar(&s.url, "url", "http://"+server.DefaultAddr, "server to ask")
	f.StringVar(&s.path, "path", "/proactive", "path of its triggers")
	f.StringVar(&s.key, "key", "", "key or token of the server (better in OUTSPOKEN_KEY, which others cannot see)")
}

// open checks what was asked for and makes it ready. Call close at the end.
func (s *remote) open(ctx context.Context) (close func() error, err error) {
	if s.data != "" {
		return s.openFolder(ctx)
	}
	if s.key == "" {
		s.key = strings.TrimSpace(os.Getenv("OUTSPOKEN_KEY"))
	}
	u, err := url.Parse(s.url)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, errUsage{fmt.Errorf("--url must be an http or https address, such as http://%s", server.DefaultAddr)}
	case s.key != "" && u.Scheme == "http" && !onThisMachine(u.Host):
		return nil, errUsage{fmt.Errorf("--url %s: a key is shown to other machines over https only", s.url)}
	}
	s.url = strings.TrimSuffix(s.url, "/")
	transport := http.DefaultTransport.(*http.Transport).Clone()
	s.client = &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // the key is for this server
	}}
	return func() error { transport.CloseIdleConnections(); return nil }, nil
}

// A reply is a server's answer to what it did.
type reply struct {
	header http.Header
	body   []byte
}

// call asks for a route, given by its segments, and returns an answer that is a
// success. A body, unless it is nil, is sent as JSON.
func (s *remote) call(ctx context.Context, method string, route []string, query url.Values, body any) (reply, error) {
	address := s.url + "/" + strings.Trim(s.path, "/")
	for _, segment := range route {
		address += "/" + escape(segment)
	}
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	var send io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return reply{}, err
		}
		send = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, address, send)
	if err != nil {
		return reply{}, errUsage{fmt.Errorf("--url or --path: %w", err)}
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if s.key != "" {
		req.Header.Set("Authorization", "Bearer "+s.key)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return reply{}, s.unreached(ctx, err)
	}
	defer resp.Body.Close()
	got := reply{header: resp.Header}
	if got.body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer)); err != nil {
		return reply{}, s.unreached(ctx, err)
	}
	if resp.StatusCode/100 != 2 {
		return reply{}, s.refusal(resp, got.body)
	}
	return got, nil
}

// escape writes a segment of a path so that nothing on the way takes it for
// more than one, or for a step up.
func escape(segment string) string {
	if strings.Trim(segment, ".") == "" {
		return strings.ReplaceAll(segment, ".", "%2E")
	}
	return url.PathEscape(segment)
}

// decode reads an answer.
func (s *remote) decode(got reply, into any) error {
	if err := json.Unmarshal(got.body, into); err != nil {
		return fmt.Errorf("%s answers something else than triggers of outspoken do; see --url and --path", s.url)
	}
	return nil
}

// unreached says that no answer came.
func (s *remote) unreached(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errors.New("interrupted; what was asked for may have happened")
	}
	if failed, ok := errors.AsType[*url.Error](err); ok {
		err = failed.Err // without the address, which is named here
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return fmt.Errorf("nobody answers at %s (%w); start an agent there, such as with outspoken demo, or name another server with --url", s.url, op.Err)
	}
	return fmt.Errorf("no answer of %s: %w; what was asked for may have happened, so look before you repeat it", s.url, err)
}

// interruptible is the context of a command, which a signal ends.
func interruptible(cmd *cobra.Command) (context.Context, context.CancelFunc) {
	return signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
}

// ask runs what a command does with the server, between open and close.
func (s *remote) ask(cmd *cobra.Command, do func(ctx context.Context) error) (err error) {
	ctx, stop := interruptible(cmd)
	defer stop()
	done, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	return do(ctx)
}

// printJSON writes one line.
func printJSON(out io.Writer, v any) error {
	raw, err := json.Marshal(v)
	if err == nil {
		_, err = fmt.Fprintln(out, harmlessJSON(raw))
	}
	return err
}
