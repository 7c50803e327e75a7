// Package sqlite is a durable store in one file, with nothing to install.
//
//	store, err := sqlite.Open(ctx, "outspoken-data/agent.db", sqlite.Config{})
//	if err != nil {
//		return err
//	}
//	defer store.Close()
//
// A [Store] is a storage.Store, Lister and Transactor.
//
// # What is promised
//
// What was acknowledged is on disk: it survives kill -9 and a power failure
// (WAL with synchronous=FULL). A batch is stored whole or not at all. Readers
// see every acknowledged write, are not blocked by writers, and see all keys
// of one call as of one moment.
//
// # Why it is fast
//
// Syncing the disk is the slow part, so writers share it: one goroutine takes
// all batches that queued up while the previous commit ran and commits them
// together. Each batch has its own savepoint, so a conflict in one does not
// disturb the others. A lone writer waits for nobody.
//
// # Other tables
//
// The store given to a function by [Store.Atomically] is a [*Tx], which also
// runs SQL. Rows of your own tables then commit together with items:
//
//	err := store.Atomically(ctx, func(ctx context.Context, tx storage.Store) error {
//		if _, err := tx.Write(ctx, items); err != nil {
//			return err
//		}
//		_, err := tx.(*sqlite.Tx).ExecContext(ctx, "INSERT INTO invoice (id) VALUES (?)", id)
//		return err
//	})
//
// # Several processes
//
// Processes of one machine may open the same file; a writer waits for the
// other one's commit (see [Config]). The file must not be on a network drive.
package sqlite
