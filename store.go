package parley

import (
	"context"
	"time"
)

// A SessionStore keeps sealed sessions for session ids, perhaps for many servers
// that share their TicketKeys. It is asked with a deadline of 100 ms; an error, a
// miss or an answer that comes too late means a full handshake, never a failed
// one. It is safe for concurrent use.
type SessionStore interface {
	Put(ctx context.Context, key [32]byte, sealed []byte, ttl time.Duration) error // key: a MAC of the id
	Get(ctx context.Context, key [32]byte) (sealed []byte, err error)              // nil, nil: not there
	Delete(ctx context.Context, key [32]byte) error
}
