package localchannel

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/outspoken-go/outspoken/activity"
)

// The attachments of the Connector service: files that an agent gives the
// channel to keep, and reads again.

// serveAddAttachment serves POST …/conversations/{conversation}/attachments.
func (c *Channel) serveAddAttachment(w http.ResponseWriter, r *http.Request) error {
	const op = "upload attachment"
	conv, err := c.find(r.Context(), op, r.PathValue("conversation"))
	if err != nil {
		return err
	}
	var given struct {
		Type      string `json:"type"`
		Name      string `json:"name"`
		Original  []byte `json:"originalBase64"`
		Thumbnail []byte `json:"thumbnailBase64"`
	}
	limit := 2 * c.cfg.MaxUpload // base64 takes four thirds
	body := bytes.NewBuffer(make([]byte, 0, max(512, min(r.ContentLength+512, limit))))
	tooLarge := fault(op, http.StatusRequestEntityTooLarge, codeTooLarge, "the attachment is too large")
	if _, err := body.ReadFrom(http.MaxBytesReader(w, r.Body, limit)); err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return tooLarge
		}
		return bodyError(op, err)
	}
	if err := decodeError(op, json.Unmarshal(body.Bytes(), &given)); err != nil {
		return err
	}
	size := int64(len(given.Original) + len(given.Thumbnail))
	if size > c.cfg.MaxUpload {
		return tooLarge
	}
	f := file{Conversation: conv.id, Name: cleanName(given.Name), Type: cleanType(given.Type), Thumbnail: int64(len(given.Thumbnail))}
	f, err = c.keepFile(r.Context(), op, f, io.MultiReader(bytes.NewReader(given.Original), bytes.NewReader(given.Thumbnail)), size)
	if err != nil {
		return err
	}
	if err := conv.lock(op); err != nil { // deleted meanwhile, with the files it had
		c.discardFile(r.Context(), &entry{file: f, bytes: size})
		return err
	}
	conv.mu.Unlock()
	writeJSON(w, http.StatusCreated, activity.ResourceResponse{ID: f.ID})
	return nil
}

// serveAttachment serves GET attachments/{file}.
func (c *Channel) serveAttachment(w http.ResponseWriter, r *http.Request) error {
	f, err := c.findFile(r, "get attachment")
	if err != nil {
		return err
	}
	type view struct {
		ID   string `json:"viewId"`
		Size int64  `json:"size"`
	}
	views := []view{{"original", f.Size}}
	if f.Thumbnail > 0 {
		views = append(views, view{"thumbnail", f.Thumbnail})
	}
	writeJSON(w, http.StatusOK, map[string]any{"name": f.Name, "type": f.Type, "views": views})
	return nil
}

// serveAttachmentView serves GET attachments/{file}/views/{view}. Agents put
// this address into what they send, so pages read it without credentials.
func (c *Channel) serveAttachmentView(w http.ResponseWriter, r *http.Request) error {
	f, err := c.findFile(r, "get attachment view")
	if err != nil {
		return err
	}
	switch view := r.PathValue("view"); {
	case view == "original":
		c.serveContent(w, r, f, 0, f.Size)
	case view == "thumbnail" && f.Thumbnail > 0:
		f.Type = unknownType // the agent has not said; a picture is recognised
		c.serveContent(w, r, f, f.Size, f.Thumbnail)
	default:
		return fault("get attachment view", http.StatusNotFound, "NotFound", "the attachment has no such view")
	}
	return nil
}
