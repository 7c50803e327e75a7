package server

import (
	"io"
	"net/http"
	"time"
)

// untimed takes the server's ReadTimeout off a request once its body is read:
// [http.Server] ends the context of a request at that time even if only the
// handler is still at work, and a turn that its caller waits for may take long.
func untimed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := &untimedBody{ReadCloser: r.Body, conn: http.NewResponseController(w)}
		if r.ContentLength == 0 {
			body.lift()
		}
		r.Body = body
		next.ServeHTTP(w, r)
	})
}

type untimedBody struct {
	io.ReadCloser
	conn *http.ResponseController
}

func (b *untimedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		b.lift()
	}
	return n, err
}

func (b *untimedBody) lift() {
	_ = b.conn.SetReadDeadline(time.Time{}) // else the timeout stays, and the next read says why
}
