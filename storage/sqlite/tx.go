package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/outspoken-go/outspoken/storage"
)

// A Tx is the store of one transaction, given to the function of
// [Store.Atomically]. Besides items it reaches the SQL underneath, for rows
// that should commit together with items. It belongs to one goroutine and
// ends when the function returns.
//
// A running statement is not interrupted when its context ends; the next one
// is refused. Statements must not end the transaction (COMMIT, ROLLBACK): that
// would be everybody's.
type Tx struct {
	session *session
	rows    []*sql.Rows
	done    bool
}

func (tx *Tx) check(ctx context.Context) error {
	if tx.done {
		return errors.New("storage/sqlite: the transaction is over; use its store only inside the function given to Atomically")
	}
	return ctx.Err()
}

// end also closes rows left open, which would keep the snapshot alive.
func (tx *Tx) end() {
	tx.done = true
	for _, rows := range tx.rows {
		_ = rows.Close()
	}
}

// Read implements [storage.Store]. It sees the writes of this transaction.
func (tx *Tx) Read(ctx context.Context, keys ...string) (map[string]storage.Item, error) {
	if err := errors.Join(tx.check(ctx), storage.CheckKeys(keys...)); err != nil {
		return nil, err
	}
	entries, err := tx.query(readSQL, readArgs(keys)...)
	return byKey(entries), err
}

// List implements [storage.Lister]. It sees the writes of this transaction.
func (tx *Tx) List(ctx context.Context, prefix, after string, limit int) ([]storage.Entry, error) {
	limit, err := storage.CheckLimit(limit)
	if err := errors.Join(tx.check(ctx), err); err != nil {
		return nil, err
	}
	return tx.query(listSQL, listArgs(prefix, after, limit)...)
}

// Write implements [storage.Store].
func (tx *Tx) Write(ctx context.Context, items map[string]storage.Item) (map[string]string, error) {
	if err := errors.Join(tx.check(ctx), storage.CheckItems(items)); err != nil {
		return nil, err
	}
	if _, err := tx.session.exec("SAVEPOINT batch"); err != nil {
		return nil, err
	}
	etags, err := tx.write(items)
	if err != nil {
		_, rollback := tx.session.exec("ROLLBACK TO batch")
		_, release := tx.session.exec("RELEASE batch")
		return nil, errors.Join(err, rollback, release)
	}
	_, err = tx.session.exec("RELEASE batch")
	return etags, err
}

// Delete implements [storage.Store].
func (tx *Tx) Delete(ctx context.Context, keys ...string) error {
	if err := errors.Join(tx.check(ctx), storage.CheckKeys(keys...)); err != nil {
		return err
	}
	return tx.delete(keys)
}

// ExecContext runs SQL that returns no rows, as [sql.Tx.ExecContext] does.
func (tx *Tx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if err := tx.check(ctx); err != nil {
		return nil, err
	}
	return tx.session.conn.ExecContext(context.WithoutCancel(ctx), query, args...)
}

// QueryContext runs SQL that returns rows, as [sql.Tx.QueryContext] does. The
// rows are closed at the end of the transaction at the latest.
func (tx *Tx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := tx.check(ctx); err != nil {
		return nil, err
	}
	rows, err := tx.session.conn.QueryContext(context.WithoutCancel(ctx), query, args...)
	if err == nil {
		tx.rows = append(tx.rows, rows)
	}
	return rows, err
}

// write stores items; after an error some of them may be stored.
func (tx *Tx) write(items map[string]storage.Item) (map[string]string, error) {
	etags := make(map[string]string, len(items))
	for key, item := range items {
		etag, err := put(tx.session, key, item)
		if err != nil {
			return nil, err
		}
		etags[key] = etag
	}
	return etags, nil
}

func (tx *Tx) delete(keys []string) error {
	_, err := tx.session.exec(deleteSQL, jsonKeys(keys))
	return err
}

func (tx *Tx) query(query string, args ...any) ([]storage.Entry, error) {
	stmt, err := tx.session.prepare(query)
	if err != nil {
		return nil, err
	}
	entries, err := queryItems(context.Background(), stmt, args...)
	if err != nil {
		return nil, tx.session.explain(err)
	}
	return entries, nil
}
