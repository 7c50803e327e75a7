// Command guide is the agent of docs/guide/first-agent.md: it counts, shows a
// card, keeps what it was told, and speaks first.
package main

import (
	"context"
	"errors"
	"log"
	"net"
	"path/filepath"

	"github.com/outspoken-go/outspoken/localchannel"
	"github.com/outspoken-go/outspoken/server"
	"github.com/outspoken-go/outspoken/storage"
	"github.com/outspoken-go/outspoken/storage/sqlite"
	"github.com/outspoken-go/outspoken/web"
)

func main() {
	if err := run(context.Background(), server.FromEnv()); err != nil {
		log.Fatal(err)
	}
}

// region run
func run(ctx context.Context, cfg server.Config) (err error) {
	store, err := sqlite.Open(ctx, filepath.Join("outspoken-data", "guide.db"), sqlite.Config{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()

	if len(cfg.Connections.Connections) == 0 {
		ln, err := net.Listen("tcp", cfg.Addr)
		if err != nil {
			return err
		}
		return serveLocally(ctx, ln, cfg, store)
	}
	shop := newShop(store)
	defer shop.close()
	return server.Run(ctx, shop.app, cfg)
}

// endregion

// region local
// serveLocally serves the agent with a local channel and a chat page beside it.
func serveLocally(ctx context.Context, ln net.Listener, cfg server.Config, store storage.Store) (err error) {
	shop := newShop(store)
	defer shop.close()
	srv, err := server.New(shop.app, cfg)
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	base := "http://" + ln.Addr().String()
	channel, err := localchannel.New(ctx, localchannel.Config{
		Agent: base + "/api/messages", BaseURL: base, Store: store, AgentName: "Coffee shop",
	})
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	defer func() { err = errors.Join(err, channel.Close()) }()
	srv.UseLocalChannel(channel)
	page, err := web.Handler(web.Config{Title: "Coffee shop"})
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	srv.Handle("/", page)
	srv.Handle("POST /notify/{conversation}", shop.notify(srv.Adapter()))
	return srv.Serve(ctx, ln)
}

// endregion
