package auth

import (
	"errors"
	"net/http"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
)

func TestBind(t *testing.T) {
	const bad, unauthorized = http.StatusBadRequest, http.StatusUnauthorized
	claim := func(s string) map[string]string { return map[string]string{"serviceurl": s} }
	tests := []struct {
		name         string
		claims       map[string]string
		endorsements []string
		serviceURL   string
		channel      string
		want         int
	}{
		{"same URL", claim(serviceURL), nil, serviceURL, "msteams", 0},
		{"case 70: another host", claim("https://smba.evil.tld/"), nil, serviceURL, "msteams", bad},
		{"case 70: same host, other port, scheme and path", claim("http://SMBA.trafficmanager.net:444/x"), nil, serviceURL, "msteams", 0},
		{"case 70: no claim", nil, nil, serviceURL, "msteams", 0},
		{"case 70: user name is not the host", claim("https://smba.trafficmanager.net@evil.tld/"), nil, serviceURL, "msteams", bad},
		{"case 70: the other way round", claim(serviceURL), nil, "https://smba.trafficmanager.net@evil.tld/", "msteams", bad},
		{"empty claim", claim(""), nil, serviceURL, "msteams", bad},
		{"claim that is no URL", claim("::"), nil, serviceURL, "msteams", bad},
		{"both are no URL", claim("smba"), nil, "smba", "msteams", bad},
		{"backslash", claim(serviceURL), nil, `https:\\smba.trafficmanager.net\`, "msteams", bad},
		{"subdomain", claim(serviceURL), nil, "https://x.smba.trafficmanager.net/", "msteams", bad},
		{"activity without service URL", claim(serviceURL), nil, "", "msteams", 0},
		{"S2-26: endorsed", nil, []string{"webchat", "msteams"}, serviceURL, "msteams", 0},
		{"S2-26: endorsed, with sub-channel", nil, []string{"msteams"}, serviceURL, "msteams:COPILOT", 0},
		{"S2-26: not endorsed", nil, []string{"webchat"}, serviceURL, "msteams", unauthorized},
		{"endorsed, but no channel", nil, []string{"webchat"}, serviceURL, "", unauthorized},
	}
	v := newVerifier(t, newKeyHost())
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := v.Bind(
				activity.Identity{Claims: tt.claims, Endorsements: tt.endorsements},
				&activity.Activity{ServiceURL: tt.serviceURL, ChannelID: tt.channel},
			)
			got := 0
			if e, ok := errors.AsType[*Error](err); ok {
				got, _ = e.HTTPStatus()
			}
			if got != tt.want {
				t.Errorf("got status %d (%v), want %d", got, err, tt.want)
			}
		})
	}
}
