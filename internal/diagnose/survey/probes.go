package survey

import (
	"fmt"

	"github.com/parley-tls/parley/internal/diagnose"
)

// How many failing RSA handshakes of one source are taken for a probe, and for
// one beyond much doubt. The attack takes thousands; a scanner that tests for it
// makes a dozen or two.
const (
	probing = 10
	probed  = 100
)

// probes finds sources whose RSA handshakes fail behind their ClientKeyExchange,
// again and again.
func probes(v *view) []diagnose.Remark {
	var remarks []diagnose.Remark
	for _, g := range by(v.rows, func(r row) (pair, bool) {
		p, ok := pairOf(r)
		return p, ok && r.rsa && r.keysent && !r.resumed
	}) {
		var failed []row
		for _, r := range g.members {
			if !r.done {
				failed = append(failed, r)
			}
		}
		if len(failed) >= probing && len(failed)*10 >= len(g.members)*9 {
			remarks = append(remarks, probe(g.key, failed, len(g.members)))
		}
	}
	return remarks
}

func probe(who pair, failed []row, all int) diagnose.Remark {
	f := diagnose.Finding{
		ID: "key-oracle-probe", Level: diagnose.Risk, Culprit: diagnose.CulpritNone, Confidence: diagnose.Possible,
		Sentence: fmt.Sprintf("%s may be testing the RSA key of %s: %s of its %s with RSA key exchange failed behind ClientKeyExchange.",
			who.client, who.server, grouped(len(failed)), count(all, "handshake")),
		Cause: "an attacker of the kind of Bleichenbacher's, a scanner that tests for ROBOT, or a broken client",
		Proof: []diagnose.Proof{{Field: "first handshakes with RSA key exchange that failed behind ClientKeyExchange", Value: fmt.Sprintf("%s of %s", grouped(len(failed)), grouped(all))}},
		Remedies: []diagnose.Remedy{
			{Where: "Parley", Setting: "nothing to set: each bad premaster ends alike, after the same work", Safe: true},
			{Where: "Parley", Setting: "--suites with ECDHE suites only", Safe: true, Cost: "clients without them are refused"},
		},
		Missing: []string{"the server's RSA key: with it the premasters can be looked at"},
	}
	if len(failed) >= probed {
		f.Confidence = diagnose.Likely
	}
	return found("Handshakes of one source fail again and again", f, failed)
}
