package localchannel_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/directline"
	"github.com/outspoken-go/outspoken/localchannel"
	"github.com/outspoken-go/outspoken/storage"
)

func TestUpload(t *testing.T) {
	f := serve(t)
	conv := f.start(withAnna)
	said := func(json string) part { return part{"x", "blob", "application/vnd.microsoft.activity", json} }
	png, txt := part{"file", "cat.png", "image/png", "PNG"}, part{"file", "Übung.txt", "text/plain", "text"}
	tests := []struct {
		name  string
		parts []part
		text  string
		want  []string // name and content type
	}{
		{"files only", []part{png, txt}, "", []string{"cat.png image/png", "Übung.txt text/plain"}},
		{"activity first", []part{said(`{"type":"message","text":"look","from":{"id":"anna"}}`), png}, "look", []string{"cat.png image/png"}},
		{"activity last", []part{png, said(`{"type":"message","text":"look"}`)}, "look", []string{"cat.png image/png"}},
		{"activity without type", []part{said(`{"text":"look"}`), png}, "look", []string{"cat.png image/png"}},
		{"activity only", []part{said(`{"type":"message","text":"no file"}`)}, "no file", nil},
		{"files that are listed already", []part{said(`{"type":"message","attachments":[
			{"name":"Übung.txt","contentType":"text/x"},{"name":"cat.png","contentType":"image/png","thumbnailUrl":"data:x"},{"contentType":"y","content":{}}]}`), png, txt},
			"", []string{"Übung.txt text/x", "cat.png image/png", " y"}},
		{"the same name twice", []part{said(`{"type":"message","attachments":[{"name":"cat.png"},{"name":"cat.png"}]}`), png, png}, "", []string{"cat.png image/png", "cat.png image/png"}},
		{"quotes in the name", []part{said(`{"type":"message","attachments":[{"name":"a\"b.png"}]}`), {"file", "a%22b.png", "image/png", "1"}}, "", []string{`a"b.png image/png`}},
		{"a way out", []part{{"file", "../../x", "text/plain", "1"}}, "", []string{"x text/plain"}},
		{"no content type", []part{{"file", "a.bin", "", "1"}}, "", []string{"a.bin application/octet-stream"}},
		{"no name", []part{{"file", "", "image/png", "1"}}, "", []string{"file image/png"}},
		{"an empty file", []part{{"file", "empty.txt", "text/plain", ""}}, "", []string{"empty.txt text/plain"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			body, contentType := multipartForm(t, tt.parts...)
			var posted activity.ResourceResponse
			f.want(200, "POST", base+"/"+conv.ID+"/upload?userId=anna", body, &posted, "Content-Type", contentType)
			set := f.history(conv.ID, "")
			got := set.Activities[len(set.Activities)-1]
			var list []string
			for _, att := range got.Attachments {
				list = append(list, att.Name+" "+att.ContentType)
				if att.ContentURL == "" && att.Content == nil {
					t.Errorf("%s has no address", att.Name)
				}
			}
			if got.ID != posted.ID || got.Text != tt.text || got.From.ID != "anna" || strings.Join(list, "\n") != strings.Join(tt.want, "\n") {
				t.Errorf("%s %q from %s with %q, want %s %q with %q", got.ID, got.Text, got.From.ID, list, posted.ID, tt.text, tt.want)
			}
		})
	}
	if got := f.agent.received(t, 1+len(tests)); len(got[len(tests)].Attachments) != 1 || got[1].Attachments[0].ContentURL == "" {
		t.Errorf("the agent got %+v", got[1].Attachments)
	}
}

