// Package tickets keeps the keys that sessions and tickets are sealed by: random
// ones that rotate by themselves, or those of files that several nodes share.
package tickets

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/keys"
)

// A Key is a secret that sessions and tickets are sealed by. Whatever prints one
// shows nothing of the secret.
type Key struct {
	secret keys.Secret
	// From is when it begins to seal; until then it only opens what others have
	// sealed. Zero: it began long ago.
	From time.Time
}

// secretLen is the length of the secrets that are made here.
const secretLen = 32

// newKey makes a key of chance.
func newKey(from time.Time) Key {
	secret := make([]byte, secretLen)
	_, _ = rand.Read(secret) // it never fails: where there is no chance, the program ends
	return Key{keys.NewSecret(secret), from}
}

// seals says whether the key may seal at a time.
func (k Key) seals(now time.Time) bool { return !k.From.After(now) }

// same says whether two keys have one secret.
func (k Key) same(other Key) bool { return string(k.secret.Bytes()) == string(other.secret.Bytes()) }

// in is the key as the listeners of a scope have it: so what one listener gave is
// never resumed at another, where a client may be held to less.
func (k Key) in(scope string) (parley.TicketKey, error) {
	derived, err := hkdf.Key(sha256.New, k.secret.Bytes(), nil, "parley listener "+scope, secretLen)
	if err != nil {
		return parley.TicketKey{}, err
	}
	return parley.NewTicketKey(derived)
}

// sealingFirst puts the first key that may seal before all others. It says until
// when that is so; zero: until somebody changes the keys.
func sealingFirst(all []Key, now time.Time) (ordered []Key, until time.Time) {
	first := len(all)
	for i, k := range all {
		if k.seals(now) {
			first = i
			break
		}
		if until.IsZero() || k.From.Before(until) {
			until = k.From
		}
	}
	if first == len(all) {
		return nil, until
	}
	ordered = append(ordered, all[first])
	ordered = append(ordered, all[:first]...)
	return append(ordered, all[first+1:]...), until
}
