// Package storagetest proves that a store keeps the contract of package
// storage. A store's own test calls [Run] with a function that opens an empty
// store:
//
//	func TestStore(t *testing.T) {
//		storagetest.Run(t, func(t *testing.T) storage.Store {
//			return storage.NewMemory()
//		})
//	}
//
// Listing and transactions are tested when the store has them. The TTL is
// tested with real time and takes some tens of milliseconds.
package storagetest
