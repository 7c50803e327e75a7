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
func fetch(ctx context.Context, address, serviceURL string) ([]byte, error) {
	if data, ok := strings.CutPrefix(address, "data:"); ok {
		head, body, ok := strings.Cut(data, ",")
		if !ok || !strings.HasSuffix(head, ";base64") {
			return nil, errors.New("the data URL is not base64")
		}
		return base64.StdEncoding.DecodeString(body)
	}
	file, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	channel, err := url.Parse(serviceURL)
	if err != nil || file.Scheme != channel.Scheme || file.Host != channel.Host || !loopback(file.Hostname()) {
		return nil, errForeign
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	resp, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(req)
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

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
