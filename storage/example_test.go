package storage_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/outspoken-go/outspoken/storage"
)

// A read-modify-write that loses no visit, however many programs count.
func Example() {
	ctx := context.Background()
	store := storage.NewMemory()

	visit := func() error {
		for {
			items, err := store.Read(ctx, "visits")
			if err != nil {
				return err
			}
			item := items["visits"] // the zero Item when there is none yet
			var n int
			if item.ETag == "" {
				item.New = true
			} else if err := json.Unmarshal(item.Value, &n); err != nil {
				return err
			}
			item.Value, _ = json.Marshal(n + 1)

			_, err = store.Write(ctx, map[string]storage.Item{"visits": item})
			if errors.Is(err, storage.ErrConflict) {
				continue // somebody else was faster
			}
			return err
		}
	}

	for range 3 {
		if err := visit(); err != nil {
			fmt.Println(err)
			return
		}
	}
	items, _ := store.Read(ctx, "visits")
	fmt.Printf("%s visits\n", items["visits"].Value)
	// Output: 3 visits
}

func ExampleAll() {
	ctx := context.Background()
	store := storage.NewMemory()
	for _, key := range []string{"city/Rome", "city/Oslo", "country/Peru"} {
		if _, err := store.Write(ctx, map[string]storage.Item{key: {Value: json.RawMessage(`{}`)}}); err != nil {
			fmt.Println(err)
			return
		}
	}
	for entry, err := range storage.All(ctx, store, "city/") {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(entry.Key)
	}
	// Output:
	// city/Oslo
	// city/Rome
}

// Two documents change together or not at all.
func ExampleMemory_Atomically() {
	ctx := context.Background()
	store := storage.NewMemory()

	err := store.Atomically(ctx, func(ctx context.Context, tx storage.Store) error {
		_, err := tx.Write(ctx, map[string]storage.Item{"order": {Value: json.RawMessage(`"paid"`)}})
		if err != nil {
			return err
		}
		return errors.New("the receipt could not be written")
	})
	items, _ := store.Read(ctx, "order")
	fmt.Println(err)
	fmt.Println(len(items), "orders")
	// Output:
	// the receipt could not be written
	// 0 orders
}
