package directline_test

import (
	"encoding/json"
	"fmt"

	"github.com/outspoken-go/outspoken/directline"
)

// A frame of the socket, as a client reads it. An empty frame keeps the
// connection alive and is skipped before.
func ExampleActivitySet() {
	frame := []byte(`{"activities":[{"type":"message","id":"c|0000002","text":"You said: hi","replyToId":"c|0000001"}],"watermark":"2"}`)
	var set directline.ActivitySet
	if err := json.Unmarshal(frame, &set); err != nil {
		fmt.Println(err)
		return
	}
	for _, a := range set.Activities {
		fmt.Println(a.ReplyToID, "→", a.Text)
	}
	fmt.Println("go on after", set.Watermark)
	// Output:
	// c|0000001 → You said: hi
	// go on after 2
}
