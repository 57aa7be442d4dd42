package parley

import "sync"

// A lineage is what a Config shares with its Clones, so that sessions go on and
// debts stay when a Config is exchanged.
type lineage struct {
	sessions *memoryStore
	calls    chan struct{} // holds a token for each call of a SessionStore that is under way
	sources  sources

	mu   sync.Mutex
	keys *rotatingKeys // nil: not yet needed
}

func newLineage() *lineage {
	return &lineage{sessions: newMemoryStore(maxSessions), calls: make(chan struct{}, maxStoreCalls)}
}

// defaultKeys gives the ticket keys of Configs that have none of their own.
func (l *lineage) defaultKeys(c *Config) TicketKeys {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.keys == nil {
		l.keys = &rotatingKeys{random: c.random, now: c.now}
	}
	return l.keys
}
