package showcase

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// maxFile is the most that is read of one file, in bytes.
const maxFile = 32 << 20

func hasFiles(t *agent.Turn) bool {
	return t.Activity.Is(activity.TypeMessage) && len(received(t)) > 0
}

// files names what was received.
func files(ctx context.Context, t *agent.Turn) error {
	var parts []string
	for _, f := range received(t) {
		content, err := fetch(ctx, f.ContentURL, t.Activity.ServiceURL)
		if err != nil {
			return fmt.Errorf("showcase: read the file %q: %w", f.Name, err)
		}
		sum := sha256.Sum256(content)
		parts = append(parts, fmt.Sprintf("%s %s %d %x", f.Name, f.ContentType, len(content), sum[:6]))
	}
	text := fmt.Sprintf("Received %d attachment(s): %s", len(parts), strings.Join(parts, "; "))
	if t.Activity.Text != "" {
		text += " with text " + t.Activity.Text
	}
	return t.SendText(ctx, text)
}

// received are the attachments that are files rather than cards or markup.
func received(t *agent.Turn) []activity.Attachment {
	var files []activity.Attachment
	for _, f := range t.Activity.Attachments {
		if f.ContentURL != "" {
			files = append(files, f)
		}
	}
	return files
}

var errForeign = errors.New("it is neither inline nor on the channel's own host")

// fetch reads a data URL, or a URL on the host of the channel. Others are
// refused: whoever writes to the agent must not choose what it connects to.
// Channels elsewhere serve files to callers with a token only, which is more
// than this agent shows, so it stays on its own machine.
func fetch(ctx context.Context, address, serviceURL string) ([]byte, error) {
	if data, ok := strings.CutPrefix(address, "data:"); ok {
		return inline(data)
	}
	file, err := url.Parse(address)
	if err != nil {
		return nil, errForeign // the error of Parse would repeat the address, which may hold a key
	}
	channel, err := url.Parse(serviceURL)
	if err != nil || file.Scheme != channel.Scheme || file.Host != channel.Host || file.User != nil || !loopback(file.Hostname()) {
		return nil, errForeign
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, errForeign
	}
	resp, err := local.Do(req)
	if failed, ok := errors.AsType[*url.Error](err); ok {
		err = failed.Err // without the address
	}
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the channel answered %s", resp.Status)
	}
	content, err := io.ReadAll(io.LimitReader(resp.Body, maxFile+1))
	if err == nil && len(content) > maxFile {
		err = fmt.Errorf("it is larger than %d bytes", maxFile)
	}
	return content, err
}

// inline reads what follows "data:". (RFC 2397)
func inline(data string) ([]byte, error) {
	kind, body, ok := strings.Cut(data, ",")
	if !ok {
		return nil, errors.New("the data URL has no comma")
	}
	body, err := url.PathUnescape(body)
	if err != nil {
		return nil, errors.New("the data URL is not escaped as it should be")
	}
	if strings.HasSuffix(strings.ToLower(kind), ";base64") {
		return base64.StdEncoding.DecodeString(body)
	}
	return []byte(body), nil
}

// local asks this machine and nobody else: no proxy, no redirect.
var local = &http.Client{
	Transport:     &http.Transport{},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
