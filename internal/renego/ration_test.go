package renego_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/parley-tls/parley/internal/renego"
)

func TestDefaultRationIsTheDesigns(t *testing.T) {
	if got := (renego.Ration{}).OrDefault(); got != (renego.Ration{Connection: 200, ConnectionPerSecond: 20, Source: 4000, SourcePerSecond: 400}) {
		t.Errorf("%+v", got)
	}
	own := renego.Ration{Connection: 1, ConnectionPerSecond: 2, Source: 3, SourcePerSecond: 4}
	if got := own.OrDefault(); got != own {
		t.Errorf("%+v became %+v", own, got)
	}
}

// A spending is one Take that succeeded.
type spending struct {
	at   time.Duration
	cost int
}

// In no window, wherever it begins and ends, is more spent than the bucket's
// size and what it regains in the window.
func TestBucketNeverGivesMoreThanItHas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size, rate := rapid.IntRange(1, 300).Draw(t, "size"), rapid.IntRange(1, 50).Draw(t, "rate")
		var b renego.Bucket
		var spent []spending
		now := time.Duration(0)
		for range rapid.IntRange(1, 60).Draw(t, "takes") {
			now += time.Duration(rapid.Int64Range(0, int64(3*time.Second)).Draw(t, "passes"))
			cost := rapid.IntRange(1, size).Draw(t, "cost")
			if b.Take(now, cost, size, rate) == 0 {
				spent = append(spent, spending{now, cost})
			}
		}
		for i := range spent {
			sum := 0
			for _, s := range spent[i:] {
				sum += s.cost
				if most := float64(size) + float64(rate)*(s.at-spent[i].at).Seconds(); float64(sum) > most+1e-6 {
					t.Fatalf("%d points between %s and %s, at most %f", sum, spent[i].at, s.at, most)
				}
			}
		}
	})
}

func TestWaitingAsLongAsBucketSaysIsEnough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size, rate := rapid.IntRange(1, 5000).Draw(t, "size"), rapid.IntRange(1, 500).Draw(t, "rate")
		var b renego.Bucket
		now := time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "begins"))
		for range rapid.IntRange(1, 100).Draw(t, "takes") {
			cost := rapid.IntRange(1, 2*size).Draw(t, "cost") // more than it holds, too: it must not wait for ever
			wait := b.Take(now, cost, size, rate)
			if wait == 0 {
				continue
			}
			early := b
			if wait > 2 && early.Take(now+wait-2, cost, size, rate) == 0 && cost <= size {
				t.Fatalf("%s was too long", wait)
			}
			now += wait
			if again := b.Take(now, cost, size, rate); again != 0 {
				t.Fatalf("after %s it wants %s more", wait, again)
			}
		}
	})
}

func TestBucketThatRefusesSpendsNothing(t *testing.T) {
	var b renego.Bucket
	for range 10 {
		if b.Take(0, 20, 200, 20) != 0 {
			t.Fatal("a full bucket has 200 points")
		}
	}
	first := b.Take(0, 20, 200, 20)
	for range 1000 {
		if wait := b.Take(0, 20, 200, 20); wait != first {
			t.Fatalf("asking again made it %s, was %s", wait, first)
		}
	}
	if wait := b.Take(0, 1, 200, 20); wait <= 0 || wait >= first {
		t.Errorf("one point waits %s, twenty %s", wait, first)
	}
}

func TestBucketIsFullAgainAfterItsTime(t *testing.T) {
	var b renego.Bucket
	if !b.Full(0, 20) {
		t.Error("the zero bucket is not full")
	}
	b.Take(0, 200, 200, 20)
	if b.Full(10*time.Second-1, 20) {
		t.Error("full too early")
	}
	if !b.Full(10*time.Second+1, 20) {
		t.Error("200 points at 20 a second are not there after 10 s")
	}
}

// A clock that stands still or goes back gives nothing.
func TestBucketGainsNothingFromTimeThatGoesBack(t *testing.T) {
	var b renego.Bucket
	b.Take(time.Hour, 200, 200, 20)
	if b.Take(0, 1, 200, 20) == 0 || b.Take(time.Hour, 1, 200, 20) == 0 {
		t.Error("points out of nothing")
	}
}

// Who wants no limit writes the largest number there is.
func TestALargeRationIsLarge(t *testing.T) {
	for _, most := range []int{math.MaxInt, math.MaxInt / 2} {
		var b renego.Bucket
		for range 1000 {
			if wait := b.Take(0, renego.CostFull, most, most); wait > 0 {
				t.Fatalf("with %d points a hello waits for %v", most, wait)
			}
		}
	}
}
