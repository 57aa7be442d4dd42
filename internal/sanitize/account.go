package sanitize

import "github.com/parley-tls/parley/internal/sanitize/packets"

// An Account says what became of a capture.
type Account struct {
	Frames      int
	Packets     packets.Counts
	Options     int // of TCP and IP that were taken out
	Connections int

	Opened   int // records that were read, and sealed again
	Closed   int // records that no key opened: now they are noise
	Clear    int // records in clear
	Unsealed int // records that were read, and could not be sealed again
	Grown    int // of all, how many were made longer
	Data     int // of those that were read, how many held application data
	Bytes    int64

	Secrets     int            // blocks of secrets that were left out
	LostSecrets int            // throw-away secrets that are too many to be kept
	Uncertain   map[string]int // certificates that could not be imitated, by why
	Unsigned    map[string]int // signatures of handshakes that could not be made again, by why
	Damage      string         // where the capture stops making sense
}

// record counts one.
func (a *Account) record(r *entry) {
	switch {
	case !r.Read:
		a.Closed++
	case r.Keys == nil:
		a.Clear++
	default:
		a.Opened++
	}
}

func (a *Account) data(n int) {
	a.Data++
	a.Bytes += int64(n)
}

// unsigned counts a signature that could not be made again. There are few reasons.
func (a *Account) unsigned(why string) {
	if a.Unsigned == nil {
		a.Unsigned = map[string]int{}
	}
	a.Unsigned[why]++
}

// certificate counts one that could not be imitated.
func (a *Account) certificate(why string) {
	if a.Uncertain == nil {
		a.Uncertain = map[string]int{}
	}
	const many = 100
	if _, known := a.Uncertain[why]; known || len(a.Uncertain) < many {
		a.Uncertain[why]++
	}
}
