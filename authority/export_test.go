package authority

// Kept is the number of tokens that are kept to be used again.
func (a *Authority) Kept() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.tokens)
}
