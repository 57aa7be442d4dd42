package survey

import (
	"fmt"
	"time"

	"github.com/parley-tls/parley/internal/diagnose"
)

// enoughOffers is how many offered sessions tell whether they are resumed by turns.
const enoughOffers = 6

// fresh is for how long a session is taken to live: within it a refusal has
// another reason than age.
const fresh = 5 * time.Minute

// alternations finds clients whose sessions are resumed only now and then, as
// behind a balancer whose servers do not share their ticket keys.
func alternations(v *view) []diagnose.Remark {
	type key struct {
		pair
		print name
	}
	var remarks []diagnose.Remark
	for _, g := range by(v.rows, func(r row) (key, bool) {
		p, ok := pairOf(r)
		return key{p, r.print}, ok && r.done
	}) {
		offers := freshOffers(inTime(g.members))
		if r, ok := alternation(g.key.pair, offers); ok {
			remarks = append(remarks, r)
		}
	}
	return remarks
}

// freshOffers are the connections that offered a session soon after another of
// the same client.
func freshOffers(rows []row) []row {
	var offers []row
	for i, r := range rows {
		if i > 0 && r.session && r.start.Sub(rows[i-1].start) <= fresh {
			offers = append(offers, r)
		}
	}
	return offers
}

func alternation(who pair, offers []row) (diagnose.Remark, bool) {
	resumed, turns := 0, 0
	for i, r := range offers {
		resumed += one01(r.resumed)
		turns += one01(i > 0 && r.resumed != offers[i-1].resumed)
	}
	n := len(offers)
	if n < enoughOffers || resumed*4 < n || resumed*4 > n*3 {
		return diagnose.Remark{}, false
	}
	f := diagnose.Finding{
		ID: "resume-alternates", Level: diagnose.Note, Culprit: diagnose.CulpritNone, Confidence: diagnose.Possible,
		Sentence: fmt.Sprintf("Sessions of %s are resumed only now and then by %s: %s of %s that were offered, each within %s.", who.client, who.server, grouped(resumed), grouped(n), seconds(fresh)),
		Cause:    "two or more servers behind one address that do not share ticket keys or a session store",
		Proof: []diagnose.Proof{
			{Field: "sessions offered and resumed", Value: fmt.Sprintf("%s of %s", grouped(resumed), grouped(n))},
			{Field: "changes between resumed and not, from one connection to the next", Value: fmt.Sprintf("%s of %s", grouped(turns), grouped(n-1))},
		},
		Remedies: []diagnose.Remedy{
			{Where: "the servers", Setting: "give all the same ticket keys, and rotate them together", Safe: true},
			{Where: "the balancer", Setting: "send a client to the same server each time", Safe: true},
		},
		Missing: []string{"which of the servers answered: a capture behind the balancer shows it"},
	}
	if turns == n-1 || n >= 2*enoughOffers {
		f.Confidence = diagnose.Likely
	}
	return found("Sessions are resumed only now and then", f, offers), true
}
