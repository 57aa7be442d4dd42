package parley

import (
	"container/list"
	"context"
	"sync"
	"time"
)

// What bounds the default store. A session takes some 200 bytes, but a client
// certificate's chain, which its client chooses, up to 64 KiB.
const (
	maxSessions     = 10_000
	maxSessionBytes = 32 << 20
)

// A memoryStore is the default SessionStore: it forgets the session that was
// longest unused when it is full.
type memoryStore struct {
	limit int

	mu      sync.Mutex
	entries map[[32]byte]*list.Element
	recent  list.List // of *storedSession, the most recent first
	size    int       // of all that is sealed
}

type storedSession struct {
	key    [32]byte
	sealed []byte
	until  time.Time
}

func newMemoryStore(limit int) *memoryStore {
	return &memoryStore{limit: limit, entries: map[[32]byte]*list.Element{}}
}

// Put keeps a session for its ttl at most.
func (m *memoryStore) Put(_ context.Context, key [32]byte, sealed []byte, ttl time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.remove(key)
	if len(sealed) > maxSessionBytes {
		return nil
	}
	m.entries[key] = m.recent.PushFront(&storedSession{key: key, sealed: sealed, until: time.Now().Add(ttl)})
	m.size += len(sealed)
	for m.recent.Len() > m.limit || m.size > maxSessionBytes {
		m.remove(m.recent.Back().Value.(*storedSession).key)
	}
	return nil
}

// Get finds a session.
func (m *memoryStore) Get(_ context.Context, key [32]byte) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.entries[key]
	if !ok {
		return nil, nil
	}
	s := e.Value.(*storedSession)
	if time.Now().After(s.until) {
		m.remove(key)
		return nil, nil
	}
	m.recent.MoveToFront(e)
	return s.sealed, nil
}

// Delete forgets a session.
func (m *memoryStore) Delete(_ context.Context, key [32]byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.remove(key)
	return nil
}

func (m *memoryStore) remove(key [32]byte) {
	if e, ok := m.entries[key]; ok {
		m.size -= len(m.recent.Remove(e).(*storedSession).sealed)
		delete(m.entries, key)
	}
}
