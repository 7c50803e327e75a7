package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// prices is the service elsewhere, as the agent sees it.
type prices struct {
	url    string
	client *http.Client
}

// priceTimeout is what a user waits at most, well below the 15 seconds after
// which channels give up.
const priceTimeout = 5 * time.Second

func newPrices(url string) *prices {
	return &prices{url, &http.Client{Timeout: priceTimeout}}
}

var errNoSuchCity = errors.New("no such city")

// of asks for the price of a stay.
func (p *prices) of(ctx context.Context, city string, nights int) (euros int, err error) {
	query := url.Values{"city": {city}, "nights": {strconv.Itoa(nights)}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+"?"+query.Encode(), nil)
	if err != nil {
		return 0, err
	}
	resp, err := p.client.Do(req)
	if failed, ok := errors.AsType[*url.Error](err); ok {
		err = failed.Err // without the address: what a user said is not for the log
	}
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return 0, errNoSuchCity
	default:
		return 0, fmt.Errorf("the price service answered %s", resp.Status)
	}
	var answer struct{ Euros *int }
	err = json.NewDecoder(io.LimitReader(resp.Body, 64<<10)).Decode(&answer) // whoever it is, not more than this
	if err == nil && answer.Euros == nil {
		err = errors.New("the price service named no price")
	}
	if err != nil {
		return 0, err
	}
	return *answer.Euros, nil
}

// inWords says to a user what went wrong, and nothing of how it works inside.
func inWords(err error) string {
	var late interface{ Timeout() bool }
	if errors.As(err, &late) && late.Timeout() {
		return "finding the price takes too long."
	}
	return "I could not find out the price."
}

// priceList answers like the service elsewhere.
type priceList struct{}

func (priceList) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	perNight := map[string]int{"Lisbon": 80, "Oslo": 120, "Rome": 95}[r.URL.Query().Get("city")]
	nights, err := strconv.Atoi(r.URL.Query().Get("nights"))
	if perNight == 0 || err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"euros": %d}`, perNight*nights)
}
