package survey

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/wire"
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
		rows := inTime(g.members)
		var both []row
		var from, to wire.Version
		times := 0
		for i, r := range rows {
			before, ok := failedBefore(rows[max(0, i-attempted):i], r)
			if !ok {
				continue
			}
			times++
			from, to = before.offered, r.offered
			both = append(both, before, r)
		}
		if times > 0 {
			remarks = append(remarks, fallback(g.key, both, times, from, to))
		}
	}
	return remarks
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

func fallback(who pair, rows []row, times int, from, to wire.Version) diagnose.Remark {
	how := "once"
	if times > 1 {
		how = grouped(times) + " times"
	}
	return found(diagnose.Finding{
		ID: "version-fallback", Level: diagnose.Risk, Culprit: diagnose.CulpritNone, Confidence: diagnose.Likely,
		Sentence: fmt.Sprintf("The client %s came again within %s with a lower version after an attempt failed (%s), and offered %s instead of %s.", who.client, seconds(again), how, to, from),
		Cause:    "the client takes a failure for a server that does not understand it, and tries an older version; whoever can make an attempt fail can so choose the version",
		Proof: []diagnose.Proof{
			{Field: "highest version offered by the attempt that failed", Value: from.String()},
			{Field: "highest version offered by the next", Value: to.String()},
		},
		Remedies: []diagnose.Remedy{
			{Where: "the client", Setting: "remove the cause of the first failure; then turn its fallback off, or let it send TLS_FALLBACK_SCSV (RFC 7507)", Safe: true},
			{Where: "Parley", Setting: "--min-version with the higher one", Safe: true, Cost: "clients that have nothing better are refused"},
		},
	}, rows)
}
