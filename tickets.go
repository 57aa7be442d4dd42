package parley

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// TicketKeys gives the keys that seal sessions and tickets: the first seals, all
// open. It is called often and must not wait.
type TicketKeys interface{ Keys() []TicketKey }

// A TicketKey seals sessions and tickets. Whatever prints one shows its name
// only.
type TicketKey struct {
	name [16]byte
	aead cipher.AEAD
	ids  [32]byte // keys the MAC that names a session id in a store
}

// NewTicketKey makes a key of a secret of 32 random bytes or more. Servers with
// the same secrets resume each other's sessions.
func NewTicketKey(secret []byte) (TicketKey, error) {
	if len(secret) < 32 {
		return TicketKey{}, fmt.Errorf("parley: a ticket key's secret of %d bytes; it needs 32", len(secret))
	}
	var k TicketKey
	sealing := make([]byte, 32)
	for info, out := range map[string][]byte{"parley ticket name": k.name[:], "parley ticket seal": sealing, "parley session ids": k.ids[:]} {
		derived, err := hkdf.Key(sha256.New, secret, nil, info, len(out))
		if err != nil {
			return TicketKey{}, fmt.Errorf("parley: ticket key: %w", err)
		}
		copy(out, derived)
	}
	block, err := aes.NewCipher(sealing)
	if err != nil {
		return TicketKey{}, fmt.Errorf("parley: ticket key: %w", err)
	}
	if k.aead, err = cipher.NewGCM(block); err != nil {
		return TicketKey{}, fmt.Errorf("parley: ticket key: %w", err)
	}
	return k, nil
}

// String gives the key's name, which every ticket shows.
func (k TicketKey) String() string { return fmt.Sprintf("ticket key %x", k.name[:4]) }

// Format keeps every verb of fmt from looking inside.
func (k TicketKey) Format(s fmt.State, _ rune) { fmt.Fprint(s, k.String()) }

// What the default ticket keys do.
const (
	rotateEvery = 12 * time.Hour
	keysKept    = 3 // so that a key opens for a day after it sealed last
)

// rotatingKeys are random and change by themselves.
type rotatingKeys struct {
	random func([]byte) error
	now    func() time.Time
	keys   atomic.Pointer[datedKeys]
	mu     sync.Mutex // held to rotate
}

type datedKeys struct {
	keys  []TicketKey
	until time.Time
}

// Keys gives the keys of now.
func (r *rotatingKeys) Keys() []TicketKey {
	now := r.now()
	if k := r.keys.Load(); k != nil && now.Before(k.until) {
		return k.keys
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	k := r.keys.Load()
	if k != nil && now.Before(k.until) {
		return k.keys
	}
	next := &datedKeys{until: now.Add(rotateEvery)}
	if fresh, err := r.fresh(); err == nil {
		next.keys = append(next.keys, fresh)
	}
	if k != nil && now.Before(k.until.Add((keysKept-1)*rotateEvery)) {
		next.keys = append(next.keys, k.keys[:min(len(k.keys), keysKept-1)]...)
	}
	r.keys.Store(next)
	return next.keys
}

func (r *rotatingKeys) fresh() (TicketKey, error) {
	secret := make([]byte, 32)
	if err := r.random(secret); err != nil {
		return TicketKey{}, err
	}
	return NewTicketKey(secret)
}

// What is sealed, so that one cannot be given for the other.
const (
	purposeTicket  = "parley ticket"
	purposeSession = "parley session"
	purposeModern  = "parley TLS 1.3 ticket"
)

const (
	keyNameLen = 16
	nonceLen   = 12
)

var errNoKey = errors.New("parley: a ticket key that NewTicketKey did not make")

var errSealed = errors.New("parley: not sealed by one of our keys")

// seal gives name ‖ nonce ‖ AES-GCM(plain). random must fill its argument.
func (k TicketKey) seal(random func([]byte) error, purpose string, plain []byte) ([]byte, error) {
	if k.aead == nil {
		return nil, errNoKey
	}
	out := make([]byte, keyNameLen+nonceLen, keyNameLen+nonceLen+len(plain)+k.aead.Overhead())
	copy(out, k.name[:])
	nonce := out[keyNameLen:]
	if err := random(nonce); err != nil {
		return nil, err
	}
	return k.aead.Seal(out, nonce, plain, []byte(purpose)), nil
}

// unseal opens what one of keys sealed for the purpose.
func unseal(keys []TicketKey, purpose string, sealed []byte) ([]byte, error) {
	if len(sealed) < keyNameLen+nonceLen {
		return nil, errSealed
	}
	for _, k := range keys {
		if k.aead == nil || string(k.name[:]) != string(sealed[:keyNameLen]) {
			continue
		}
		nonce, box := sealed[keyNameLen:keyNameLen+nonceLen], sealed[keyNameLen+nonceLen:]
		return k.aead.Open(nil, nonce, box, []byte(purpose))
	}
	return nil, errSealed
}