func TestUploadOfOneFile(t *testing.T) {
	f := serve(t)
	conv := f.start(withAnna)
	for disposition, want := range map[string]string{
		`name="file"; filename="x.jpg"`:                  "x.jpg", // as the documents have it
		`form-data; name="file"; filename="x.jpg"`:       "x.jpg",
		`attachment; filename=x.jpg`:                     "x.jpg",
		`attachment; filename*=UTF-8''%C3%9Cbung.jpg`:    "Übung.jpg",
		`filename=my photo.jpg; size=3`:                  "my photo.jpg",
		`form-data; filename="..\..\windows\x.jpg"`:      "x.jpg",
		`form-data; filename="` + "x\u202ejpg.exe" + `"`: "xjpg.exe",
		`form-data; filename=".."`:                       "file",
		``:                                               "file",
	} {
		f.want(200, "POST", base+"/"+conv.ID+"/upload?userId=anna", "JPEG", nil, "Content-Type", "image/jpeg", "Content-Disposition", disposition)
		att := f.attachments(conv.ID)[0]
		if att.Name != want || att.ContentType != "image/jpeg" {
			t.Errorf("%s is kept as %q, %s; want %q", disposition, att.Name, att.ContentType, want)
		}
		if content, _ := fetch(t, "GET", att.ContentURL); content != "JPEG" {
			t.Errorf("%s reads %q", disposition, content)
		}
	}
}

// What fails says why, in time, and leaves nothing behind.
func TestBadUploads(t *testing.T) {
	store := storage.NewMemory()
	f := serve(t, func(cfg *localchannel.Config) { cfg.Store, cfg.MaxUpload = store, 500_000 })
	conv := f.start(withAnna)
	f.agent.received(t, 1)
	form := func(parts ...part) string { body, _ := multipartForm(t, parts...); return body }
	file := part{"file", "x", "text/plain", strings.Repeat("x", 300_000)}
	activityPart := part{"activity", "blob", "application/vnd.microsoft.activity", `{"type":"message"}`}
	broken := activityPart
	broken.content = `{"type":`
	tests := []struct {
		name, contentType, body, query string
		want                           int
		code                           string
	}{
		{"two files too large together", "", form(file, file), "?userId=u", 413, "MessageSizeTooBig"},
		{"one file too large", "image/png", strings.Repeat("x", 500_001), "?userId=u", 413, "MessageSizeTooBig"},
		{"far too large", "image/png", strings.Repeat("x", 5_000_000), "?userId=u", 413, "MessageSizeTooBig"},
		{"an activity too large", "", form(part{"a", "b", activityPart.contentType, `{"type":"message","text":"` + strings.Repeat("x", 300<<10) + `"}`}, file), "?userId=u", 413, "MessageSizeTooBig"},
		{"the activity is not JSON", "", form(file, broken), "?userId=u", 400, "BadSyntax"},
		{"two activities", "", form(activityPart, file, activityPart), "?userId=u", 400, "BadSyntax"},
		{"nobody", "", form(file), "", 400, "MissingProperty"},
		{"cut off", "", form(file)[:200_000], "?userId=u", 400, "BadSyntax"},
		{"no last boundary", "", strings.TrimSuffix(form(file), "------form--\r\n"), "?userId=u", 400, "BadSyntax"},
		{"no parts", "", "------form--\r\n", "?userId=u", 400, "BadSyntax"},
		{"no boundary", "multipart/form-data", form(file), "?userId=u", 400, "BadSyntax"},
		{"nothing", "image/png", "", "?userId=u", 400, "BadSyntax"},
		{"too many parts", "", form(make([]part, 51)...), "?userId=u", 400, "BadArgument"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.contentType == "" {
				_, tt.contentType = multipartForm(t)
			}
			var failed directline.ErrorResponse
			got := f.do("POST", base+"/"+conv.ID+"/upload"+tt.query, tt.body, &failed, "Content-Type", tt.contentType)
			if got != tt.want || failed.Error.Code != tt.code {
				t.Errorf("answers %d %+v, want %d %s", got, failed.Error, tt.want, tt.code)
			}
			if n, m := stored(t, store, "files/"), stored(t, store, "chunks/"); n+m != 0 {
				t.Errorf("%d files and %d chunks are left behind", n, m)
			}
		})
	}
	f.agent.received(t, 1)
	if n := len(f.history(conv.ID, "").Activities); n != 0 {
		t.Errorf("%d activities in the history", n)
	}
}

