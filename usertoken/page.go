package usertoken

import (
	"bytes"
	"cmp"
	_ "embed"
	"errors"
	"html/template"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/outspoken-go/outspoken/activity"
)

const (
	maxName    = 100 // characters
	sampleName = "Alex Sample"
)

var (
	//go:embed page.html
	pageHTML string
	//go:embed style.css
	styleCSS []byte

	pages = template.Must(template.New("page").Parse(pageHTML))
)

// A view is what the page shows: the form if it has a Nonce, else how it ended.
type view struct {
	Title      string
	Connection string
	User       string // id in the chat
	ID, Nonce  string
	Name       string
	Problem    string // with the form, or why there is none
	Code       string
	Digits     string // the code for screen readers, digit by digit
	Minutes    int
	Done       string // how it ended, without a code
	Return     string // where to go on
}

// page serves what a person sees: errors are pages too.
func (s *Service) page(show func(r *http.Request) (view, error)) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		status := http.StatusOK
		v, err := show(r)
		if err != nil {
			e, ok := errors.AsType[*activity.Error](err)
			if !ok {
				return err
			}
			status = e.Status
			v.Title, v.Problem = cmp.Or(v.Title, "That did not work"), e.Message
		}
		var body bytes.Buffer
		if err := pages.Execute(&body, v); err != nil {
			return err
		}
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("Referrer-Policy", "same-origin") // with less, browsers send the form with Origin: null
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		w.WriteHeader(status)
		w.Write(body.Bytes())
		return nil
	}
}

func (s *Service) style(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Write(styleCSS)
	return nil
}

// showForm serves the sign-in link.
func (s *Service) showForm(r *http.Request) (view, error) {
	id := r.URL.Query().Get("id")
	var v view
	err := s.follow(r.Context(), id, func(c *connection, w who) (bool, error) {
		name, ok := cleanName(c.SignIn.UserName)
		if !ok {
			name = sampleName
		}
		v = form(c.SignIn, w, id, name)
		return true, nil
	})
	return v, err
}

// form is the form with a new nonce, which makes earlier ones worthless.
func form(si *signIn, w who, id, name string) view {
	si.Nonce = random()
	return view{Title: "Sign in", Connection: w.connection, User: w.user, ID: id, Nonce: si.Nonce, Name: name}
}

// cleanName refuses what could not be a name, or would show as another.
func cleanName(raw string) (name string, ok bool) {
	name = strings.TrimSpace(raw)
	odd := func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }
	return name, name != "" && utf8.ValidString(name) && utf8.RuneCountInString(name) <= maxName && !strings.ContainsFunc(name, odd)
}
