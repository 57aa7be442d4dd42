package tickets

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/parley-tls/parley/internal/keys"
)

// A Ring as bytes is: a version, when the next key is due (Unix time, 8 bytes), the
// number of keys, the keys. It holds no keys of files, which the successor reads.
const (
	ringVersion = 1
	ringHead    = 1 + 8 + 1
)

var errNotRing = errors.New("tickets: this is no ring of ticket keys")

// MarshalBinary gives the random keys, and when they rotate, to a process that
// takes this one's place. Whoever has the bytes reads the sessions: they belong
// into memory that no other user reads, and never into a file or a log.
func (r *Ring) MarshalBinary() ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rotate(r.now())
	out := []byte{ringVersion}
	out = binary.BigEndian.AppendUint64(out, uint64(r.until.Unix()))
	out = append(out, byte(len(r.own)))
	for _, k := range r.own {
		out = append(out, k.secret.Bytes()...)
	}
	return out, nil
}

// UnmarshalBinary takes the keys of the process before. On an error nothing has
// changed.
func (r *Ring) UnmarshalBinary(b []byte) error {
	if len(b) < ringHead || b[0] != ringVersion {
		return errNotRing
	}
	until := time.Unix(int64(binary.BigEndian.Uint64(b[1:])), 0)
	n, secrets := int(b[ringHead-1]), b[ringHead:]
	if n == 0 || n > kept || len(secrets) != n*secretLen {
		return errNotRing
	}
	var own []Key
	for ; len(secrets) > 0; secrets = secrets[secretLen:] {
		own = append(own, Key{secret: keys.NewSecret(secrets[:secretLen])})
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	if until.After(now.Add(rotateEvery)) {
		until = now.Add(rotateEvery) // its clock was wrong, or ours is
	}
	r.own, r.until = own, until
	r.arrange(now)
	return nil
}

// String says how many keys there are, and nothing of them.
func (r *Ring) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.files != nil {
		return fmt.Sprintf("%d ticket keys of files", len(r.files))
	}
	return fmt.Sprintf("%d random ticket keys", len(r.own))
}

// Format keeps every verb of fmt from looking inside.
func (r *Ring) Format(s fmt.State, _ rune) { fmt.Fprint(s, r.String()) }
