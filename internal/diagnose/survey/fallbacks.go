package survey

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/parley-tls/parley/internal/diagnose"
)

// A pair is who speaks with whom.
type pair struct {
	client netip.Addr
	server netip.AddrPort
}

func pairOf(r row) (pair, bool) {
	return pair{r.client, r.server}, r.client.IsValid() && r.server.IsValid()
}

// A second attempt belongs to a failed one within this time, and within this many
// attempts of the same client.
const (
	again     = 10 * time.Second
	attempted = 16
)

// fallbacks finds clients that fail and come again with a lower version.
func fallbacks(v *view) []diagnose.Remark {
	var remarks []diagnose.Remark
	for _, g := range by(v.rows, pairOf) {
		if attempts := fellBack(inTime(g.members)); len(attempts) > 0 {
			remarks = append(remarks, fallback(g.key, attempts, unforced(g.members, attempts)))
		}
	}
	return remarks
}

// An attempt is one that failed, and the next with a lower version.
type attempt struct{ failed, next row }

func fellBack(rows []row) (attempts []attempt) {
	for i, r := range rows {
		if before, ok := failedBefore(rows[max(0, i-attempted):i], r); ok {
			attempts = append(attempts, attempt{before, r})
		}
	}
	return attempts
}

// unforced counts connections with a hello like those of the second attempts, but
// with no failure before: they are another device's behind the same address,
// whose version that simply is.
func unforced(rows []row, attempts []attempt) int {
	low := map[name]int{}
	for _, r := range rows {
		low[r.print]++
	}
	for _, a := range attempts {
		low[a.next.print]--
	}
	n := 0
	counted := map[name]bool{}
	for _, a := range attempts {
		if !counted[a.next.print] {
			counted[a.next.print] = true
			n += low[a.next.print]
		}
	}
	return n
}

func inTime(rows []row) []row {
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b row) int { return a.start.Compare(b.start) })
	return rows
}

// failedBefore is the attempt that failed, offered a higher version and was made
// shortly before r.
func failedBefore(rows []row, r row) (row, bool) {
	for _, before := range slices.Backward(rows) {
		if r.start.Sub(before.start) > again {
			break
		}
		if !before.done && before.failures != 0 && r.offered != 0 && before.offered > r.offered {
			return before, true
		}
	}
	return row{}, false
}

func fallback(who pair, attempts []attempt, unforced int) diagnose.Remark {
	var rows []row
	for _, a := range attempts {
		rows = append(rows, a.failed, a.next)
	}
	from, to := attempts[0].failed.offered, attempts[0].next.offered
	f := diagnose.Finding{
		ID: "version-fallback", Level: diagnose.Risk, Culprit: diagnose.CulpritNone, Confidence: diagnose.Possible,
		Sentence: fmt.Sprintf("The client %s came again within %s of an attempt that failed, and offered %s instead of %s; this was seen %s.", who.client, seconds(again), to, from, times(len(attempts))),
		Cause:    "the client takes a failure for a server that does not understand it, and tries an older version; whoever can make an attempt fail can so choose the version",
		Proof: []diagnose.Proof{
			{Field: "highest version offered by the attempt that failed", Value: from.String()},
			{Field: "highest version offered by the next", Value: to.String()},
		},
		Remedies: []diagnose.Remedy{
			{Where: "the client", Setting: "remove the cause of the first failure; then turn its fallback off, or let it send TLS_FALLBACK_SCSV (RFC 7507)", Safe: true},
			{Where: "Parley", Setting: "--min-version with the higher one", Safe: true, Cost: "clients that have nothing better are refused"},
		},
		Missing: []string{"whether one device made both attempts: behind one address there may be several"},
	}
	switch {
	case unforced > 0:
		f.Proof = append(f.Proof, diagnose.Proof{Field: "connections with the same lower hello and no failure before", Value: grouped(unforced)})
	case len(attempts) > 1:
		f.Confidence = diagnose.Likely
	}
	return found("A client falls back to a lower version", f, rows)
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return grouped(n) + " times"
}
