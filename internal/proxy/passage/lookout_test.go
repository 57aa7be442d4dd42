package passage

import (
	"errors"
	"testing"
	"time"
)

func TestWhoIsSilentForLongestGivesWay(t *testing.T) {
	l := NewLookout()
	ended := make(chan error, 1)
	silent, _ := connected(t, "tcp")
	go func() {
		_, _, err := l.Peek(silent, time.Now().Add(patience), 1)
		ended <- err
	}()
	for l.Count() == 0 {
		time.Sleep(time.Millisecond)
	}
	near, far := connected(t, "tcp")
	writes(t, far, string(helloOf(t, "pay.example")))
	if f, _, err := l.Peek(near, time.Now().Add(patience), 1); err != nil || f.ServerName() != "pay.example" {
		t.Errorf("%+v, %v", f, err)
	}
	if err := <-ended; !errors.Is(err, ErrCrowded) {
		t.Errorf("the silent one ended by %v", err)
	}
	if n := l.Count(); n != 0 {
		t.Errorf("%d are still waited for", n)
	}
}
