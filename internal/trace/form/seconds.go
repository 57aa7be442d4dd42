package form

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Seconds is a duration that is written as a number of seconds, exact to the
// nanosecond, which a floating-point number would not be after some weeks.
type Seconds time.Duration

// MarshalJSON writes the number.
func (s Seconds) MarshalJSON() ([]byte, error) {
	sign, n := "", uint64(s)
	if s < 0 {
		sign, n = "-", -n
	}
	text := fmt.Sprintf("%s%d.%09d", sign, n/1e9, n%1e9)
	return []byte(strings.TrimRight(strings.TrimRight(text, "0"), ".")), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (s *Seconds) UnmarshalJSON(b []byte) error {
	whole, part, _ := strings.Cut(string(b), ".")
	if len(part) > 9 || strings.ContainsAny(part, "+-") {
		return fmt.Errorf("%q is no number of seconds with at most nine digits behind the point", b)
	}
	n, err := strconv.ParseInt(whole+part+"000000000"[len(part):], 10, 64)
	if err != nil {
		return fmt.Errorf("%q is no number of seconds of a connection", b)
	}
	*s = Seconds(n)
	return nil
}
