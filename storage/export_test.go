package storage

// Records is how many records m holds, expired ones included.
func Records(m *Memory) int {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return len(m.records)
}
