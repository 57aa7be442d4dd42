package passage

import (
	"errors"
	"io"
	"syscall"
	"testing"
	"time"
)

// A side that takes no more may have said why, and that arrives before its reset.
func TestLastWordsArriveBeforeTheReset(t *testing.T) {
	for name, tap := range ways {
		t.Run(name, func(t *testing.T) {
			x := begin(t, "tcp", Options{Tap: tap()})
			writes(t, x.backend, "why")
			tear(t, x.backend)
			var err error
			for end := time.Now().Add(patience); err == nil && time.Now().Before(end); { // until somebody notices
				_, err = x.client.Write([]byte("more"))
			}
			got, err := io.ReadAll(x.client)
			if string(got) != "why" || !errors.Is(err, syscall.ECONNRESET) && !isTorn(x.client) {
				t.Errorf("the client read %q, %v, and no reset", got, err)
			}
			if e := x.end(t); e.By != Backend || e.Err == nil {
				t.Errorf("it ended by %+v", e)
			}
		})
	}
}

// The error of a reset is told once: where a write took it, a read sees an end.
func TestEndBehindAResetIsNoEnd(t *testing.T) {
	near, far := connected(t, "tcp")
	if isTorn(near) {
		t.Error("it is torn before anything happened")
	}
	tear(t, far)
	for err := error(nil); err == nil; {
		_, err = near.Write([]byte("x"))
	}
	if _, err := near.Read(make([]byte, 1)); err != io.EOF || !isTorn(near) {
		t.Errorf("read %v, torn %v", err, isTorn(near))
	}
}
