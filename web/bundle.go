package web

import (
	"bytes"
	"compress/gzip"
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

// check reads the file's first byte, so that a wrong name is found at the start.
func (b *bundle) check() error {
	f, _, err := b.open()
	if err != nil {
		return err
	}
	defer f.Close()
	var first io.Reader = f
	if b.zipped {
		if first, err = gzip.NewReader(f); err != nil {
			return err
		}
	}
	_, err = io.ReadFull(first, make([]byte, 1))
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
