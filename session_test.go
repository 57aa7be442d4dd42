package parley_test

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
)

// shake connects once, offering a session, and says whether it was resumed.
func shake(t *testing.T, l *parley.Listener, o legacyclient.Options) (*legacyclient.Session, bool) {
	t.Helper()
	c := legacy(t, l, o)
	echoes(t, c, 100)
	s, resumed := c.Session(), c.State().Resumed
	c.Close()
	return s, resumed
}

func TestSessionsResumeByIDAndByTicket(t *testing.T) {
	for _, tickets := range []bool{false, true} {
		for _, v := range versions {
			t.Run(fmt.Sprintf("%s, tickets %v", v, tickets), func(t *testing.T) {
				l := listen(t, server())
				serveEcho(t, l)
				o := legacyclient.Options{Version: v, SessionTickets: tickets}
				s, _ := shake(t, l, o)
				if (len(s.Ticket) > 0) != tickets {
					t.Errorf("a ticket of %d bytes", len(s.Ticket))
				}
				o.Session = s
				if _, resumed := shake(t, l, o); !resumed {
					t.Error("it was not resumed")
				}
			})
		}
	}
}

func TestASessionOfAnotherLineageIsAMiss(t *testing.T) {
	for _, tickets := range []bool{false, true} {
		l := listen(t, server())
		serveEcho(t, l)
		o := legacyclient.Options{SessionTickets: tickets}
		o.Session, _ = shake(t, l, o)
		if err := l.SetConfig(server()); err != nil {
			t.Fatal(err)
		}
		if _, resumed := shake(t, l, o); resumed {
			t.Error("it was resumed")
		}
	}
}

func TestASessionGrowsOld(t *testing.T) {
	for _, tickets := range []bool{false, true} {
		var mu sync.Mutex
		now := time.Now()
		later := func(d time.Duration) {
			mu.Lock()
			defer mu.Unlock()
			now = now.Add(d)
		}
		l := listen(t, server(func(c *parley.Config) {
			c.Time = func() time.Time {
				mu.Lock()
				defer mu.Unlock()
				return now
			}
		}))
		serveEcho(t, l)
		o := legacyclient.Options{SessionTickets: tickets}
		o.Session, _ = shake(t, l, o)
		later(23 * time.Hour) // the keys were rotated once
		if _, resumed := shake(t, l, o); !resumed {
			t.Errorf("tickets %v: not resumed after 23 hours", tickets)
		}
		later(2 * time.Hour)
		if _, resumed := shake(t, l, o); resumed {
			t.Errorf("tickets %v: resumed after 25 hours", tickets)
		}
	}
}

// A mapStore is a SessionStore that the tests can look into.
type mapStore struct {
	mu     sync.Mutex
	sealed map[[32]byte][]byte
	err    error
	hang   bool // calls return when their context ends, and later still
	// deleted is told of each Delete; nil: nobody is.
	deleted chan struct{}
}

func (m *mapStore) wait(ctx context.Context) error {
	m.mu.Lock()
	hang, err := m.hang, m.err
	m.mu.Unlock()
	if hang {
		<-ctx.Done()
		time.Sleep(50 * time.Millisecond)
	}
	return err
}

func (m *mapStore) Put(ctx context.Context, key [32]byte, sealed []byte, ttl time.Duration) error {
	if err := m.wait(ctx); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sealed[key] = sealed
	return nil
}

func (m *mapStore) Get(ctx context.Context, key [32]byte) ([]byte, error) {
	if err := m.wait(ctx); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.sealed[key], nil
}

func (m *mapStore) Delete(ctx context.Context, key [32]byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.sealed, key)
	if m.deleted != nil {
		m.deleted <- struct{}{}
	}
	return nil
}

type fixedKeys []parley.TicketKey

func (k fixedKeys) Keys() []parley.TicketKey { return k }

func randomKey() parley.TicketKey {
	secret := make([]byte, 32)
	rand.Read(secret)
	return must(parley.NewTicketKey(secret))
}

