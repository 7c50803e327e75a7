package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// migrations lead from an empty database to the current one. The number of
// those applied is the user_version of the file. Never change one that was
// released; append.
var migrations = []string{
	// Keys are compared byte by byte (BINARY, the default). expires is in
	// microseconds since 1970, NULL for never.
	`CREATE TABLE item (
		key     TEXT PRIMARY KEY,
		value   TEXT NOT NULL,
		etag    TEXT NOT NULL,
		expires INTEGER
	) STRICT, WITHOUT ROWID;
	CREATE INDEX item_expires ON item (expires) WHERE expires IS NOT NULL;`,
}

// migrate brings the database to the current version in one transaction, so
// that it has all of a version or nothing of it.
func migrate(ctx context.Context, conn *sql.Conn) (err error) {
	if version, err := checkVersion(ctx, conn); err != nil || version == len(migrations) {
		return err
	}
	if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_, _ = conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		}
	}()
	version, err := checkVersion(ctx, conn) // again: another process may have been faster
	if err != nil {
		return err
	}
	for _, migration := range migrations[version:] {
		if _, err := conn.ExecContext(ctx, migration); err != nil {
			return err
		}
	}
	if _, err := conn.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", len(migrations))); err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, "COMMIT")
	return err
}

// checkVersion returns the version of a database that we may use.
func checkVersion(ctx context.Context, conn *sql.Conn) (version int, err error) {
	var tables int
	row := conn.QueryRowContext(ctx, "SELECT user_version, (SELECT count(*) FROM sqlite_schema) FROM pragma_user_version")
	if err := row.Scan(&version, &tables); err != nil {
		return 0, err
	}
	switch {
	case version > len(migrations):
		return 0, fmt.Errorf("the database has version %d and this program knows up to %d; use a newer program or another file", version, len(migrations))
	case version == 0 && tables > 0:
		return 0, errors.New("the database belongs to another program; use another file")
	}
	return version, nil
}
