package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

var errLocked = errors.New("locked")

// lockFolder makes a folder and keeps it for this process, until the lock is
// closed or the process ends, however it ends: a local channel numbers the
// activities of its conversations alone.
func lockFolder(dir string) (io.Closer, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w; choose another with --data", err)
	}
	lock, err := lockFile(filepath.Join(dir, "outspoken.lock"))
	switch {
	case errors.Is(err, errLocked):
		return nil, fmt.Errorf("another outspoken works with the data in %s; end it, or choose another folder with --data", dir)
	case err != nil:
		return nil, fmt.Errorf("data folder: %w; choose another with --data", err)
	}
	return lock, nil
}
