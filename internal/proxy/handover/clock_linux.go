package handover

import (
	"time"

	"golang.org/x/sys/unix"
)

// monotonic is the time of systemd's own clock, CLOCK_MONOTONIC.
func monotonic() (time.Duration, bool) {
	var now unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &now) != nil {
		return 0, false
	}
	return time.Duration(now.Nano()), true
}
