package localchannel

import (
	"cmp"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
)

const (
	maxParts      = 50
	maxAround     = 2 << 20 // bytes of an upload that are no file: the activity, headers
	activityType  = "application/vnd.microsoft.activity"
	multipartForm = "multipart/form-data"
)

var errUploadTooLarge = errors.New("the upload is too large")

// An upload is what a client sends: files, and what it says with them.
type upload struct {
	channel      *Channel
	op           string
	conversation string
	left         int64 // bytes that the files may still have
	said         *activity.Activity
	files        []file
}

// upload serves POST …/conversations/{conversation}/upload: one file as it is,
// or a form with files and an activity. (directline 6)
func (c *Channel) upload(w http.ResponseWriter, r *http.Request) error {
	const op = "upload"
	cl, conv, err := c.open(r, op)
	if err != nil {
		return err
	}
	u := &upload{channel: c, op: op, conversation: conv.id, left: c.cfg.MaxUpload}
	if err = u.read(r); err != nil {
		u.discard(r.Context())
		return u.failed(r, err)
	}
	a := u.activity(r.URL.Query().Get("userId"))
	said, err := c.say(r.Context(), op, cl, conv, a)
	if said.ActivityID == "" {
		u.discard(r.Context())
	}
	return answer(w, http.StatusOK, said.posted(a), err)
}

func (u *upload) read(r *http.Request) error {
	whole := u.left + maxAround
	if r.ContentLength > whole {
		return errUploadTooLarge
	}
	body := &limited{r.Body, &whole}
	contentType, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || contentType != multipartForm {
		disposition := r.Header.Get("Content-Disposition")
		if r.ContentLength == 0 && disposition == "" {
			return badSyntax(u.op, "send a file, or a form with files")
		}
		return u.keep(r.Context(), disposition, r.Header.Get("Content-Type"), body)
	}
	if params["boundary"] == "" {
		return badSyntax(u.op, "the Content-Type lacks the boundary of the parts")
	}
	form := multipart.NewReader(body, params["boundary"])
	for n := 0; ; n++ {
		part, err := form.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if n == maxParts {
			return fault(u.op, http.StatusBadRequest, directline.CodeBadArgument, "an upload has at most 50 parts")
		}
		if err := u.part(r.Context(), part); err != nil {
			return err
		}
	}
	if u.said == nil && len(u.files) == 0 {
		return badSyntax(u.op, "the form has no parts")
	}
	return nil
}

func (u *upload) part(ctx context.Context, part *multipart.Part) error {
	contentType := part.Header.Get("Content-Type")
	if t, _, _ := strings.Cut(contentType, ";"); !strings.EqualFold(strings.TrimSpace(t), activityType) {
		return u.keep(ctx, part.Header.Get("Content-Disposition"), contentType, part)
	}
	if u.said != nil {
		return badSyntax(u.op, "an upload has one activity")
	}
	size := int64(4 * maxChars)
	body, err := io.ReadAll(&limited{part, &size})
	if err != nil {
		return err
	}
	u.said, err = activity.Decode(body)
	return decodeError(u.op, err)
}

func (u *upload) keep(ctx context.Context, disposition, contentType string, content io.Reader) error {
	f := file{Conversation: u.conversation, Name: fileName(disposition), Type: cleanType(contentType)}
	f, err := u.channel.keepFile(ctx, u.op, f, &limited{content, &u.left}, u.left)
	if err == nil {
		u.files = append(u.files, f)
	}
	return err
}

// activity is what the client says, with the files. Clients list these already,
// without an address, so names decide which is which. (directline 6)
func (u *upload) activity(userID string) *activity.Activity {
	a := u.said
	if a == nil {
		a = new(activity.Activity)
	}
	a.Type = cmp.Or(a.Type, activity.TypeMessage)
	a.From.ID = cmp.Or(a.From.ID, userID)
	for _, f := range u.files {
		i := slices.IndexFunc(a.Attachments, func(att activity.Attachment) bool {
			return att.ContentURL == "" && att.Content == nil && cleanName(att.Name) == f.Name
		})
		if i < 0 {
			i = len(a.Attachments)
			a.Attachments = append(a.Attachments, activity.Attachment{ContentType: f.Type})
		}
		att := &a.Attachments[i]
		att.Name, att.ContentURL, att.ContentType = f.Name, u.channel.fileURL(f), cmp.Or(att.ContentType, f.Type)
	}
	return a
}

func (u *upload) discard(ctx context.Context) {
	for _, f := range u.files {
		u.channel.discardFile(ctx, &entry{file: f, bytes: f.Size})
	}
}

// failed is the answer to an upload that could not be read. What a client still
// sends is read before it is told that it is too much, within limits: browsers
// do not look at an answer before they have sent all.
func (u *upload) failed(r *http.Request, err error) error {
	if _, ok := errors.AsType[*activity.Error](err); ok {
		return err
	}
	if !errors.Is(err, errUploadTooLarge) {
		return badSyntax(u.op, "the upload ended early, or is not the form that it says it is")
	}
	if r.Header.Get("Expect") == "" {
		_, _ = io.CopyN(io.Discard, r.Body, 4*u.channel.cfg.MaxUpload)
	}
	return fault(u.op, http.StatusRequestEntityTooLarge, codeTooLarge, "the upload is too large; send less, or a link")
}

// limited reads from Reader as long as left allows, then fails.
type limited struct {
	io.Reader
	left *int64
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.Reader.Read(p)
	if *l.left -= int64(n); *l.left < 0 {
		return 0, errUploadTooLarge
	}
	return n, err
}
