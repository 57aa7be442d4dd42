package parley_test

import (
	"runtime"
	"strings"
	"testing"
	"time"
)

// patience bounds every wait of these tests. Nothing takes so long but a failure.
const patience = 20 * time.Second

// within fails the test if f takes too long.
func within(t testing.TB, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatalf("%s: not within %v\n%s", what, patience, stacks())
	}
}

func stacks() string {
	b := make([]byte, 1<<20)
	return string(b[:runtime.Stack(b, true)])
}

// leavesNoGoroutine notes which goroutines there are; what it returns fails the
// test if there come to stay others that run code of ours.
func leavesNoGoroutine(t testing.TB) func() {
	before := ourGoroutines()
	return func() {
		t.Helper()
		var left []string
		for range 500 {
			left = left[:0]
			for id, stack := range ourGoroutines() {
				if _, known := before[id]; !known {
					left = append(left, stack)
				}
			}
			if len(left) == 0 {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Errorf("%d goroutines are left:\n%s", len(left), strings.Join(left, "\n\n"))
	}
}

// ourGoroutines gives the stacks of goroutines that run this module's code, those
// of tests apart, by number.
func ourGoroutines() map[string]string {
	found := map[string]string{}
	for stack := range strings.SplitSeq(stacks(), "\n\n") {
		id, _, _ := strings.Cut(strings.TrimPrefix(stack, "goroutine "), " ")
		if strings.Contains(stack, "parley-tls/parley") && !strings.Contains(stack, "testing.tRunner(") {
			found[id] = stack
		}
	}
	return found
}
