package sqlite_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/outspoken-go/outspoken/storage"
	"github.com/outspoken-go/outspoken/storage/sqlite"
)

func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "outspoken")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	store, err := sqlite.Open(ctx, filepath.Join(dir, "agent.db"), sqlite.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	_, err = store.Write(ctx, map[string]storage.Item{
		"user/ann": {Value: json.RawMessage(`{"city":"Oslo"}`)},
	})
	if err != nil {
		log.Fatal(err)
	}
	items, err := store.Read(ctx, "user/ann", "user/bob")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d item: %s\n", len(items), items["user/ann"].Value)
	// Output: 1 item: {"city":"Oslo"}
}

// A row of your own table and an item commit together.
func ExampleTx() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "outspoken")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	store, err := sqlite.Open(ctx, filepath.Join(dir, "agent.db"), sqlite.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	err = store.Atomically(ctx, func(ctx context.Context, tx storage.Store) error {
		_, err := tx.(*sqlite.Tx).ExecContext(ctx,
			"CREATE TABLE IF NOT EXISTS invoice (id TEXT); INSERT INTO invoice VALUES (?)", "42")
		if err != nil {
			return err
		}
		_, err = tx.Write(ctx, map[string]storage.Item{"invoice/42": {Value: json.RawMessage(`"sent"`)}})
		return err
	})
	fmt.Println(err)
	// Output: <nil>
}
