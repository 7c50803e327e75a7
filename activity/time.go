package activity

import (
	"fmt"
	"strings"
	"time"
)

// A Time is a moment as it is spelled on the wire, so that what arrived is
// passed on digit by digit. [Time.Parse] gives the moment itself.
type Time string

// At spells t as senders should: in UTC with up to seven fractional digits.
func At(t time.Time) Time { return Time(t.UTC().Format("2006-01-02T15:04:05.9999999Z07:00")) }

// Now is the present moment.
func Now() Time { return At(time.Now()) }

// Parse returns the moment that t spells: ISO 8601 with any number of
// fractional digits, and Z, an offset or nothing, which counts as UTC, behind.
func (t Time) Parse() (time.Time, error) {
	s := strings.ToUpper(strings.TrimSpace(string(t)))
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02T15:04", "2006-01-02"} {
		if p, err := time.Parse(layout, s); err == nil {
			return p, nil
		}
	}
	return time.Time{}, fmt.Errorf("%w: %q is not an ISO 8601 time", ErrInvalid, string(t))
}

// LocalTime is the sender's clock when the activity was sent: LocalTimestamp,
// shown in the zone LocalTimezone names, if that is known here. It fails as
// [Time.Parse] does.
func (a *Activity) LocalTime() (time.Time, error) {
	t, err := a.LocalTimestamp.Parse()
	if err != nil || a.LocalTimezone == "" {
		return t, err
	}
	if zone, err := time.LoadLocation(a.LocalTimezone); err == nil {
		return t.In(zone), nil
	}
	return t, nil // unknown zones are no reason to refuse (A2057)
}
