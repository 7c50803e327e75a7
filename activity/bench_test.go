package activity

import (
	"encoding/json"
	"os"
	"testing"
)

func benchMessage(b *testing.B) []byte {
	b.Helper()
	data, err := os.ReadFile("testdata/message-teams-groupchat.json")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	return data
}

func BenchmarkDecode(b *testing.B) {
	data := benchMessage(b)
	for b.Loop() {
		if _, err := Decode(data); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDecodeFloor is what a program pays that takes the nine fields an
// echo needs and throws the rest away.
func BenchmarkDecodeFloor(b *testing.B) {
	type account struct{ ID, Name string }
	type small struct {
		Type, ID, ChannelID, ServiceURL, Text, Locale string
		From, Conversation, Recipient                 account
	}
	data := benchMessage(b)
	for b.Loop() {
		var s small
		if err := json.Unmarshal(data, &s); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	a, err := Decode(benchMessage(b))
	if err != nil {
		b.Fatal(err)
	}
	var buf []byte
	for b.Loop() {
		if buf, err = a.Append(buf[:0]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodeFloor(b *testing.B) {
	data := benchMessage(b)
	var tree map[string]any
	if err := json.Unmarshal(data, &tree); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := json.Marshal(tree); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkClone(b *testing.B) {
	a, err := Decode(benchMessage(b))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		a.Clone()
	}
}

func BenchmarkTurnBasics(b *testing.B) {
	a, err := Decode(benchMessage(b))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := a.Validate(); err != nil {
			b.Fatal(err)
		}
		ref := a.Reference()
		ref.Apply(Message("hi"))
	}
}
