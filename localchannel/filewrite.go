package localchannel

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/outspoken-go/outspoken/directline"
	"github.com/outspoken-go/outspoken/storage"
)

// keepFile stores a file of at most limit bytes with what content holds, the
// last f.Thumbnail bytes of it being the thumbnail. If that fails nothing is
// left behind. A failure of content is returned as it is.
func (c *Channel) keepFile(ctx context.Context, op string, f file, content io.Reader, limit int64) (file, error) {
	f.ID, f.Created = newID(), time.Now().UTC()
	f.Size, f.Partial = limit, true
	e := &entry{file: f}
	c.files.add(e)
	f, err := c.writeFile(ctx, op, e, content)
	if err != nil {
		c.discardFile(ctx, e)
	}
	return f, err
}

// discardFile deletes what there is of e. Whoever has forgotten e before may
// have done so while more was being written.
func (c *Channel) discardFile(ctx context.Context, e *entry) {
	c.dropWhere(ctx, func(other *entry) bool { return other.ID == e.ID })
	if err := c.deleteFiles(context.WithoutCancel(ctx), e); err != nil {
		_ = c.storeFailed("delete files", e.Conversation, err)
	}
}

// writeFile writes the record, the chunks, and the record as it is in the end,
// so that a crash leaves a record that says what is to be deleted.
func (c *Channel) writeFile(ctx context.Context, op string, e *entry, content io.Reader) (f file, err error) {
	if err := c.makeRoom(ctx, op, e, 0); err != nil {
		return f, err
	}
	if err := c.writeRecord(ctx, e.file); err != nil {
		return f, c.storeFailed(op, e.Conversation, err)
	}
	buffer := make([]byte, chunkSize)
	for n := int64(0); err != io.EOF; n++ {
		var filled int
		filled, err = fill(content, buffer)
		if err != nil && err != io.EOF {
			return f, err
		}
		if filled > 0 {
			if err := c.writeChunk(ctx, op, e, n, buffer[:filled]); err != nil {
				return f, err
			}
		}
	}
	f = e.file
	f.Size, f.Partial = e.bytes-f.Thumbnail, false
	if err := c.writeRecord(ctx, f); err != nil {
		return f, c.storeFailed(op, e.Conversation, err)
	}
	if c.files.has(e) {
		return f, nil
	}
	return f, deletedMeanwhile(op)
}

func (c *Channel) writeChunk(ctx context.Context, op string, e *entry, number int64, data []byte) error {
	if err := c.makeRoom(ctx, op, e, len(data)); err != nil {
		return err
	}
	if err := c.write(ctx, chunkKey(e.ID, number), data); err != nil {
		return c.storeFailed(op, e.Conversation, err)
	}
	return nil
}

// makeRoom counts n more bytes of e and deletes the oldest files if there are
// too many then.
func (c *Channel) makeRoom(ctx context.Context, op string, e *entry, n int) error {
	surplus, ok := c.files.grow(e, n, maxFiles*c.cfg.MaxUpload)
	if !ok {
		return deletedMeanwhile(op)
	}
	if err := c.deleteFiles(ctx, surplus...); err != nil {
		return c.storeFailed(op, e.Conversation, err)
	}
	return nil
}

func (c *Channel) writeRecord(ctx context.Context, f file) error {
	return c.write(ctx, filePrefix+f.ID, f)
}

func (c *Channel) write(ctx context.Context, key string, v any) error {
	value, err := json.Marshal(v)
	if err == nil {
		_, err = c.cfg.Store.Write(ctx, map[string]storage.Item{key: {Value: value}})
	}
	return err
}

func (fs *files) has(e *entry) bool {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	return !e.gone
}

func deletedMeanwhile(op string) error {
	return fault(op, http.StatusServiceUnavailable, directline.CodeServiceError, "the conversation is gone, or there are too many uploads at once; try again")
}

// fill reads until buffer is full or content ends or fails. Unlike io.ReadFull
// it tells an end from a connection that was cut.
func fill(content io.Reader, buffer []byte) (n int, err error) {
	for n < len(buffer) && err == nil {
		var more int
		more, err = content.Read(buffer[n:])
		n += more
	}
	return n, err
}
