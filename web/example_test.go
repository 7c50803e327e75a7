package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/outspoken-go/outspoken/web"
)

// The pages of an agent beside its Direct Line server.
func ExampleHandler() {
	pages, err := web.Handler(web.Config{
		Title:       "Coffee shop",
		Suggestions: []web.Suggestion{{Title: "Order a coffee", Say: "coffee"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("/", pages) // beside "/v3/directline/"

	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	fmt.Println(w.Code, w.Header().Get("Content-Type"))
	// Output: 200 text/html; charset=utf-8
}