// The client hangs up in the middle.
func TestUploadCutOff(t *testing.T) {
	store := storage.NewMemory()
	f := serve(t, func(cfg *localchannel.Config) { cfg.Store = store })
	conv := f.start(withAnna)
	ctx, hangUp := context.WithCancel(t.Context())
	body := io.MultiReader(strings.NewReader(strings.Repeat("x", 1<<20)), readFunc(func([]byte) (int, error) {
		eventually(t, "some of it is stored", func() bool { return stored(t, store, "chunks/") > 0 })
		hangUp()
		return 0, errors.New("gone")
	}))
	req, _ := http.NewRequestWithContext(ctx, "POST", f.server.URL+base+"/"+conv.ID+"/upload?userId=anna", body)
	if _, err := f.server.Client().Do(req); err == nil {
		t.Error("the upload was answered")
	}
	eventually(t, "nothing is left", func() bool { return stored(t, store, "files/")+stored(t, store, "chunks/") == 0 })
}

type readFunc func([]byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

// An upload that the agent does not take is part of the conversation all the
// same, as a message would be.
func TestUploadStaysWhenTheAgentFails(t *testing.T) {
	f := serve(t)
	conv := f.start(withAnna)
	f.agent.received(t, 1)
	f.agent.setAnswer(status(500))
	f.want(502, "POST", base+"/"+conv.ID+"/upload?userId=anna", "PNG", nil, "Content-Type", "image/png")
	if got, _ := fetch(t, "GET", f.attachments(conv.ID)[0].ContentURL); got != "PNG" {
		t.Errorf("the file reads %q", got)
	}
}

// A large upload is never in memory as a whole, but for the store's own copy.
func TestUploadStreams(t *testing.T) {
	store := &devNull{Memory: storage.NewMemory()}
	f := serve(t, func(cfg *localchannel.Config) { cfg.Store = store })
	conv := f.start(withAnna)
	const size = 19 << 20
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var most atomic.Uint64
	pattern := bytes.Repeat([]byte("0123456789abcdef"), 4096)
	sent := 0
	body := readFunc(func(p []byte) (int, error) {
		if sent >= size {
			return 0, io.EOF
		}
		n := copy(p, pattern[sent%len(pattern):])
		if sent += n; sent%(2<<20) < n {
			runtime.GC()
			runtime.ReadMemStats(&after)
			most.Store(max(most.Load(), after.HeapAlloc))
		}
		return n, nil
	})
	req, _ := http.NewRequest("POST", f.server.URL+base+"/"+conv.ID+"/upload?userId=anna", body)
	resp, err := f.server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 200 {
		t.Fatalf("answered %d", resp.StatusCode)
	}
	if grown := int64(most.Load()) - int64(before.HeapAlloc); grown > 8<<20 {
		t.Errorf("%d MB in memory at once", grown>>20)
	}
	if n := store.chunks.Load(); n < 19<<20/(192<<10) {
		t.Errorf("%d chunks were written", n)
	}
}

// devNull counts chunks and keeps none.
type devNull struct {
	*storage.Memory
	chunks atomic.Int64
}

func (s *devNull) Write(ctx context.Context, items map[string]storage.Item) (map[string]string, error) {
	for key := range items {
		if strings.HasPrefix(key, "localchannel/chunks/") {
			s.chunks.Add(1)
			return nil, nil
		}
	}
	return s.Memory.Write(ctx, items)
}

func TestFileIsServedSafely(t *testing.T) {
	f := serve(t)
	conv := f.start(withAnna)
	tests := []struct{ contentType, content, wantType, wantDisposition string }{
		{"image/png", "PNG", "image/png", "inline"},
		{"text/plain", "<script>", "text/plain; charset=utf-8", "inline"},
		{"audio/mpeg", "x", "audio/mpeg", "inline"},
		{"text/html; charset=utf-8", "<script>", "text/html; charset=utf-8", "attachment"},
		{"image/svg+xml", "<svg onload=x>", "image/svg+xml", "attachment"},
		{"application/xhtml+xml", "<x/>", "application/xhtml+xml", "attachment"},
		{"application/pdf", "%PDF", "application/pdf", "attachment"},
		{"application/octet-stream", "<html><script>", "text/html; charset=utf-8", "attachment"},
		{"nonsense", "\x00\x01", "application/octet-stream", "attachment"},
	}
	for _, tt := range tests {
		t.Run(tt.contentType, func(t *testing.T) {
			body, contentType := multipartForm(t, part{"file", `a%22<b>.html`, tt.contentType, tt.content})
			f.want(200, "POST", base+"/"+conv.ID+"/upload?userId=anna", body, nil, "Content-Type", contentType)
			got, resp := fetch(t, "GET", f.attachments(conv.ID)[0].ContentURL, "Origin", "http://localhost:5173")
			h := resp.Header
			if resp.StatusCode != 200 || got != tt.content || h.Get("Content-Type") != tt.wantType || !strings.HasPrefix(h.Get("Content-Disposition"), tt.wantDisposition+";") {
				t.Errorf("%d %q as %s, %s", resp.StatusCode, got, h.Get("Content-Type"), h.Get("Content-Disposition"))
			}
			if h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") || h.Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("headers %v", h)
			}
		})
	}
}

