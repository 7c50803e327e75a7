package storage_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/outspoken-go/outspoken/storage"
)

// BenchmarkMemoryTurn is what a turn costs: read two documents, write two.
func BenchmarkMemoryTurn(b *testing.B) {
	store := storage.NewMemory()
	value := json.RawMessage(`{"visits":7,"text":"` + strings.Repeat("x", 250) + `"}`)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			conversation := fmt.Sprintf("msteams/conversations/%d", i%1000)
			user := fmt.Sprintf("msteams/users/%d", i%1000)
			if _, err := store.Read(b.Context(), conversation, user); err != nil {
				b.Error(err)
			}
			_, err := store.Write(b.Context(), map[string]storage.Item{
				conversation: {Value: value},
				user:         {Value: value},
			})
			if err != nil {
				b.Error(err)
			}
		}
	})
}
