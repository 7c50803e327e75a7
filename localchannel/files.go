package localchannel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/outspoken-go/outspoken/storage"
)

// Files are stored in chunks, so that none is in memory as a whole.
const (
	filePrefix  = "localchannel/files/"
	chunkPrefix = "localchannel/chunks/"
	chunkSize   = 192 << 10 // 256 KB in base64

	fileCost = 4 << 10 // what a file counts beside its bytes, so that empty ones are bounded too
	maxFiles = 10      // times Config.MaxUpload, for all files together
)

// A file is what is stored of a file beside its chunks.
type file struct {
	ID           string    `json:"id"` // whoever knows it may read the file
	Conversation string    `json:"conversation"`
	Name         string    `json:"name"`
	Type         string    `json:"type"`                // content type
	Size         int64     `json:"size"`                // bytes; while Partial, how many it may become
	Thumbnail    int64     `json:"thumbnail,omitempty"` // bytes that follow those of the file
	Created      time.Time `json:"created"`
	Partial      bool      `json:"partial,omitempty"` // being written, or left behind by a crash
}

// keys are those of a file of so many bytes.
func (f file) keys(bytes int64) []string {
	keys := []string{filePrefix + f.ID}
	for n := int64(0); n*chunkSize < bytes; n++ {
		keys = append(keys, chunkKey(f.ID, n))
	}
	return keys
}

func chunkKey(id string, n int64) string { return fmt.Sprintf("%s%s/%06d", chunkPrefix, id, n) }

// files counts what is kept, the oldest first.
type files struct {
	mu    sync.Mutex
	kept  []*entry
	bytes int64
}

type entry struct {
	file
	bytes int64 // stored so far
	gone  bool  // deleted, maybe while it is being written
}

// grow counts n more bytes of e and returns what has to go instead: the oldest.
// It returns false when e itself has gone.
func (fs *files) grow(e *entry, n int, limit int64) (surplus []*entry, ok bool) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if e.gone {
		return nil, false
	}
	e.bytes += int64(n)
	fs.bytes += int64(n)
	over := fs.bytes - limit
	if over <= 0 {
		return nil, true
	}
	return fs.remove(func(old *entry) bool {
		if over <= 0 || old == e {
			return false
		}
		over -= old.bytes + fileCost
		return true
	}), true
}

// remove forgets the files for which which says so. fs.mu is held.
func (fs *files) remove(which func(*entry) bool) (removed []*entry) {
	fs.kept = slices.DeleteFunc(fs.kept, func(e *entry) bool {
		if !which(e) {
			return false
		}
		e.gone = true
		fs.bytes -= e.bytes + fileCost
		removed = append(removed, e)
		return true
	})
	return removed
}

func (fs *files) add(e *entry) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.kept = append(fs.kept, e)
	fs.bytes += e.bytes + fileCost
}

// loadFiles counts the files in the store and deletes those that a crash left
// behind.
func (c *Channel) loadFiles(ctx context.Context) error {
	for stored, err := range storage.All(ctx, c.cfg.Store, filePrefix) {
		if errors.Is(err, storage.ErrNotSupported) {
			return nil
		}
		if err != nil {
			return err
		}
		var f file
		if err := json.Unmarshal(stored.Value, &f); err != nil {
			return fmt.Errorf("%s: %w", stored.Key, err)
		}
		e := &entry{file: f, bytes: f.Size + f.Thumbnail}
		if f.Partial {
			if err := c.deleteFiles(ctx, e); err != nil {
				return err
			}
			continue
		}
		c.files.add(e)
	}
	slices.SortFunc(c.files.kept, func(a, b *entry) int { return a.Created.Compare(b.Created) })
	return nil
}

// dropFiles deletes the files of a conversation.
func (c *Channel) dropFiles(ctx context.Context, conversation string) {
	c.dropWhere(ctx, func(e *entry) bool { return e.Conversation == conversation })
}

func (c *Channel) dropWhere(ctx context.Context, which func(*entry) bool) {
	c.files.mu.Lock()
	removed := c.files.remove(which)
	c.files.mu.Unlock()
	if err := c.deleteFiles(context.WithoutCancel(ctx), removed...); err != nil {
		_ = c.storeFailed("delete files", "", err) // logs it; they are counted again after a restart
	}
}

// deleteFiles deletes files that are counted no more.
func (c *Channel) deleteFiles(ctx context.Context, gone ...*entry) error {
	var keys []string
	for _, e := range gone {
		keys = append(keys, e.keys(e.bytes)...)
	}
	if len(keys) == 0 {
		return nil
	}
	return c.cfg.Store.Delete(ctx, keys...)
}
