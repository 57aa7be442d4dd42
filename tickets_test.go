package parley

import (
	"bytes"
	"crypto/rand"
	"io"
	"testing"
	"time"
)

func random(b []byte) error {
	_, err := io.ReadFull(rand.Reader, b)
	return err
}

func TestRotatingKeysOpenForADayAndNotForEver(t *testing.T) {
	now := time.Unix(1_000_000_000, 0)
	r := &rotatingKeys{random: random, now: func() time.Time { return now }}
	sealed, err := r.Keys()[0].seal(random, purposeTicket, []byte("session"))
	if err != nil {
		t.Fatal(err)
	}
	first := r.Keys()[0].name
	for _, step := range []struct {
		after time.Duration
		keys  int
		opens bool
	}{
		{11 * time.Hour, 1, true}, {2 * time.Hour, 2, true}, {12 * time.Hour, 3, true}, {12 * time.Hour, 3, false}, {100 * time.Hour, 1, false},
	} {
		now = now.Add(step.after)
		keys := r.Keys()
		if len(keys) != step.keys {
			t.Errorf("%s later there are %d keys", step.after, len(keys))
		}
		if step.after > 11*time.Hour && keys[0].name == first {
			t.Errorf("%s later the first key still seals", step.after)
		}
		plain, err := unseal(keys, purposeTicket, sealed)
		if opens := err == nil && string(plain) == "session"; opens != step.opens {
			t.Errorf("%s later it opens: %v", step.after, opens)
		}
	}
}

func TestWhatIsSealedOpensForItsPurposeAndUnchanged(t *testing.T) {
	key, err := NewTicketKey(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := key.seal(random, purposeTicket, []byte("session"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := unseal([]TicketKey{key}, purposeSession, sealed); err == nil {
		t.Error("a ticket passes for a stored session")
	}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if _, err := unseal([]TicketKey{key}, purposeTicket, changed); err == nil {
			t.Errorf("it opens with byte %d changed", i)
		}
		if _, err := unseal([]TicketKey{key}, purposeTicket, sealed[:i]); err == nil {
			t.Errorf("its first %d bytes open", i)
		}
	}
}

type oneKey struct{ key TicketKey }

func (k oneKey) Keys() []TicketKey { return []TicketKey{k.key} }

func FuzzUnseal(f *testing.F) {
	key, err := NewTicketKey(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		f.Fatal(err)
	}
	r := &rules{config: &Config{}, keys: oneKey{key}}
	sealed := r.seal(purposeTicket, []byte("not a session"))
	f.Add(sealed)
	f.Add(sealed[:30])
	f.Fuzz(func(t *testing.T, b []byte) {
		if s := r.unseal(purposeTicket, b); s != nil {
			t.Errorf("% x is a session", b)
		}
	})
}

// changingKeys are as a program has them that loads new ones at a bad moment.
type changingKeys struct{ keys []TicketKey }

func (c *changingKeys) Keys() []TicketKey { return c.keys }

// A key that NewTicketKey did not make seals and opens nothing, whoever names it.
func TestKeysThatAreNoneDoWithoutSessions(t *testing.T) {
	keys := new(changingKeys)
	r := &rules{config: new(Config), keys: keys}
	for _, bad := range [][]TicketKey{nil, {{}}} {
		keys.keys = bad
		if r.seal(purposeTicket, []byte("session")) != nil {
			t.Errorf("%v sealed something", bad)
		}
		if r.open(purposeTicket, make([]byte, 100)) != nil {
			t.Errorf("%v opened something", bad)
		}
	}
}
