package agent

import (
	"context"
	"encoding/json"
	"fmt"
)

// A Key names one typed property of a turn's state. Keys are usually package
// variables; a Key may be used by any number of turns at once.
//
// State is loaded when a turn first touches it and saved once, when the
// handler returned nil. Two turns that change different properties at the same
// time both succeed; of two that Set the same property, the later save fails
// with [storage.ErrConflict], while changes made by Update are done again on
// the new value.
type Key[T any] struct {
	scope Scope
	name  string
}

// ConversationKey names a property of the conversation's state.
func ConversationKey[T any](name string) Key[T] { return Key[T]{ConversationScope, name} }

// UserKey names a property of the user's state on the channel.
func UserKey[T any](name string) Key[T] { return Key[T]{UserScope, name} }

// PrivateKey names a property of the user's state within the conversation.
func PrivateKey[T any](name string) Key[T] { return Key[T]{PrivateScope, name} }

// Get returns the value, or T's zero value when there is none.
func (k Key[T]) Get(ctx context.Context, t *Turn) (T, error) {
	v, _, err := k.Lookup(ctx, t)
	return v, err
}

// Lookup returns the value and whether there is one.
func (k Key[T]) Lookup(ctx context.Context, t *Turn) (v T, ok bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	d, err := t.document(ctx, k.scope)
	if err != nil {
		return v, false, err
	}
	raw := d.current(k.name)
	if raw == nil {
		return v, false, nil
	}
	return v, true, k.decode(raw, &v)
}

// GetOr returns the value; when there is none it stores def, at the end of the
// turn, and returns it.
func (k Key[T]) GetOr(ctx context.Context, t *Turn, def T) (T, error) {
	v, ok, err := k.Lookup(ctx, t)
	if err != nil || ok {
		return v, err
	}
	raw, err := json.Marshal(def)
	if err != nil {
		return v, fmt.Errorf("agent: set %s.%s: %w", k.scope, k.name, err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	d, err := t.document(ctx, k.scope)
	if err != nil {
		return v, err
	}
	return def, d.update(k.name, func(now json.RawMessage) (json.RawMessage, error) {
		if now != nil {
			return now, nil // another turn set it meanwhile
		}
		return raw, nil
	})
}

// Set stores v at the end of the turn.
func (k Key[T]) Set(ctx context.Context, t *Turn, v T) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("agent: set %s.%s: %w", k.scope, k.name, err)
	}
	return k.change(ctx, t, raw)
}

// Delete removes the value at the end of the turn.
func (k Key[T]) Delete(ctx context.Context, t *Turn) error { return k.change(ctx, t, nil) }

func (k Key[T]) change(ctx context.Context, t *Turn, raw json.RawMessage) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	d, err := t.document(ctx, k.scope)
	if err != nil {
		return err
	}
	d.set(k.name, raw)
	return nil
}

// Update changes the value by fn and returns the result. fn gets the zero
// value when there is none. It runs at once, and again, up to three times,
// when another turn saved the property in the meantime, so it must do nothing
// but change its argument: the turn waits for it, and using the turn in it
// would wait forever. A repetition comes when the handler has returned, so it
// does not correct what was said by then. An error of fn changes nothing.
func (k Key[T]) Update(ctx context.Context, t *Turn, fn func(*T) error) (v T, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	d, err := t.document(ctx, k.scope)
	if err != nil {
		return v, err
	}
	err = d.update(k.name, func(raw json.RawMessage) (json.RawMessage, error) {
		var fresh T
		if raw != nil {
			if err := k.decode(raw, &fresh); err != nil {
				return nil, err
			}
		}
		if err := fn(&fresh); err != nil {
			return nil, err
		}
		v = fresh
		return json.Marshal(fresh)
	})
	return v, err
}

func (k Key[T]) decode(raw json.RawMessage, v *T) error {
	if err := json.Unmarshal(raw, v); err != nil {
		return fmt.Errorf("agent: %s.%s holds no %T: %w", k.scope, k.name, *v, err)
	}
	return nil
}

// ClearState drops everything stored in a scope of the turn. What the turn
// sets afterwards is kept; if it sets nothing, the document is deleted.
func ClearState(ctx context.Context, t *Turn, s Scope) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	d, err := t.document(ctx, s)
	if err != nil {
		return err
	}
	d.clear, d.change = true, nil
	return nil
}

// A TempKey names a value that lives as long as the turn, for middlewares to
// hand something to handlers. It is never stored.
type TempKey[T any] struct{ name string }

// NewTempKey returns the key of a value called name.
func NewTempKey[T any](name string) TempKey[T] { return TempKey[T]{name} }

// Set keeps v for the rest of the turn.
func (k TempKey[T]) Set(t *Turn, v T) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.values == nil {
		t.values = map[string]any{}
	}
	t.values[k.name] = v
}

// Get returns the value and whether it was set in this turn.
func (k TempKey[T]) Get(t *Turn) (T, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	v, ok := t.values[k.name].(T)
	return v, ok
}
