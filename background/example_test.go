package background_test

import (
	"context"
	"fmt"

	"github.com/outspoken-go/outspoken/background"
)

func Example() {
	work := background.New(background.Config{Workers: 4})

	done := make(chan struct{})
	err := work.Go("report", func(ctx context.Context) error {
		defer close(done)
		fmt.Println("the report is written")
		return nil
	})
	if err != nil {
		fmt.Println(err) // the queue is full
	}
	<-done

	fmt.Println(work.Shutdown(context.Background()))
	// Output:
	// the report is written
	// <nil>
}
