package valkey

import (
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	client "github.com/valkey-io/valkey-go"
)

// A Store is parley.SessionStore's. It is asked only while the server answers; one
// that does not is asked whether it does again by a goroutine of the store's own,
// and no handshake is any the wiser.
type Store struct {
	place  Place
	log    *slog.Logger
	counts *Counts

	server   atomic.Pointer[client.Client] // nil: it does not answer
	failures atomic.Int32                  // in a row
	lost     chan struct{}                 // has an entry when too many fail
	closed   context.Context
	end      context.CancelFunc
	keeping  sync.WaitGroup
}

// What bounds the store.
const (
	maxFailures = 5 // in a row: then the server is not asked
	maxSealed   = 128 << 10
	greeting    = time.Second            // to connect
	useful      = 100 * time.Millisecond // what parley.SessionStore waits
	firstPause  = 100 * time.Millisecond
	longPause   = 15 * time.Second
)

func newStore(p Place, log *slog.Logger, counts *Counts) *Store {
	s := &Store{place: p, log: log, counts: counts, lost: make(chan struct{}, 1)}
	s.closed, s.end = context.WithCancel(context.Background())
	return s
}

// begin has the server asked whether it is there.
func (s *Store) begin() { s.keeping.Go(s.keep) }

// close ends all that the store has begun.
func (s *Store) close() {
	s.end()
	s.keeping.Wait()
	s.leave()
}

// name is what an entry is called in the server.
func name(key [32]byte) string {
	return "parley:session:" + base64.RawURLEncoding.EncodeToString(key[:])
}

// Put keeps a session until its time is over.
func (s *Store) Put(ctx context.Context, key [32]byte, sealed []byte, ttl time.Duration) error {
	if len(sealed) > maxSealed {
		return nil // its client makes a full handshake
	}
	return s.ask(requestPut, func(c client.Client) error {
		return c.Do(ctx, c.B().Set().Key(name(key)).Value(client.BinaryString(sealed)).Ex(ttl).Build()).Error()
	})
}

// Get finds a session. What somebody else put there is read to a bound only.
func (s *Store) Get(ctx context.Context, key [32]byte) (sealed []byte, err error) {
	err = s.ask(requestGet, func(c client.Client) (err error) {
		sealed, err = c.Do(ctx, c.B().Getrange().Key(name(key)).Start(0).End(maxSealed).Build()).AsBytes()
		if err == nil && (len(sealed) == 0 || len(sealed) > maxSealed) {
			sealed = nil
			return errMiss
		}
		return err
	})
	if errors.Is(err, errMiss) {
		return nil, nil
	}
	return sealed, err
}

// Delete forgets a session.
func (s *Store) Delete(ctx context.Context, key [32]byte) error {
	return s.ask(requestDelete, func(c client.Client) error {
		return c.Do(ctx, c.B().Del().Key(name(key)).Build()).Error()
	})
}

var (
	errMiss = errors.New("valkey: it is not there")
	errDown = errors.New("valkey: the server does not answer and is not asked")
)

// ask asks the server, if it answers these days, and counts what came of it.
func (s *Store) ask(r request, f func(client.Client) error) error {
	server := s.server.Load()
	if server == nil {
		s.counts.add(r, resultSkipped)
		return errDown
	}
	err := f(*server)
	switch {
	case err == nil:
		s.counts.add(r, r.succeeded())
	case errors.Is(err, errMiss):
		s.counts.add(r, resultMiss)
	case errors.Is(err, context.Canceled):
		s.counts.add(r, resultFailed) // whoever asked went away, which says nothing of the server
		return err
	default:
		s.counts.add(r, resultFailed)
		if s.failures.Add(1) == maxFailures {
			s.lose()
		}
		return err
	}
	s.failures.Store(0)
	return err
}

// lose has the server not be asked any more until it answers again.
func (s *Store) lose() {
	select {
	case s.lost <- struct{}{}:
	default: // somebody was first
	}
}
