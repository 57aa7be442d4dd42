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
