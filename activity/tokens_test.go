package activity_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/activity"
)

// What opens something is in the JSON and nowhere else.
func TestTokensArePrintedNowhere(t *testing.T) {
	const secret = "s3cr3t"
	for _, v := range []any{
		activity.TokenResponse{Token: secret, ConnectionName: "graph"},
		activity.TokenExchangeInvokeRequest{Token: secret, ConnectionName: "graph"},
		activity.TokenPostResource{SASURL: "https://x.example/" + secret},
		activity.SignInResource{TokenPostResource: &activity.TokenPostResource{SASURL: secret}},
	} {
		var log strings.Builder
		slog.New(slog.NewTextHandler(&log, nil)).Info("said", "v", v)
		for _, said := range []string{fmt.Sprint(v), fmt.Sprintf("%+v", v), fmt.Sprintf("%#v", v), fmt.Sprintf("%s %q %x", v, v, v), log.String()} {
			if strings.Contains(said, secret) || strings.Contains(said, "733363723374") {
				t.Errorf("%T is printed as %s", v, said)
			}
		}
		raw, err := v.(interface{ MarshalJSON() ([]byte, error) }).MarshalJSON()
		if err != nil || !strings.Contains(string(raw), secret) {
			t.Errorf("%T is marshalled as %s, %v", v, raw, err)
		}
	}
}
