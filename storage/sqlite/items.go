package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/outspoken-go/outspoken/storage"
)

// The statements on items. One statement reads all keys of a call, which
// makes them one snapshot.
const (
	columns = `SELECT key, value, etag FROM item `
	readSQL = columns + `WHERE key IN (SELECT value FROM json_each(?)) AND (expires IS NULL OR expires > ?)`
	listSQL = columns + `WHERE key >= ? AND key < ? AND (expires IS NULL OR expires > ?) ORDER BY key LIMIT ?`

	putSQL = `INSERT INTO item (key, value, etag, expires) VALUES (?, ?, ?, ?)
		ON CONFLICT (key) DO UPDATE SET value = excluded.value, etag = excluded.etag, expires = excluded.expires`
	newSQL     = putSQL + ` WHERE item.expires <= ?`
	replaceSQL = `UPDATE item SET value = ?, etag = ?, expires = ?
		WHERE key = ? AND etag = ? AND (expires IS NULL OR expires > ?)`
	deleteSQL = `DELETE FROM item WHERE key IN (SELECT value FROM json_each(?))`
)

func readArgs(keys []string) []any { return []any{jsonKeys(keys), time.Now().UnixMicro()} }

// listArgs turns prefix and after into a range of keys. No key contains the
// bytes 0x00 and 0xff, so after+0x01 is the first key that can follow after,
// and prefix+0xff lies behind all keys that begin with prefix.
func listArgs(prefix, after string, limit int) []any {
	return []any{max(prefix, after+"\x01"), prefix + "\xff", time.Now().UnixMicro(), limit}
}

func jsonKeys(keys []string) string {
	b, _ := json.Marshal(keys) // strings always marshal
	return string(b)
}

func queryItems(ctx context.Context, stmt *sql.Stmt, args ...any) ([]storage.Entry, error) {
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var entries []storage.Entry
	for rows.Next() {
		var e storage.Entry
		if err := rows.Scan(&e.Key, (*[]byte)(&e.Value), &e.ETag); err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, rows.Err()
}

func byKey(entries []storage.Entry) map[string]storage.Item {
	items := make(map[string]storage.Item, len(entries))
	for _, e := range entries {
		items[e.Key] = e.Item
	}
	return items
}

// put writes one item and returns its new ETag. The ETag is random, so a
// deleted and created item never has an old one again.
func put(s *session, key string, item storage.Item) (string, error) {
	now := time.Now()
	value, etag := string(item.Value), strconv.FormatUint(rand.Uint64(), 36)
	var expires any // NULL: never
	if item.TTL > 0 {
		expires = now.Add(item.TTL).UnixMicro()
	}
	var changed int64
	var err error
	switch {
	case item.New:
		changed, err = s.exec(newSQL, key, value, etag, expires, now.UnixMicro())
	case item.IsVersion():
		changed, err = s.exec(replaceSQL, value, etag, expires, key, item.ETag, now.UnixMicro())
	default:
		changed, err = s.exec(putSQL, key, value, etag, expires)
	}
	if err == nil && changed == 0 {
		err = &storage.ConflictError{Key: key}
	}
	return etag, err
}
