package connector

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/outspoken-go/outspoken/activity"
)

// An AttachmentUpload is a file to keep in a channel's own store.
type AttachmentUpload struct {
	Type      string `json:"type"` // content type
	Name      string `json:"name"`
	Original  []byte `json:"originalBase64"`
	Thumbnail []byte `json:"thumbnailBase64,omitempty"`
}

// An AttachmentInfo describes a file in a channel's own store.
type AttachmentInfo struct {
	Name  string `json:"name"`
	Type  string `json:"type"` // content type
	Views []View `json:"views"`
}

// A View is one form of a file, such as "original" or "thumbnail".
type View struct {
	ID   string `json:"viewId"`
	Size int64  `json:"size"` // bytes
}

// UploadAttachment puts a file into the channel's store, for conversations that
// need to keep their files inside the channel. The id it returns is for
// [Client.Attachment].
func (c *Client) UploadAttachment(ctx context.Context, to activity.Conversation, file AttachmentUpload) (resp activity.ResourceResponse, err error) {
	body, err := json.Marshal(file)
	if err != nil {
		return resp, fmt.Errorf("connector: upload attachment: %w", err)
	}
	r := request{
		op: "upload attachment", method: http.MethodPost, body: body, read: optional(&resp),
		path: []string{"conversations", to.Reference.Conversation.ID, "attachments"},
	}
	err = c.do(ctx, &to, &r)
	return resp, err
}

// Attachment describes a file in the channel's store. Of to only service URL,
// channel and claims count.
func (c *Client) Attachment(ctx context.Context, to activity.Conversation, attachmentID string) (info AttachmentInfo, err error) {
	err = c.get(ctx, &to, "attachment", "", func(body []byte) error { return json.Unmarshal(body, &info) }, "attachments", attachmentID)
	return info, err
}

// AttachmentView returns one view of a file in the channel's store, at most 32
// MiB. A channel that answers with a redirect to another host gets an
// [*activity.Error] with that status: the token does not go there. Of to only
// service URL, channel and claims count.
func (c *Client) AttachmentView(ctx context.Context, to activity.Conversation, attachmentID, viewID string) (file []byte, err error) {
	err = c.do(ctx, &to, &request{
		op: "attachment view", method: http.MethodGet, path: []string{"attachments", attachmentID, "views", viewID},
		file: true, read: func(body []byte) error { file = bytes.Clone(body); return nil },
	})
	return file, err
}
