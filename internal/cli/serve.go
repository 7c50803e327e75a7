package cli

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/outspoken-go/outspoken/internal/httpd"
)

// stopTime is how long a stop waits for requests under way before it cuts them
// off.
const stopTime = 5 * time.Second

// serve answers on all listeners until ctx ends or a signal comes; a second
// signal ends the process. When the stop begins it calls onStop, to end what
// the server would wait for.
func serve(ctx context.Context, h http.Handler, onStop func(), listeners ...net.Listener) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	hs := httpd.New(context.WithoutCancel(ctx), h)
	failed := make(chan error, len(listeners))
	var serving sync.WaitGroup
	defer serving.Wait()
	defer hs.Close()
	for _, ln := range listeners {
		serving.Go(func() {
			if err := hs.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
				failed <- err
			}
		})
	}
	select {
	case err := <-failed:
		onStop()
		return err
	case <-ctx.Done():
	}
	stop()
	onStop()
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	_ = hs.Shutdown(late) // who is late is cut off
	return nil
}