func TestFileInPieces(t *testing.T) {
	f := serve(t)
	conv := f.start(withAnna)
	content := strings.Repeat("0123456789", 50_000) // three chunks
	f.want(200, "POST", base+"/"+conv.ID+"/upload?userId=anna", content, nil, "Content-Type", "image/png")
	url := f.attachments(conv.ID)[0].ContentURL
	if got, _ := fetch(t, "GET", url); got != content {
		t.Errorf("%d bytes come back, not the same", len(got))
	}
	if got, resp := fetch(t, "HEAD", url); got != "" || resp.ContentLength != int64(len(content)) {
		t.Errorf("HEAD answers %d bytes of %d", len(got), resp.ContentLength)
	}
	if got, resp := fetch(t, "GET", url, "Range", "bytes=196600-393300"); resp.StatusCode != 206 || got != content[196600:393301] {
		t.Errorf("a range is answered %d with %d bytes", resp.StatusCode, len(got))
	}
	if _, resp := fetch(t, "GET", url, "Range", "bytes=9999999-"); resp.StatusCode != 416 {
		t.Errorf("a range past the end is answered %d", resp.StatusCode)
	}
	if _, resp := fetch(t, "GET", f.server.URL+"/files/"+strings.Repeat("x", 22)+"/file"); resp.StatusCode != 404 {
		t.Errorf("an unknown file is answered %d", resp.StatusCode)
	}
	if _, resp := fetch(t, "GET", url, "Origin", "https://evil.example"); resp.StatusCode != 403 {
		t.Errorf("without a secret a foreign page is answered %d", resp.StatusCode)
	}
	if _, resp := fetch(t, "OPTIONS", url, "Origin", "http://localhost:1"); resp.StatusCode != 204 {
		t.Errorf("a preflight is answered %d", resp.StatusCode)
	}
}

// The oldest files make room, and those of a conversation go with it.
func TestFilesAreBounded(t *testing.T) {
	store := storage.NewMemory()
	f := serve(t, func(cfg *localchannel.Config) { cfg.Store, cfg.MaxUpload, cfg.MaxConversations = store, 100_000, 2 })
	first, second := f.start(withAnna), f.start(withAnna)
	urls := make([]string, 15)
	for i := range urls {
		f.want(200, "POST", base+"/"+second.ID+"/upload?userId=anna", strings.Repeat("x", 100_000), nil, "Content-Type", "image/png")
		urls[i] = f.attachments(second.ID)[0].ContentURL
	}
	f.post(first.ID, "I am in use")
	if n := stored(t, store, "files/"); n < 8 || n > 10 || stored(t, store, "chunks/") != n {
		t.Errorf("%d files and %d chunks stored, want about 9", n, stored(t, store, "chunks/"))
	}
	for i, want := range map[int]int{0: 404, 5: 404, 14: 200} {
		if _, resp := fetch(t, "GET", urls[i]); resp.StatusCode != want {
			t.Errorf("file %d is answered %d, want %d", i, resp.StatusCode, want)
		}
	}
	again := serve(t, func(cfg *localchannel.Config) { cfg.Store, cfg.MaxUpload, cfg.MaxConversations = store, 100_000, 2 })
	again.post(first.ID, "I am in use")
	again.start(withAnna) // in the place of the second
	if n, m := stored(t, store, "files/"), stored(t, store, "chunks/"); n+m != 0 {
		t.Errorf("%d files and %d chunks of a conversation that is gone", n, m)
	}
}

