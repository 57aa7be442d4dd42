package tickets

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// A clock is a time that a test sets.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// names are the keys of a Ring, as tickets show them.
func names(r *Ring, scope string) (out []string) {
	for _, k := range r.In(scope).Keys() {
		out = append(out, k.String())
	}
	return out
}

func wantNames(t *testing.T, got []string, want ...string) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the keys are %v, not %v", got, want)
	}
}

func TestRandomKeysRotateAndOpenForADayMore(t *testing.T) {
	c := newClock()
	r := NewRing(c.now)
	first := names(r, "")[0]
	c.pass(rotateEvery - time.Second)
	wantNames(t, names(r, ""), first)
	c.pass(time.Second)
	second := names(r, "")
	if len(second) != 2 || second[1] != first {
		t.Fatalf("after a rotation: %v, before it: %s", second, first)
	}
	c.pass(rotateEvery)
	if third := names(r, ""); len(third) != 3 || third[1] != second[0] || third[2] != first {
		t.Errorf("after two: %v", third)
	}
	c.pass(rotateEvery)
	if last := names(r, ""); len(last) != 3 || strings.Contains(fmt.Sprint(last), first) {
		t.Errorf("after three the first one is still there: %v", last)
	}
	c.pass(10 * rotateEvery)
	if n := len(names(r, "")); n != 1 {
		t.Errorf("%d keys after days without a client", n)
	}
}

func TestScopesHaveKeysOfTheirOwn(t *testing.T) {
	r := NewRing(newClock().now)
	if names(r, "a")[0] == names(r, "b")[0] {
		t.Error("what one listener sealed another one opens")
	}
	wantNames(t, names(r, "a"), names(r, "a")...)
}

// A key that is put in front opens at once and seals only when its time comes.
func TestAKeySealsNotBeforeItsTime(t *testing.T) {
	c := newClock()
	old, next := newKey(time.Time{}), newKey(c.now().Add(time.Hour))
	r := NewRing(c.now)
	r.Use([]Key{next, old})
	keys := r.In("")
	before := keys.Keys()
	if len(before) != 2 {
		t.Fatalf("%v", before)
	}
	c.pass(time.Hour)
	after := keys.Keys()
	if before[0].String() != after[1].String() || before[1].String() != after[0].String() {
		t.Errorf("before its time %v, after it %v", before, after)
	}
}

func TestFilesTakeTheRandomKeysPlaceAndGiveItBack(t *testing.T) {
	r := NewRing(newClock().now)
	random := names(r, "")
	r.Use([]Key{newKey(time.Time{})})
	if names(r, "")[0] == random[0] {
		t.Error("the key of the file is not used")
	}
	r.Use(nil)
	wantNames(t, names(r, ""), random...)
}

func TestASuccessorHasTheRandomKeysAndTheirSchedule(t *testing.T) {
	c := newClock()
	r := NewRing(c.now)
	names(r, "")
	c.pass(rotateEvery + time.Hour)
	want := names(r, "x")
	c.pass(rotateEvery - time.Hour)
	bytes, err := r.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	next := NewRing(c.now)
	if err := next.UnmarshalBinary(bytes); err != nil {
		t.Fatal(err)
	}
	wantNames(t, names(next, "x"), want...)
	c.pass(time.Hour)
	if got := names(next, "x"); len(got) != 3 || got[1] != want[0] {
		t.Errorf("after the time that was left: %v, before it %v", got, want)
	}
}

func TestASuccessorTakesNothingThatIsNoRing(t *testing.T) {
	r := NewRing(newClock().now)
	whole, _ := r.MarshalBinary()
	want := names(r, "")
	for n := range whole {
		if err := r.UnmarshalBinary(whole[:n]); err == nil {
			t.Errorf("the first %d of %d bytes are taken", n, len(whole))
		}
	}
	if err := r.UnmarshalBinary(append(whole, 0)); err == nil {
		t.Error("a byte too many is taken")
	}
	wantNames(t, names(r, ""), want...)
}

// A successor whose predecessor's clock was years ahead rotates all the same.
func TestARingOfAnotherTimeRotates(t *testing.T) {
	ahead, c := newClock(), newClock()
	ahead.pass(5 * 365 * 24 * time.Hour)
	bytes, _ := NewRing(ahead.now).MarshalBinary()
	r := NewRing(c.now)
	if err := r.UnmarshalBinary(bytes); err != nil {
		t.Fatal(err)
	}
	first := names(r, "")
	c.pass(rotateEvery)
	if got := names(r, ""); got[0] == first[0] {
		t.Error("the key of a clock that was ahead seals for years")
	}
}

func TestNothingPrintsAKey(t *testing.T) {
	r := NewRing(newClock().now)
	names(r, "")
	key := r.own[0]
	secret := string(key.secret.Bytes())
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q", "%d"} {
		for _, thing := range []any{r, key, &key, r.own} {
			text := fmt.Sprintf(verb, thing)
			if strings.Contains(text, secret) || strings.Contains(text, fmt.Sprintf("%x", secret)) || strings.Contains(text, fmt.Sprint([]byte(secret))) {
				t.Errorf("%s of a %T shows the secret", verb, thing)
			}
		}
	}
}

func TestTheRingMayBeAskedAndChangedAtOnce(t *testing.T) {
	c := newClock()
	r := NewRing(c.now)
	keys := r.In("")
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 100 {
				if len(keys.Keys()) == 0 {
					t.Error("there are no keys for a moment")
				}
			}
		})
		all.Go(func() {
			for range 25 {
				c.pass(time.Hour)
				r.Use([]Key{newKey(time.Time{})})
				r.Use(nil)
			}
		})
	}
	all.Wait()
}

func FuzzHandover(f *testing.F) {
	whole, _ := NewRing(newClock().now).MarshalBinary()
	f.Add(whole)
	f.Add([]byte{ringVersion})
	f.Fuzz(func(t *testing.T, b []byte) {
		r := NewRing(newClock().now)
		if err := r.UnmarshalBinary(b); err == nil && len(names(r, "")) == 0 {
			t.Error("a ring without a key was taken")
		}
	})
}
