package localchannel_test

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/localchannel"
)

// Whatever service URL or ids an agent uses, it reaches its own activities or is
// refused.
func FuzzAddresses(f *testing.F) {
	fx := serve(f)
	handler := fx.channel.Handler()
	info := fx.begin(localchannel.Start{ChannelID: "msteams", Members: anna})
	sent, err := fx.channel.Send(f.Context(), to(info.ID), activity.Message("secret"))
	if err != nil {
		f.Fatal(err)
	}
	fx.channel.Move()
	base := fx.server.URL + "/connector/"
	for _, at := range []string{"", "msteams-0", "msteams-1", "msteams-1/", "-1", "x-1", "msteams--1", "msteams-01", "%2e%2e", "msteams-99999999999999999999", "directline-1/../x"} {
		f.Add(at, info.ID, sent.ID)
		f.Add(at, "19:x@thread.tacv2;messageid=1", "-1")
	}
	f.Fuzz(func(t *testing.T, at, conversation, id string) {
		place := to(conversation)
		place.Reference.ServiceURL = base + at
		owned := fx.channel.Owns(base + at)
		a := activity.Message("x")
		a.ID = id
		if _, err := fx.channel.Update(t.Context(), place, a); err == nil && (conversation != info.ID || id != sent.ID) {
			t.Errorf("updated %q in %q", id, conversation)
		}
		if at == "" || strings.ContainsAny(at, "/%") || conversation == "" || conversation == "." || conversation == ".." {
			return
		}
		r := httptest.NewRequest("GET", "/connector/"+url.PathEscape(at)+"/v3/conversations/"+url.PathEscape(conversation)+"/members", nil)
		r.Host, r.RemoteAddr = "localhost", "127.0.0.1:1"
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code == 200 && (!owned || conversation != info.ID) || w.Code >= 500 {
			t.Errorf("%q %q answers %d %s", at, conversation, w.Code, w.Body)
		}
	})
}
