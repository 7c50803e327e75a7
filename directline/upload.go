package directline

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"path"

	"github.com/outspoken-go/outspoken/activity"
)

// activityType is the content type of the part that carries the activity.
// (directline 6)
const activityType = "application/vnd.microsoft.activity"

// A File is something to upload.
type File struct {
	Name string // as people see it, such as "photo.jpg"

	// ContentType is the media type. Default: what the name's ending means,
	// or "application/octet-stream".
	ContentType string

	Content []byte
}

// Upload sends files with an activity, whose attachments they become; nil means
// a message without text. Like [Chat.Post] it returns the activity's id after
// the agent has answered. A service refuses what is too large with
// [activity.ErrTooLarge]; the local channel takes 20 MB.
func (c *Chat) Upload(ctx context.Context, a *activity.Activity, files ...File) (id string, err error) {
	if a == nil {
		a = &activity.Activity{Type: activity.TypeMessage}
	}
	r := request{op: "upload", method: http.MethodPost}
	user := cmp.Or(a.From.ID, c.User.ID)
	r.path = c.path("/upload?" + url.Values{"userId": {user}}.Encode())
	if r.body, r.contentType, err = c.form(a, files); err != nil {
		return "", fmt.Errorf("directline: %s: %w", r.op, err)
	}
	return c.send(ctx, r)
}

// form writes the activity, then the files, as DirectLineJS does. (directline 6)
func (c *Chat) form(a *activity.Activity, files []File) (body []byte, contentType string, err error) {
	raw, err := c.encode(a)
	if err != nil {
		return nil, "", err
	}
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part := func(field, name, contentType string, content []byte) {
		w, failed := form.CreatePart(textproto.MIMEHeader{
			"Content-Disposition": {multipart.FileContentDisposition(field, name)},
			"Content-Type":        {contentType},
		})
		if failed == nil {
			_, failed = w.Write(content)
		}
		err = cmp.Or(err, failed)
	}
	part("activity", "blob", activityType, raw)
	for _, f := range files {
		kind := cmp.Or(f.ContentType, mime.TypeByExtension(path.Ext(f.Name)), "application/octet-stream")
		kind, params, wrong := mime.ParseMediaType(kind)
		if wrong != nil {
			return nil, "", fmt.Errorf("%w: the content type of a file is none", activity.ErrInvalid)
		}
		part("file", f.Name, mime.FormatMediaType(kind, params), f.Content) // spelled anew, as it may hold line ends
	}
	err = cmp.Or(err, form.Close())
	return b.Bytes(), form.FormDataContentType(), err
}
