package survey

import (
	"cmp"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// grouped writes a number with a comma between thousands.
func grouped[T int | int64](n T) string {
	s := strconv.FormatInt(int64(n), 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return grouped(n) + " " + what + "s"
}

// seconds writes a time as precisely as it is of use.
func seconds(d time.Duration) string {
	switch {
	case d < time.Second:
		return strconv.FormatInt(d.Round(time.Millisecond).Milliseconds(), 10) + " ms"
	case d < 100*time.Second:
		return trimmed(d.Seconds(), 2) + " s"
	}
	return trimmed(d.Seconds(), 1) + " s"
}

// size writes a number of bytes as people say it.
func size(n int64) string {
	const kib, mib, gib = 1 << 10, 1 << 20, 1 << 30
	switch {
	case n >= gib:
		return trimmed(float64(n)/gib, 2) + " GiB"
	case n >= mib:
		return trimmed(float64(n)/mib, 2) + " MiB"
	case n >= 10*kib:
		return trimmed(float64(n)/kib, 1) + " KiB"
	}
	return grouped(n) + " bytes"
}

// trimmed writes a number without the zeros at its end.
func trimmed(x float64, digits int) string {
	s := strconv.FormatFloat(x, 'f', digits, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// rounded gives the round number that a limit was probably set to, or the median
// where none is near. A limit is reached and then passed, so that it lies below.
func rounded(median float64, steps []float64) float64 {
	const above, below = 0.002, 0.02
	for _, step := range steps {
		r := math.Round(median/step) * step
		if r > 0 && r/step <= 20 && r <= median*(1+above) && r >= median*(1-below) {
			return r
		}
	}
	return median
}

// addresses lists a few of many, in order.
func addresses(rows []row) string {
	var list []netip.Addr
	seen := map[netip.Addr]bool{}
	for _, r := range rows {
		if r.client.IsValid() && !seen[r.client] {
			seen[r.client] = true
			list = append(list, r.client)
		}
	}
	slices.SortFunc(list, netip.Addr.Compare)
	var words []string
	for _, a := range list[:min(maxListed, len(list))] {
		words = append(words, a.String())
	}
	if more := len(list) - maxListed; more > 0 {
		words = append(words, fmt.Sprintf("and %s more", grouped(more)))
	}
	return strings.Join(words, ", ")
}

// most lists the texts that rows have, the most frequent first, and how many have
// each where not all have one.
func most(rows []row, text func(row) string) string {
	groups := by(rows, func(r row) (string, bool) { t := text(r); return t, t != "" })
	slices.SortStableFunc(groups, func(a, b group[row, string]) int {
		return cmp.Or(len(b.members)-len(a.members), strings.Compare(a.key, b.key))
	})
	var words []string
	for _, g := range groups[:min(maxListed, len(groups))] {
		if len(g.members) == len(rows) {
			return g.key
		}
		words = append(words, fmt.Sprintf("%s (%s)", g.key, grouped(len(g.members))))
	}
	if more := len(groups) - maxListed; more > 0 {
		words = append(words, fmt.Sprintf("and %s more", grouped(more)))
	}
	return strings.Join(words, ", ")
}

// who names the clients of a fingerprint.
func (n *names) who(print name) string {
	ja3, ja4 := n.print(print)
	switch {
	case ja3 == "" && ja4 == "":
		return "clients without a hello"
	case ja3 == "":
		return "clients with JA4 " + ja4
	}
	return "clients with JA3 " + ja3
}
