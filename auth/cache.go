package auth

import "sync"

// A cache holds at most max entries. When it is full, an arbitrary one makes
// room: whatever is lost is only work to be done again.
type cache[K comparable, V any] struct {
	max int

	mu      sync.RWMutex
	entries map[K]V
}

func newCache[K comparable, V any](max int) *cache[K, V] {
	return &cache[K, V]{max: max, entries: map[K]V{}}
}

func (c *cache[K, V]) get(key K) (V, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	value, ok := c.entries[key]
	return value, ok
}

func (c *cache[K, V]) put(key K, value V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.store(key, value)
}

// getOr returns the entry of key and makes it first if there is none.
func (c *cache[K, V]) getOr(key K, make func() V) V {
	if value, ok := c.get(key); ok {
		return value
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if value, ok := c.entries[key]; ok {
		return value
	}
	value := make()
	c.store(key, value)
	return value
}

func (c *cache[K, V]) store(key K, value V) {
	if _, ok := c.entries[key]; !ok && len(c.entries) >= c.max {
		for any := range c.entries {
			delete(c.entries, any)
			break
		}
	}
	c.entries[key] = value
}