func TestTwoServersShareAStore(t *testing.T) {
	store := &mapStore{sealed: map[[32]byte][]byte{}}
	key, next := randomKey(), randomKey()
	sharing := func(keys ...parley.TicketKey) func(*parley.Config) {
		return func(c *parley.Config) { c.Sessions, c.TicketKeys = store, fixedKeys(keys) }
	}
	one, two, three := listen(t, server(sharing(key))), listen(t, server(sharing(next, key))), listen(t, server(sharing(next)))
	for _, l := range []*parley.Listener{one, two, three} {
		serveEcho(t, l)
	}
	o := legacyclient.Options{}
	o.Session, _ = shake(t, one, o)
	if _, resumed := shake(t, two, o); !resumed {
		t.Error("the other server, its keys rotated, does not resume")
	}
	if _, resumed := shake(t, three, o); resumed {
		t.Error("a server without the key resumes")
	}
	for key, sealed := range store.sealed {
		if strings.Contains(string(sealed), string(o.Session.ID)) || string(key[:]) == string(o.Session.ID) {
			t.Error("the store can read the session id")
		}
	}
}

func TestAStoreThatFailsOrHangsIsAMiss(t *testing.T) {
	store := &mapStore{sealed: map[[32]byte][]byte{}}
	l := listen(t, server(func(c *parley.Config) { c.Sessions = store }))
	serveEcho(t, l)
	o := legacyclient.Options{}
	o.Session, _ = shake(t, l, o)
	if _, resumed := shake(t, l, o); !resumed {
		t.Error("it was not resumed")
	}
	store.mu.Lock()
	store.err = errors.New("out of order")
	store.mu.Unlock()
	if _, resumed := shake(t, l, o); resumed {
		t.Error("it was resumed without a store")
	}
	store.mu.Lock()
	store.err, store.hang = nil, true
	store.mu.Unlock()
	if _, resumed := shake(t, l, o); resumed {
		t.Error("it was resumed from a store that hangs")
	}
}

func TestNoSessionIDsAndNoTickets(t *testing.T) {
	for _, tickets := range []bool{false, true} {
		l := listen(t, server(func(c *parley.Config) { c.NoSessionIDs, c.NoTickets = true, true }))
		serveEcho(t, l)
		o := legacyclient.Options{SessionTickets: tickets}
		c := legacy(t, l, o)
		echoes(t, c, 10)
		// The founding client is bound by the session in use all the same.
		if err := misbehaviour(t, "reset").Run(c); err != nil {
			t.Errorf("reset: %v", err)
		}
		echoes(t, c, 10)
		o.Session = c.Session()
		if _, resumed := shake(t, l, o); resumed {
			t.Errorf("tickets %v: it was resumed", tickets)
		}
	}
}

func TestTicketKeysHideThemselves(t *testing.T) {
	secret := []byte(strings.Repeat("sesame! ", 4))
	key := must(parley.NewTicketKey(secret))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		text := fmt.Sprintf(verb, key)
		nested := fmt.Sprintf(verb, struct{ K parley.TicketKey }{key})
		if len(text) > 40 || len(nested) > 120 {
			t.Errorf("%s shows %s, nested %s", verb, text, nested)
		}
	}
	if _, err := parley.NewTicketKey(secret[:31]); err == nil {
		t.Error("a short secret was taken")
	}
}

func TestSessionsOutliveAChangeOfTheConfig(t *testing.T) {
	both(t, func(t *testing.T, with *tls.Config) {
		config := server()
		l := listen(t, config)
		serveEcho(t, l)
		with.ClientSessionCache = tls.NewLRUClientSessionCache(1)
		for i := range 3 {
			c := dial(t, l, with)
			echoes(t, c, 100)
			if resumed := c.ConnectionState().DidResume; resumed != (i > 0) {
				t.Errorf("connection %d: resumed is %v", i, resumed)
			}
			c.Close()
			config = config.Clone()
			if err := l.SetConfig(config); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestASessionThatEndedWithAFatalAlertIsForgotten(t *testing.T) {
	for _, own := range []bool{true, false} {
		store := &mapStore{sealed: map[[32]byte][]byte{}, deleted: make(chan struct{}, 10)}
		l := listen(t, server(func(c *parley.Config) {
			if !own {
				c.Sessions = store
			}
		}))
		serveEcho(t, l)
		c := legacy(t, l, legacyclient.Options{})
		echoes(t, c, 100)
		o := legacyclient.Options{Session: c.Session()}
		if _, resumed := shake(t, l, o); !resumed {
			t.Error("it is not there to be forgotten")
		}
		sendForged(t, c)
		if err := c.AwaitEnd(); err == nil {
			t.Error("a forged record was taken")
		}
		if !own {
			<-store.deleted
		}
		if _, resumed := shake(t, l, o); resumed {
			t.Error("it was resumed")
		}
	}
}
