package parley

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestTheMemoryStoreForgetsWhatWasLongestUnused(t *testing.T) {
	ctx := context.Background()
	m := newMemoryStore(3)
	key := func(i int) [32]byte { return [32]byte{byte(i)} }
	for i := range 3 {
		m.Put(ctx, key(i), []byte{byte(i)}, time.Hour)
	}
	m.Get(ctx, key(0))
	m.Put(ctx, key(3), []byte{3}, time.Hour)
	m.Delete(ctx, key(2))
	for i, there := range []bool{true, false, false, true} {
		if got, err := m.Get(ctx, key(i)); err != nil || (got != nil) != there {
			t.Errorf("session %d: %v, %v", i, got, err)
		}
	}
	if len(m.entries) != m.recent.Len() {
		t.Errorf("%d entries, %d in the list", len(m.entries), m.recent.Len())
	}
}

func TestTheMemoryStoreIsBoundedInBytes(t *testing.T) {
	ctx := context.Background()
	m := newMemoryStore(1000)
	large := make([]byte, maxSessionBytes/4)
	for i := range 10 {
		m.Put(ctx, [32]byte{byte(i)}, large, time.Hour)
	}
	if len(m.entries) != 4 || m.recent.Len() != 4 || m.size != 4*len(large) {
		t.Errorf("%d entries of %d bytes", len(m.entries), m.size)
	}
	m.Put(ctx, [32]byte{9}, []byte{1}, time.Hour) // in another's place
	m.Put(ctx, [32]byte{100}, make([]byte, maxSessionBytes+1), time.Hour)
	if got, _ := m.Get(ctx, [32]byte{9}); len(got) != 1 {
		t.Error("a session larger than the store drove the others out")
	}
	if got, _ := m.Get(ctx, [32]byte{100}); got != nil {
		t.Error("a session larger than the store is in it")
	}
	for i := range 10 {
		m.Delete(ctx, [32]byte{byte(i)})
	}
	if len(m.entries) != 0 || m.size != 0 {
		t.Errorf("emptied, it has %d entries of %d bytes", len(m.entries), m.size)
	}
}

func TestTheMemoryStoreKeepsNothingBeyondItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemoryStore(3)
		m.Put(t.Context(), [32]byte{}, []byte{1}, time.Hour)
		time.Sleep(time.Hour + time.Second)
		if got, _ := m.Get(t.Context(), [32]byte{}); got != nil {
			t.Errorf("there is %v", got)
		}
	})
}
