package parley

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/parley-tls/parley/internal/handshake"
)

const (
	// sessionLifetime bounds how long a session is resumed (RFC 5246, appendix
	// F.1.4, suggests 24 hours).
	sessionLifetime = 24 * time.Hour
	// storeTimeout makes a store that is slow a miss.
	storeTimeout = 100 * time.Millisecond
	// maxStoreCalls bounds the calls that a store which hangs can pile up.
	maxStoreCalls = 256
)

// ticketSealer seals the tickets of a Config.
type ticketSealer struct{ r *rules }

// Seal gives a ticket, or none (RFC 5077, section 3.3, lets a ticket be empty).
func (s ticketSealer) Seal(session []byte) []byte {
	return s.r.seal(purposeTicket, session)
}

// A sealed session is: when it was made (8 bytes, Unix time), the scope it was
// made in (32), the session.
const (
	madeLen    = 8
	sealedHead = madeLen + sha256.Size
)

// seal seals a session for a purpose; nil: it cannot be had.
func (r *rules) seal(purpose string, session []byte) []byte {
	keys := r.keys.Keys()
	if len(keys) == 0 {
		return nil
	}
	plain := binary.BigEndian.AppendUint64(make([]byte, 0, sealedHead+len(session)), uint64(r.config.now().Unix()))
	plain = append(append(plain, r.scope[:]...), session...)
	sealed, err := keys[0].seal(r.config.random, purpose, plain)
	if err != nil {
		return nil
	}
	return sealed
}

// unseal opens a session; nil: there is none that may be resumed here.
func (r *rules) unseal(purpose string, sealed []byte) *handshake.Session {
	session, err := handshake.ParseSession(r.open(purpose, sealed))
	if err != nil {
		return nil
	}
	return session
}

// open opens what seal gave; nil: it is not ours, too old, or of another scope.
func (r *rules) open(purpose string, sealed []byte) []byte {
	plain, err := unseal(r.keys.Keys(), purpose, sealed)
	if err != nil || len(plain) < sealedHead || [sha256.Size]byte(plain[madeLen:sealedHead]) != r.scope {
		return nil
	}
	age := r.config.now().Sub(time.Unix(int64(binary.BigEndian.Uint64(plain)), 0))
	if age < -time.Minute || age > sessionLifetime { // clocks of a fleet differ a little
		return nil
	}
	return plain[sealedHead:]
}

// storeKey names a session id in a store, so that whoever reads the store cannot
// match it with what is seen on the wire.
func (k TicketKey) storeKey(id []byte) [32]byte {
	mac := hmac.New(sha256.New, k.ids[:])
	mac.Write(id)
	return [32]byte(mac.Sum(nil))
}

// findSession gives the session that a hello offers; nil is a miss.
func (r *rules) findSession(ctx context.Context, q handshake.SessionQuestion) *handshake.Session {
	if len(q.Ticket) > 0 {
		return r.unseal(purposeTicket, q.Ticket)
	}
	ctx, cancel := r.storeContext(ctx)
	defer cancel()
	for _, k := range r.keys.Keys() {
		sealed := r.load(ctx, k.storeKey(q.ID))
		if sealed == nil {
			continue
		}
		if s := r.unseal(purposeSession, sealed); s != nil && string(s.ID) == string(q.ID) {
			return s
		}
	}
	return nil
}

// storeSession puts a session into the store, or does without.
func (r *rules) storeSession(ctx context.Context, s *handshake.Session) {
	keys := r.keys.Keys()
	sealed := r.seal(purposeSession, s.Marshal())
	if sealed == nil || len(keys) == 0 { // they may have changed in between
		return
	}
	ctx, cancel := r.storeContext(ctx)
	defer cancel()
	key := keys[0].storeKey(s.ID)
	r.call(ctx, func() { _ = r.sessions.Put(ctx, key, sealed, sessionLifetime) })
}

// forgetSession takes a session out of the store, without waiting for it.
func (r *rules) forgetSession(id []byte) {
	forget := func() {
		ctx, cancel := r.storeContext(context.Background())
		defer cancel()
		for _, k := range r.keys.Keys() {
			r.call(ctx, func() { _ = r.sessions.Delete(ctx, k.storeKey(id)) })
		}
	}
	if r.ownStore() {
		forget()
		return
	}
	go forget()
}

// load gets from the store; nil: a miss, an error, or too late.
func (r *rules) load(ctx context.Context, key [32]byte) []byte {
	found := make(chan []byte, 1)
	r.call(ctx, func() {
		if sealed, err := r.sessions.Get(ctx, key); err == nil {
			found <- sealed
		}
	})
	select {
	case sealed := <-found:
		return sealed
	default:
		return nil
	}
}

// ownStore reports whether the store is the default one, which never waits.
func (r *rules) ownStore() bool { return r.sessions == SessionStore(r.lineage.sessions) }

// storeContext bounds calls of a store that may wait.
func (r *rules) storeContext(ctx context.Context) (context.Context, context.CancelFunc) {
	if r.ownStore() {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, storeTimeout)
}

// call runs a call of the store and waits for it as long as ctx lets it. A store
// that does not return keeps a goroutine; when it keeps too many it is no longer
// asked.
func (r *rules) call(ctx context.Context, f func()) {
	if r.ownStore() {
		f()
		return
	}
	select {
	case r.lineage.calls <- struct{}{}:
	default:
		return
	}
	done := make(chan struct{})
	go func() {
		defer func() { <-r.lineage.calls }()
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
}
