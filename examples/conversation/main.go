// Command conversation plans a trip over several turns: it asks, understands
// the answer, a change of subject and a change of mind, and calls a service
// elsewhere for the price: the one at PRICES_URL, or one of its own.
package main

import (
	"cmp"
	"context"
	"log"
	"os"

	"github.com/outspoken-go/outspoken/agent"
	"github.com/outspoken-go/outspoken/middleware"
	"github.com/outspoken-go/outspoken/server"
)

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	cfg := server.FromEnv()
	cfg.Addr = cmp.Or(cfg.Addr, server.DefaultAddr)
	prices := newPrices(cmp.Or(os.Getenv("PRICES_URL"), "http://"+cfg.Addr+"/prices"))
	srv, err := server.New(newTravel(prices), cfg)
	if err != nil {
		return err
	}
	srv.Handle("GET /prices", priceList{}) // stands in for a service elsewhere
	return srv.Run(ctx)
}

func newTravel(prices *prices) *agent.App {
	tr := &travel{prices}
	app := agent.New(agent.Config{})
	app.Use(middleware.Mentions()) // in groups people write "@Travel trip"
	app.OnText("trip", tr.begin)
	app.OnText("cancel", tr.cancel)
	app.OnText("luggage", tr.luggage)
	app.OnText("help", tr.help)
	app.OnMessage(tr.answer)
	return app
}
