// Command expiredtoken prints a Direct Line token that a local channel with
// its data in a folder would have issued an hour ago.
//
//	expiredtoken FOLDER CONVERSATION [SECRET]
package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/outspoken-go/outspoken/storage/sqlite"
)

func main() {
	if len(os.Args) < 3 {
		log.Fatal("usage: expiredtoken FOLDER CONVERSATION [SECRET]")
	}
	key, err := channelKey(context.Background(), os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	if len(os.Args) > 3 { // of a channel with a secret
		h := hmac.New(sha256.New, key)
		h.Write([]byte(os.Args[3]))
		key = h.Sum(nil)
	}
	issued := time.Now().Add(-time.Hour)
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"conv": os.Args[2], "iat": issued.Unix(), "exp": issued.Add(30 * time.Minute).Unix(),
	}).SignedString(key)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(token)
}

func channelKey(ctx context.Context, folder string) (key []byte, err error) {
	store, err := sqlite.Open(ctx, filepath.Join(folder, "outspoken.db"), sqlite.Config{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	const name = "localchannel/key"
	items, err := store.Read(ctx, name)
	if err != nil {
		return nil, err
	}
	return key, json.Unmarshal(items[name].Value, &key)
}
