package sparing

import (
	"fmt"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

// heard gives a Limiter and what it tells.
func heard(most int) (*Limiter, chan Rest) {
	told := make(chan Rest, 10)
	return New(most, func(r Rest) { told <- r }), told
}

// lines tries so many lines and counts those that are written.
func lines(l *Limiter, n int, kind string, at time.Time) (written int) {
	for range n {
		if l.Allows(kind, at) {
			written++
		}
	}
	return written
}

func TestOfAFloodSomeLinesAreWrittenAndTheRestIsCounted(t *testing.T) {
	l, told := heard(10)
	if n := lines(l, 1000, "not-tls", noon); n != 10*burstSeconds {
		t.Errorf("%d lines at once", n)
	}
	if n := lines(l, 1000, "not-tls", noon.Add(time.Second)); n != 10 {
		t.Errorf("%d lines a second later", n)
	}
	if n := lines(l, 50, "truncated", noon); n != 50 {
		t.Errorf("a flood of one kind leaves %d lines of 50 of another", n)
	}
	lines(l, 60, "truncated", noon)
	l.Close()
	if r := <-told; r.Lines != 1900 || r.String() != "not-tls 1890, truncated 10" {
		t.Errorf("the rest is %d: %s", r.Lines, r)
	}
	if !l.Allows("not-tls", noon) {
		t.Error("after the end a line is left out, of which nobody will be told")
	}
}

// The rest is told though nothing more happens.
func TestTheRestIsToldByTheClock(t *testing.T) {
	l, told := heard(1)
	l.every = time.Millisecond
	lines(l, burstSeconds+3, "x", noon)
	if r := <-told; r.Lines != 3 {
		t.Errorf("%+v", r)
	}
	lines(l, 2, "x", noon)
	if r := <-told; r.Lines != 2 {
		t.Errorf("%+v", r)
	}
	l.Close()
	if len(told) != 0 {
		t.Errorf("told again: %+v", <-told)
	}
}

func TestKindsAreBounded(t *testing.T) {
	l, _ := heard(1)
	for n := range 10 * maxKinds {
		lines(l, 1, fmt.Sprint(n), noon)
	}
	if len(l.kinds) > maxKinds+1 {
		t.Errorf("%d kinds", len(l.kinds))
	}
	lines(l, 100, "one more", noon)
	if len(l.left) != 1 || l.left[others] == 0 {
		t.Errorf("%v", l.left)
	}
	l.Close()
}

func TestItCanBeTurnedOff(t *testing.T) {
	l, told := heard(0)
	if n := lines(l, 1000, "x", noon); n != 1000 {
		t.Errorf("%d of 1000 lines", n)
	}
	l.Set(1)
	if n := lines(l, 1000, "x", noon); n != burstSeconds {
		t.Errorf("%d lines when it is on again", n)
	}
	l.Set(2)
	if n := lines(l, 1000, "x", noon); n != 2*burstSeconds {
		t.Errorf("%d lines when it is changed", n)
	}
	l.Close()
	<-told
}
