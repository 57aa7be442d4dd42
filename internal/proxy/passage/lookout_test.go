package passage

import (
	"errors"
	"net/netip"
	"testing"
	"time"
)

var here, elsewhere = netip.MustParsePrefix("192.0.2.1/32"), netip.MustParsePrefix("198.51.100.1/32")

func TestWhoIsSilentForLongestGivesWay(t *testing.T) {
	l := NewLookout()
	ended := make(chan error, 1)
	silent, _ := connected(t, "tcp")
	go func() {
		_, _, err := l.Peek(silent, here, time.Now().Add(patience), 1)
		ended <- err
	}()
	for l.Count() == 0 {
		time.Sleep(time.Millisecond)
	}
	near, far := connected(t, "tcp")
	writes(t, far, string(helloOf(t, "pay.example")))
	if f, _, err := l.Peek(near, here, time.Now().Add(patience), 1); err != nil || f.ServerName() != "pay.example" {
		t.Errorf("%+v, %v", f, err)
	}
	if err := <-ended; !errors.Is(err, ErrCrowded) {
		t.Errorf("the silent one ended by %v", err)
	}
	if n := l.Count(); n != 0 {
		t.Errorf("%d are still waited for", n)
	}
}

// Somebody connects again and again and says nothing: he drives himself out, and not
// the client that came before him and needs its time.
func TestNobodyDrivesOthersOut(t *testing.T) {
	l := NewLookout()
	const most, visits = 3, 9
	hello := helloOf(t, "pay.example")
	slow, far := connected(t, "tcp")
	said := make(chan error, 1)
	go func() {
		_, _, err := l.Peek(slow, here, time.Now().Add(patience), most)
		said <- err
	}()
	awaits := func(n int) {
		for end := time.Now().Add(patience); l.Count() != n && time.Now().Before(end); {
			time.Sleep(time.Millisecond)
		}
	}
	awaits(1)
	crowded := make(chan error, visits)
	for n := range visits {
		silent, _ := connected(t, "tcp")
		go func() {
			_, _, err := l.Peek(silent, elsewhere, time.Now().Add(patience), most)
			crowded <- err
		}()
		if awaits(min(n+2, most)); n+2 > most {
			if err := <-crowded; !errors.Is(err, ErrCrowded) {
				t.Errorf("a silent one ended by %v", err)
			}
		}
	}
	writes(t, far, string(hello))
	if err := <-said; err != nil {
		t.Errorf("the slow one is driven out: %v", err)
	}
}