func TestEmptyFilesAreBoundedToo(t *testing.T) {
	store := storage.NewMemory()
	f := serve(t, func(cfg *localchannel.Config) { cfg.Store, cfg.MaxUpload = store, 10_000 })
	conv := f.start(withAnna)
	for range 100 {
		f.want(200, "POST", base+"/"+conv.ID+"/upload?userId=anna", "", nil, "Content-Disposition", "filename=empty")
	}
	if n := stored(t, store, "files/"); n > 25 {
		t.Errorf("%d files stored, want at most 25", n)
	}
}

// A crash in the middle of an upload leaves what the next start removes.
func TestCrashDuringUpload(t *testing.T) {
	store := &broken{Memory: storage.NewMemory()}
	first := serve(t, func(cfg *localchannel.Config) { cfg.Store = &dying{broken: store} })
	conv := first.start(withAnna)
	first.do("POST", base+"/"+conv.ID+"/upload?userId=anna", strings.Repeat("x", 1<<20), nil, "Content-Type", "image/png")
	if stored(t, store.Memory, "chunks/") == 0 {
		t.Fatal("nothing was left behind")
	}
	serve(t, func(cfg *localchannel.Config) { cfg.Store = store.Memory })
	if n, m := stored(t, store.Memory, "files/"), stored(t, store.Memory, "chunks/"); n+m != 0 {
		t.Errorf("%d files and %d chunks are left", n, m)
	}
}

// dying takes three chunks and then nothing more, no deletes either.
type dying struct {
	*broken
	chunks int
	dead   bool
}

func (s *dying) Write(ctx context.Context, items map[string]storage.Item) (map[string]string, error) {
	for key := range items {
		if strings.HasPrefix(key, "localchannel/chunks/") {
			s.chunks++
		}
	}
	if s.dead = s.dead || s.chunks > 3; s.dead {
		return nil, errors.New("killed")
	}
	return s.broken.Write(ctx, items)
}

func (s *dying) Delete(ctx context.Context, keys ...string) error {
	if s.dead {
		return errors.New("killed")
	}
	return s.broken.Delete(ctx, keys...)
}

func TestConnectorAttachments(t *testing.T) {
	f := serve(t, func(cfg *localchannel.Config) { cfg.MaxUpload = 1_000_000 })
	conv := f.start(withAnna)
	var kept activity.ResourceResponse
	f.want(201, "POST", service+"/"+conv.ID+"/attachments", `{"type":"text/html","name":"../r.html","originalBase64":"PGI+aGk8L2I+","thumbnailBase64":"iVBORw0KGgo="}`, &kept)
	var info struct {
		Name, Type string
		Views      []struct {
			ViewID string
			Size   int
		}
	}
	at := "/connector/v3/attachments/" + kept.ID
	f.want(200, "GET", at, "", &info)
	if info.Name != "r.html" || info.Type != "text/html" || len(info.Views) != 2 || info.Views[0].ViewID != "original" || info.Views[0].Size != 9 || info.Views[1].Size != 8 {
		t.Errorf("kept %+v", info)
	}
	if got, resp := fetch(t, "GET", f.server.URL+at+"/views/original"); got != "<b>hi</b>" || !strings.HasPrefix(resp.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("the original reads %q (%s)", got, resp.Header.Get("Content-Disposition"))
	}
	if got, resp := fetch(t, "GET", f.server.URL+at+"/views/thumbnail"); got != "\x89PNG\r\n\x1a\n" || resp.Header.Get("Content-Type") != "image/png" {
		t.Errorf("the thumbnail reads %q (%s)", got, resp.Header.Get("Content-Type"))
	}
	f.want(404, "GET", at+"/views/other", "", nil)
	f.want(404, "GET", "/connector/v3/attachments/nothing", "", nil)
	f.want(404, "POST", service+"/none/attachments", `{}`, nil)
	f.want(400, "POST", service+"/"+conv.ID+"/attachments", `{"originalBase64":"%%"}`, nil)
	f.want(413, "POST", service+"/"+conv.ID+"/attachments", `{"originalBase64":"`+strings.Repeat("AAAA", 400_000)+`"}`, nil)
	f.want(413, "POST", service+"/"+conv.ID+"/attachments", `{"originalBase64":"`+strings.Repeat("AAAA", 4_000_000)+`"}`, nil)
}
