//go:build unix

package proxy

import (
	"syscall"
	"testing"
	"time"
)

// Whoever takes all descriptors keeps new clients out. He must not have the watchdog
// end those that are served.
func TestProcessWithoutDescriptorsHasAPulse(t *testing.T) {
	d := serve(t, Options{Metrics: "127.0.0.1:0"})
	p := newPulse(groupOf(d), d.desk)
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 0, Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	err := p.feel(time.Now(), patience)
	if again := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before); again != nil {
		t.Fatal(again)
	}
	if err != nil {
		t.Error(err)
	}
}
