package auth

import (
	"testing"

	"github.com/outspoken-go/outspoken/activity"
)

func BenchmarkVerifyCached(b *testing.B) {
	v := newVerifier(b, newKeyHost())
	header := mint(b, goodClaims(map[string]any{"serviceurl": serviceURL}))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Verify(b.Context(), header); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerifyUncached(b *testing.B) {
	v := newVerifier(b, newKeyHost())
	header := mint(b, goodClaims(map[string]any{"serviceurl": serviceURL}))
	b.ReportAllocs()
	for b.Loop() {
		clear(v.verified.entries)
		if _, err := v.Verify(b.Context(), header); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBind(b *testing.B) {
	v := newVerifier(b, newKeyHost())
	id := activity.Identity{Claims: map[string]string{"serviceurl": serviceURL}, Endorsements: []string{"msteams"}}
	a := &activity.Activity{ServiceURL: serviceURL, ChannelID: "msteams"}
	b.ReportAllocs()
	for b.Loop() {
		if err := v.Bind(id, a); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHostsCheck(b *testing.B) {
	h := newHosts(b, HostsConfig{})
	b.ReportAllocs()
	for b.Loop() {
		if err := h.Check(serviceURL); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkToken(b *testing.B) {
	c := newConnections(b, &tokenHost{}, ConnectionsConfig{Connections: []Connection{testConnection()}})
	to := conversation()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Token(b.Context(), to); err != nil {
			b.Fatal(err)
		}
	}
}
