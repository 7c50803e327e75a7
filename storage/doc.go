// Package storage keeps documents: JSON values under string keys, such as the
// state of a conversation or the address of one.
//
// A [Store] reads, writes and deletes. Every stored [Item] carries an ETag;
// handing it back on writing makes the write fail with [ErrConflict] when
// somebody else was faster, so a read-modify-write loses nothing:
//
//	items, err := store.Read(ctx, "visits")
//	item := items["visits"] // the zero Item when there is none yet
//	item.Value = change(item.Value)
//	item.New = item.ETag == ""
//	_, err = store.Write(ctx, map[string]storage.Item{"visits": item})
//	if errors.Is(err, storage.ErrConflict) {
//		// read again and repeat
//	}
//
// Some stores can do more: a [Lister] walks keys in order ([All] makes a loop
// of it), a [Transactor] commits several writes together.
//
// [Memory] forgets everything when the process ends. Package storage/sqlite
// keeps it in one file. Whoever writes another store checks what it is
// given with [CheckKeys] and [CheckItems] and proves it with package
// storagetest.
//
// # Keys
//
// A key is any text of 1 to 1,024 bytes of UTF-8 without a NUL byte. "../x",
// quotes and emoji are keys like any other; a store that needs to escape them
// does so itself.
package storage
