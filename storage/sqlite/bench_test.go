package sqlite_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/outspoken-go/outspoken/storage"
)

var benchItem = storage.Item{Value: json.RawMessage(`{"visits":7,"text":"` + strings.Repeat("x", 250) + `"}`)}

// BenchmarkSQLiteWrite is one durable write of one item by each of many
// goroutines; commits/op shows how well they share a commit.
func BenchmarkSQLiteWrite(b *testing.B) {
	for _, parallelism := range []int{1, 32} {
		b.Run(fmt.Sprintf("goroutines=%dxCPU", parallelism), func(b *testing.B) {
			s := openNew(b)
			var next atomic.Int64
			before := s.Commits()
			b.SetParallelism(parallelism)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					key := fmt.Sprintf("msteams/conversations/%d", next.Add(1)%1000)
					if _, err := s.Write(b.Context(), map[string]storage.Item{key: benchItem}); err != nil {
						b.Error(err)
					}
				}
			})
			b.ReportMetric(float64(s.Commits()-before)/float64(b.N), "commits/op")
		})
	}
}

// BenchmarkSQLiteRead is one read of two items out of 1,000.
func BenchmarkSQLiteRead(b *testing.B) {
	s := openNew(b)
	items := map[string]storage.Item{}
	for i := range 1000 {
		items[fmt.Sprint(i)] = benchItem
	}
	if _, err := s.Write(b.Context(), items); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			if _, err := s.Read(b.Context(), fmt.Sprint(i%1000), fmt.Sprint((i+1)%1000)); err != nil {
				b.Error(err)
			}
		}
	})
}
