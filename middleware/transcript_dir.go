package middleware

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/outspoken-go/outspoken/activity"
)

// A TranscriptDir is a [TranscriptLogger] that writes a file for each
// conversation into the directory of this name: one activity per line, as
// JSON. The directory is made when it is needed; it and its files are for the
// user of this process alone, since they hold all that was said.
type TranscriptDir string

// Log implements [TranscriptLogger].
func (dir TranscriptDir) Log(_ context.Context, a *activity.Activity) error {
	line, err := a.Append(nil)
	if err != nil {
		return fmt.Errorf("middleware: transcript: %w", err)
	}
	if err := appendFile(dir.File(a.ChannelID, a.Conversation.ID), append(line, '\n')); err != nil {
		return fmt.Errorf("middleware: transcript: %w", err)
	}
	return nil
}

// File is the name of the file that holds a conversation. The ids in it, which
// come from outside, are made readable and harmless; a hash tells apart those
// that then look alike.
func (dir TranscriptDir) File(channelID, conversationID string) string {
	sum := sha256.Sum256([]byte(channelID + "\x00" + conversationID))
	name := harmless(channelID) + "_" + harmless(conversationID) + "_" + hex.EncodeToString(sum[:8]) + ".jsonl"
	return filepath.Join(string(dir), name)
}

func harmless(id string) string {
	clean := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '_'
	}, id)
	return clean[:min(len(clean), 40)]
}

// appendFile writes data in one go, so that lines of several processes do not
// mix.
func appendFile(name string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}
