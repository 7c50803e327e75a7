package server

import (
	"context"
	"errors"

	"github.com/outspoken-go/outspoken/background"
)

// Background is the queue for work that goes on after a turn. Its tasks are
// cancelled when the server stops, after the turns have ended, and have the
// queue's grace to end; the log says which did not finish.
func (s *Server) Background() *background.Queue { return s.background }

// stopBackground ends the queue. Who gave up when told to is no failure of the
// stop, but what is still running is.
func (s *Server) stopBackground(ctx context.Context) error {
	err := s.background.Shutdown(ctx)
	unfinished, ok := errors.AsType[*background.UnfinishedError](err)
	if !ok {
		return err
	}
	s.cfg.Logger.WarnContext(ctx, "background work was not finished",
		"never ran", unfinished.Waiting, "gave up", unfinished.Stopped, "still running", unfinished.Running)
	if len(unfinished.Running) == 0 {
		return nil
	}
	return err
}
