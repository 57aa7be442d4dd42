package survey

import (
	"fmt"

	"github.com/parley-tls/parley/internal/diagnose"
)

// splits finds clients that break off where the server splits its records, as
// servers do on TLS 1.0 and below with CBC suites (1/n-1, against BEAST): some
// clients expect a whole answer in one record.
func splits(v *view) []diagnose.Remark {
	var remarks []diagnose.Remark
	for _, g := range by(v.rows, func(r row) (name, bool) { return r.print, r.short }) {
		if len(remarks) == maxRemarks {
			break
		}
		var broken []row
		for _, r := range g.members {
			if r.brokeOff {
				broken = append(broken, r)
			}
		}
		if len(broken) < fewest || len(broken)*10 < len(g.members)*9 {
			continue
		}
		well := v.withoutSplit(g.key)
		remarks = append(remarks, splitRemark(v.names.who(g.key), broken, len(g.members), well))
	}
	return remarks
}

// withoutSplit counts connections of the same client that went well without
// split records.
func (v *view) withoutSplit(print name) (n int) {
	for _, r := range v.rows {
		if r.print == print && r.done && !r.short && r.failures == 0 {
			n++
		}
	}
	return n
}

func splitRemark(who string, broken []row, split, well int) diagnose.Remark {
	f := diagnose.Finding{
		ID: "record-split-breaks-client", Level: diagnose.Failure, Culprit: diagnose.CulpritClient, Confidence: diagnose.Possible,
		Sentence: fmt.Sprintf("%s break off when the server sends its data in split records.", capital(who)),
		Cause:    "on TLS 1.0 and below with a CBC suite the server sends the first byte of its data in a record of its own (1/n-1, against the attack BEAST); the client takes one record for the whole answer",
		Proof: []diagnose.Proof{
			{Field: "connections that ended right behind the first split record", Value: fmt.Sprintf("%s of %s", grouped(len(broken)), grouped(split))},
		},
		Remedies: []diagnose.Remedy{
			{Where: "the client", Setting: "read until the answer is whole; or offer TLS 1.1 or later, where records are not split", Safe: true},
			{Where: "the client", Setting: "offer an AES-GCM suite with TLS 1.2", Safe: true},
		},
		Missing: []string{"what the client's own log says at that moment"},
	}
	if well > 0 {
		f.Confidence = diagnose.Likely
		f.Proof = append(f.Proof, diagnose.Proof{Field: "connections of the same client without split records that went well", Value: grouped(well)})
	}
	return found("Split records break a client", f, broken)
}

// found makes a remark of a finding. What the finding says is not said twice.
func found(title string, f diagnose.Finding, rows []row) diagnose.Remark {
	return numbers(rows).in(diagnose.Remark{
		Title: title, Text: "It takes several connections to see it; " + grouped(len(rows)) + " show it.", Finding: &f,
	})
}
