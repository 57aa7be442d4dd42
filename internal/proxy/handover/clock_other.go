//go:build !linux

package handover

import "time"

// monotonic is a time that only systemd asks for.
func monotonic() (time.Duration, bool) { return 0, false }
