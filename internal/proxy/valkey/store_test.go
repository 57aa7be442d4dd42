package valkey

import (
	"bytes"
	"context"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/proxy/valkey/valkeytest"
)

const patience = 20 * time.Second

// A text is a log that may be written to and read at once.
type text struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (x *text) Write(b []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.b.Write(b)
}

func (x *text) String() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.b.String()
}

// A user is somebody who holds a store.
type user struct {
	*Store
	t      *testing.T
	stores *Stores
	log    *text
}

func use(t *testing.T, word string) *user {
	t.Helper()
	p, err := Parse(word)
	if err != nil {
		t.Fatal(err)
	}
	before := runtime.NumGoroutine()
	u := &user{t: t, log: &text{}}
	u.stores = NewStores(slog.New(slog.NewTextHandler(u.log, nil)))
	u.Store = u.stores.At(p)
	u.stores.Hold(u, u.Store)
	t.Cleanup(func() {
		u.stores.Hold(u, nil)
		eventually(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() <= before+2 })
	})
	return u
}

func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !f(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not in %v", what, patience)
		}
	}
}

func (u *user) answers() bool { _, up := u.stores.Up(); return up == 1 }

// count gives one of the counts.
func (u *user) count(request, result string) (n int64) {
	for _, c := range u.stores.Counts.All() {
		if c.Request == request && c.Result == result {
			n = c.Count
		}
	}
	return n
}

// within is what parley gives a store.
func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), useful)
	t.Cleanup(cancel)
	return ctx
}

func TestSessionsAreKeptFoundAndForgotten(t *testing.T) {
	f := valkeytest.New(t, "")
	u := use(t, "valkey://"+f.Addr())
	eventually(t, "it answers", u.answers)
	key, sealed := [32]byte{1, 2}, "sealed\x00\r\n"
	eventually(t, "it is put", func() bool { return u.Put(within(t), key, []byte(sealed), time.Hour) == nil })
	eventually(t, "it is found", func() bool { got, err := u.Get(within(t), key); return err == nil && string(got) == sealed })
	if got, err := u.Get(within(t), [32]byte{3}); got != nil || err != nil {
		t.Errorf("another: %q, %v", got, err)
	}
	eventually(t, "it is forgotten", func() bool { return u.Delete(within(t), key) == nil })
	if got, err := u.Get(within(t), key); got != nil || err != nil {
		t.Errorf("after it was forgotten: %q, %v", got, err)
	}
	if u.count("get", "hit") < 1 || u.count("get", "miss") < 2 || u.count("put", "done") < 1 || u.count("delete", "done") < 1 {
		t.Errorf("%+v", u.stores.Counts.All())
	}
}

// Somebody else who may write there cannot make us read without a bound.
func TestWhatIsTooLargeIsNoSession(t *testing.T) {
	f := valkeytest.New(t, "")
	u := use(t, "valkey://"+f.Addr())
	eventually(t, "it answers", u.answers)
	f.Put(name([32]byte{1}), strings.Repeat("x", maxSealed+5))
	if got, err := u.Get(within(t), [32]byte{1}); got != nil || err != nil {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if err := u.Put(within(t), [32]byte{2}, make([]byte, maxSealed+1), time.Hour); err != nil || f.Entries() != 1 {
		t.Errorf("%v, %d entries", err, f.Entries())
	}
}

func TestAServerThatIsGoneIsNotAskedUntilItIsBack(t *testing.T) {
	f := valkeytest.New(t, "")
	address := f.Addr()
	u := use(t, "valkey://"+address)
	eventually(t, "it answers", u.answers)
	f.Stop()
	eventually(t, "it is given up", func() bool { _, _ = u.Get(within(t), [32]byte{1}); return !u.answers() })
	before := u.count("get", "failed")
	for range 50 {
		if _, err := u.Get(within(t), [32]byte{1}); err == nil {
			t.Fatal("it answers")
		}
	}
	if u.count("get", "failed") != before || u.count("get", "skipped") < 50 {
		t.Errorf("it is asked all the same: %+v", u.stores.Counts.All())
	}
	eventually(t, "that it is gone is told", func() bool { return strings.Contains(u.log.String(), "does not answer") })
	f.Listen(address)
	eventually(t, "it is asked again", u.answers)
	eventually(t, "and answers", func() bool { return u.Put(within(t), [32]byte{1}, []byte("x"), time.Hour) == nil })
	if n := strings.Count(u.log.String(), "does not answer"); n != 1 {
		t.Errorf("that it is gone is told %d times:\n%s", n, u.log)
	}
}

// A server that takes everything and says nothing holds up neither a handshake nor
// the end of the process.
func TestAServerThatIsSilentIsGivenUp(t *testing.T) {
	f := valkeytest.New(t, "")
	u := use(t, "valkey://"+f.Addr())
	eventually(t, "it answers", u.answers)
	f.Silence()
	for range maxFailures {
		_, _ = u.Get(within(t), [32]byte{1})
	}
	eventually(t, "it is given up", func() bool { return !u.answers() })
	asked := f.Asked("GETRANGE")
	for range 100 {
		_, _ = u.Get(within(t), [32]byte{1})
	}
	if f.Asked("GETRANGE") != asked {
		t.Error("handshakes ask a server that says nothing")
	}
}

func TestAWrongPasswordIsToldAndNotShown(t *testing.T) {
	f := valkeytest.New(t, "right")
	u := use(t, "valkey://me:hunter2@"+f.Addr())
	eventually(t, "it is told", func() bool { return strings.Contains(u.log.String(), "WRONGPASS") })
	if strings.Contains(u.log.String(), "hunter2") {
		t.Errorf("%s", u.log)
	}
	u = use(t, "valkey://me:right@"+f.Addr())
	eventually(t, "with the right one it answers", u.answers)
}

func TestStoresAreSharedAndEndWithTheLastWhoHoldsThem(t *testing.T) {
	f := valkeytest.New(t, "")
	p, err := Parse("valkey://" + f.Addr())
	if err != nil {
		t.Fatal(err)
	}
	x := NewStores(slog.New(slog.DiscardHandler))
	s := x.At(p)
	if x.At(p) != s || x.At(p.WithPassword("other")) == s {
		t.Error("one place has two stores, or two have one")
	}
	x.Hold("a", s)
	x.Hold("b", s)
	eventually(t, "it answers", func() bool { _, up := x.Up(); return up == 1 })
	x.Hold("a", nil)
	if held, up := x.Up(); held != 1 || up != 1 {
		t.Error("it ends before the last one lets go")
	}
	x.Hold("b", nil)
	if held, _ := x.Up(); held != 0 || s.server.Load() != nil || x.At(p) == s {
		t.Error("it is still there")
	}
}

// Clients that leave while they are waited for do not take the store from others.
func TestWhoGoesAwayTakesTheStoreFromNobody(t *testing.T) {
	f := valkeytest.New(t, "")
	u := use(t, "valkey://"+f.Addr())
	eventually(t, "it answers", u.answers)
	gone, leave := context.WithCancel(t.Context())
	leave()
	for range 2 * maxFailures {
		if _, err := u.Get(gone, [32]byte{1}); err == nil {
			t.Fatal("it was found out")
		}
	}
	if n := u.failures.Load(); n != 0 {
		t.Errorf("%d failures are the server's", n)
	}
	if u.count("get", "failed") == 0 {
		t.Error("nobody hears of them")
	}
}
