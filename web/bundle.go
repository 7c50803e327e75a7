package web

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// A bundle is the file webchat.js of the npm package botframework-webchat.
type bundle struct {
	open   func() (io.ReadSeekCloser, time.Time, error)
	zipped bool
}

// maxBundle is how much of a bundle is looked at, in bytes; one has about 4 MB.
const maxBundle = 64 << 20

// BuiltIn reports whether this program was built with Web Chat in it, with the
// tag webchat.
func BuiltIn() bool { return builtIn != nil }

// openBundle returns nil when there is none.
func openBundle(file string) (*bundle, error) {
	if file == "" {
		if builtIn == nil {
			return nil, nil
		}
		return &bundle{zipped: true, open: func() (io.ReadSeekCloser, time.Time, error) {
			return struct {
				io.ReadSeeker
				io.Closer
			}{bytes.NewReader(builtIn), io.NopCloser(nil)}, time.Time{}, nil
		}}, nil
	}
	b := &bundle{zipped: strings.HasSuffix(file, ".gz"), open: func() (io.ReadSeekCloser, time.Time, error) {
		f, err := os.Open(file)
		if err != nil {
			return nil, time.Time{}, err
		}
		info, err := f.Stat()
		if err != nil {
			f.Close()
			return nil, time.Time{}, err
		}
		return f, info.ModTime(), nil
	}}
	return b, b.check()
}

// entry is what our page calls of the bundle, so every bundle says it.
const entry = "createDirectLine"

// check reads the file, so that a wrong one is found at the start.
func (b *bundle) check() error {
	f, _, err := b.open()
	if err != nil {
		return err
	}
	defer f.Close()
	var plain io.Reader = f
	if b.zipped {
		if plain, err = gzip.NewReader(f); err != nil {
			return err
		}
	}
	script, err := io.ReadAll(io.LimitReader(plain, maxBundle))
	if err == nil && !bytes.Contains(script, []byte(entry)) {
		err = errors.New("it does not define " + entry + ": give webchat.js of the npm package botframework-webchat")
	}
	return err
}

func (b *bundle) serve(w http.ResponseWriter, r *http.Request) {
	f, changed, err := b.open()
	if err != nil {
		http.Error(w, "the Web Chat bundle cannot be read", http.StatusInternalServerError)
		return
	}
	defer f.Close()
	h := w.Header()
	h.Set("Content-Type", types[".js"])
	h.Set("Cache-Control", "no-cache")
	if !b.zipped {
		http.ServeContent(w, r, "", changed, f)
		return
	}
	h.Set("Vary", "Accept-Encoding")
	if takesGzip(r) {
		h.Set("Content-Encoding", "gzip")
		http.ServeContent(w, r, "", changed, f)
		return
	}
	plain, err := gzip.NewReader(f)
	if err != nil {
		http.Error(w, "the Web Chat bundle cannot be read", http.StatusInternalServerError)
		return
	}
	if r.Method != http.MethodHead {
		io.Copy(w, plain) // the browser may leave
	}
}
