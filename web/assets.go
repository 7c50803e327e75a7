package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"io/fs"
	"path"
)

//go:embed chat playground webchat/*.html webchat/*.js webchat/*.css
var files embed.FS

// types are spelled out: [mime.TypeByExtension] depends on the machine.
var types = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
	".json": "application/json",
}

// An asset is a file in memory, in two forms.
type asset struct {
	contentType, etag string
	body, zipped      []byte
}

func newAsset(name string, body []byte) asset {
	var zipped bytes.Buffer
	w, _ := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	w.Write(body) // to memory, which does not fail
	w.Close()
	sum := sha256.Sum256(body)
	return asset{
		contentType: types[path.Ext(name)],
		etag:        base64.RawURLEncoding.EncodeToString(sum[:12]),
		body:        body,
		zipped:      zipped.Bytes(),
	}
}

// pages are the files that have an address of their own.
var pages = map[string]string{
	"chat/index.html":       "/",
	"playground/index.html": "/playground/",
	"webchat/index.html":    "/webchat",
}

// load returns the files by the path of their address.
func load() map[string]asset {
	assets := map[string]asset{}
	err := fs.WalkDir(files, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		body, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		at, ok := pages[name]
		if !ok {
			at = "/" + name
		}
		assets[at] = newAsset(name, body)
		return nil
	})
	if err != nil {
		panic("web: " + err.Error()) // the files are part of the program
	}
	return assets
}
