package showcase

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// Whoever writes to the agent does not choose what it connects to.
func TestFetchStaysAtHome(t *testing.T) {
	var elsewhere atomic.Int64
	count := func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			elsewhere.Add(1)
		}
	}
	other := httptest.NewUnstartedServer(http.NotFoundHandler())
	other.Config.ConnState = count
	other.Start()
	defer other.Close()
	var asked atomic.Int64
	home := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.URL.Path == "/redirect" {
			http.Redirect(w, r, other.URL, http.StatusFound)
		}
	}))
	defer home.Close()
	host, otherHost := strings.TrimPrefix(home.URL, "http://"), strings.TrimPrefix(other.URL, "http://")
	_, port, _ := net.SplitHostPort(host)
	service := home.URL + "/connector/"

	refused := []struct{ name, address, service string }{
		{"another port", other.URL + "/x", service},
		{"another scheme", "https://" + host + "/x", service},
		{"a user name that looks like the host", "http://" + host + "@" + otherHost + "/", service},
		{"a user name", "http://ann@" + host + "/", service},
		{"another name of the host", "http://localhost:" + port + "/", service},
		{"a host that begins like it", "http://127.0.0.1.evil.test:" + port + "/", service},
		{"the cloud's metadata service", "http://169.254.169.254/latest/meta-data/", service},
		{"the host of a channel that is not here", "https://smba.trafficmanager.net/x", "https://smba.trafficmanager.net/amer/"},
		{"a private address that claims to be the channel", "http://10.0.0.7/x", "http://10.0.0.7/"},
		{"the metadata service that claims to be the channel", "http://169.254.169.254/x", "http://169.254.169.254/"},
		{"no host", "http:///x", "http:///"},
		{"nothing at all", "x", ""},
		{"a file", "file:///etc/passwd", "file:///"},
		{"a path", "/etc/passwd", service},
		{"a line break", home.URL + "/x\r\ny", service},
		{"not a URL", "http://[", service},
		{"no service URL", home.URL + "/x", ""},
	}
	for _, tt := range refused {
		if _, err := fetch(t.Context(), tt.address, tt.service); !errors.Is(err, errForeign) {
			t.Errorf("%s: %v, want %v", tt.name, err, errForeign)
		}
	}
	if n := asked.Load(); n > 0 {
		t.Errorf("the channel's host was asked %d times", n)
	}
	if _, err := fetch(t.Context(), home.URL+"/redirect", service); err == nil || strings.Contains(err.Error(), other.URL) {
		t.Errorf("a redirect ended in %v", err)
	}
	if elsewhere.Load() > 0 {
		t.Errorf("%d connections went elsewhere", elsewhere.Load())
	}
	if _, err := fetch(t.Context(), home.URL+"/x", service); err != nil || asked.Load() != 2 {
		t.Errorf("the channel's own file: %v", err) // else the test proves nothing
	}
}

// A proxy of the environment is not asked either.
func TestFetchUsesNoProxy(t *testing.T) {
	if local.Transport.(*http.Transport).Proxy != nil {
		t.Error("files are fetched by way of a proxy")
	}
}

func TestInline(t *testing.T) {
	tests := []struct {
		url, want string
		ok        bool
	}{
		{"data:text/plain;base64,aGVsbG8=", "hello", true},
		{"data:text/plain;charset=utf-8;base64,aGVsbG8=", "hello", true},
		{"data:text/plain;base64,aGVsbG8%3D", "hello", true},
		{"data:;base64,", "", true},
		{"data:,hello%20you", "hello you", true},
		{"data:text/plain,a,b", "a,b", true},
		{"data:text/plain;base64,a", "", false},
		{"data:text/plain;base64", "", false},
		{"data:,%zz", "", false},
	}
	for _, tt := range tests {
		got, err := fetch(t.Context(), tt.url, "")
		if string(got) != tt.want || (err == nil) != tt.ok {
			t.Errorf("%s: %q, %v; want %q", tt.url, got, err, tt.want)
		}
	}
}

// What is read of a file has a bound.
func TestFetchIsBounded(t *testing.T) {
	chunk := make([]byte, 1<<20)
	home := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}))
	defer home.Close()
	if _, err := fetch(t.Context(), home.URL+"/x", home.URL); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("a file without an end: %v", err)
	}
}
