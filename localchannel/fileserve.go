package localchannel

import (
	"context"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/outspoken-go/outspoken/storage"
)

// fileURL is where pages and agents read a file. Who knows it may.
func (c *Channel) fileURL(f file) string {
	return strings.TrimRight(c.cfg.BaseURL, "/") + "/files/" + f.ID + "/" + url.PathEscape(f.Name)
}

// findFile returns the file that the request names.
func (c *Channel) findFile(r *http.Request, op string) (file, error) {
	notFound := fault(op, http.StatusNotFound, "NotFound", "there is no such file, or no longer")
	id := r.PathValue("file")
	if !validID(id) {
		return file{}, notFound
	}
	items, err := c.cfg.Store.Read(r.Context(), filePrefix+id)
	if err != nil {
		return file{}, c.storeFailed(op, "", err)
	}
	var f file
	if json.Unmarshal(items[filePrefix+id].Value, &f) != nil || f.Partial {
		return file{}, notFound
	}
	return f, nil
}

// serveFile serves GET /files/{file}/{name}. Any page may read it that has been
// told the address.
func (c *Channel) serveFile(w http.ResponseWriter, r *http.Request) error {
	f, err := c.findFile(r, "get file")
	if err != nil {
		return err
	}
	w.Header().Set("Access-Control-Allow-Origin", "*")
	c.serveContent(w, r, f, 0, f.Size)
	return nil
}

func preflightFile(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS")
	w.Header().Set("Access-Control-Allow-Headers", "Range, Authorization, x-ms-bot-agent, x-requested-with")
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// serveContent serves size bytes of f from offset. Nothing of it runs as part
// of a page: what could is downloaded, and the rest in a sandbox.
func (c *Channel) serveContent(w http.ResponseWriter, r *http.Request, f file, offset, size int64) {
	chunks := &chunks{ctx: r.Context(), store: c.cfg.Store, file: f, current: -1}
	content := io.NewSectionReader(chunks, offset, size)
	if f.Type == unknownType {
		start := make([]byte, 512)
		n, _ := content.ReadAt(start, 0)
		f.Type = http.DetectContentType(start[:n])
	}
	h := w.Header()
	disposition, contentType := "attachment", f.Type
	if t, ok := inline(f.Type); ok {
		disposition, contentType = "inline", t
	}
	h.Set("Content-Type", contentType)
	h.Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": f.Name}))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cache-Control", "private, max-age=3600")
	h.Set("ETag", `"`+f.ID+`"`)
	http.ServeContent(w, r, "", f.Created, content)
}

// inline returns the content type with which a file may be shown as it is:
// pictures of dots, sound, films and plain text.
func inline(contentType string) (string, bool) {
	t, _, err := mime.ParseMediaType(contentType)
	switch {
	case err != nil:
		return "", false
	case t == "text/plain":
		return "text/plain; charset=utf-8", true
	case t == "image/png", t == "image/jpeg", t == "image/gif", t == "image/webp", t == "image/bmp", t == "image/avif",
		strings.HasPrefix(t, "audio/"), strings.HasPrefix(t, "video/"):
		return t, true
	}
	return "", false
}

// chunks reads a file for the one request whose context it has.
type chunks struct {
	ctx     context.Context
	store   storage.Store
	file    file
	current int64 // number of the chunk in data; -1: none
	data    []byte
}

// ReadAt implements [io.ReaderAt]. It must not be called concurrently.
func (f *chunks) ReadAt(p []byte, offset int64) (n int, err error) {
	for n < len(p) {
		data, err := f.chunk(offset / chunkSize)
		if err != nil {
			return n, err
		}
		from := min(offset%chunkSize, int64(len(data)))
		copied := copy(p[n:], data[from:])
		if copied == 0 {
			return n, io.EOF
		}
		n, offset = n+copied, offset+int64(copied)
	}
	return n, nil
}

func (f *chunks) chunk(number int64) ([]byte, error) {
	if number == f.current {
		return f.data, nil
	}
	key := chunkKey(f.file.ID, number)
	items, err := f.store.Read(f.ctx, key)
	if err != nil {
		return nil, err
	}
	item, ok := items[key]
	if !ok {
		return nil, io.EOF // deleted meanwhile
	}
	f.data = f.data[:0]
	if err := json.Unmarshal(item.Value, &f.data); err != nil {
		return nil, err
	}
	f.current = number
	return f.data, nil
}
