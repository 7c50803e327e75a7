package signin

import (
	"strings"
	"sync"
	"time"

	"github.com/outspoken-go/outspoken/activity"
	"github.com/outspoken-go/outspoken/agent"
)

// turnTokens are the tokens of one turn, and so of one user. Nil keeps none.
type turnTokens struct {
	mu     sync.Mutex
	tokens map[string]activity.TokenResponse // by connection, or connection, NUL and scopes
}

// kept is where the turn keeps its tokens: nowhere without [Flows.Middleware].
func (f *Flows) kept(t *agent.Turn) *turnTokens {
	kept, _ := f.tokens.Get(t)
	return kept
}

// soon is when a token is too close to its end to be used from memory.
const soon = 5 * time.Minute

func (k *turnTokens) get(key string) (activity.TokenResponse, bool) {
	if k == nil {
		return activity.TokenResponse{}, false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	token, ok := k.tokens[key]
	if end, err := token.Expiration.Parse(); ok && err == nil && time.Until(end) < soon {
		return activity.TokenResponse{}, false
	}
	return token, ok
}

func (k *turnTokens) put(key string, token activity.TokenResponse) {
	if k == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.tokens == nil {
		k.tokens = map[string]activity.TokenResponse{}
	}
	k.tokens[key] = token
}

// forget drops the tokens of a connection.
func (k *turnTokens) forget(name string) {
	if k == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for key := range k.tokens {
		if connection, _, _ := strings.Cut(key, "\x00"); connection == name {
			delete(k.tokens, key)
		}
	}
}
