package sqlite

const (
	ListSQL = listSQL
	ReadSQL = readSQL
)

// Commits is how many transactions s has committed.
func (s *Store) Commits() int64 { return s.commits.Load() }
