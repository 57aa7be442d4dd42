package survey

import (
	"fmt"
	"net/netip"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/trace"
)

// resets finds connections of one way that are all reset at the same byte.
func resets(v *view) []diagnose.Remark {
	type spot struct {
		server netip.AddrPort
		from   trace.Side
		place  [2]int64
	}
	var remarks []diagnose.Remark
	for _, g := range by(v.rows, func(r row) (spot, bool) {
		return spot{r.server, r.resetFrom, r.place}, r.reset && !r.resetIdle && !r.partial && r.place != [2]int64{}
	}) {
		if len(g.members) < fewest {
			continue
		}
		remarks = append(remarks, resetRemark(v, g.members))
	}
	return remarks
}

func resetRemark(v *view, rows []row) diagnose.Remark {
	signs := diagnose.Finding{ID: "middlebox", Level: diagnose.Failure, Culprit: diagnose.CulpritNetwork, Confidence: diagnose.Possible}
	where := fmt.Sprintf("after %s of the client's and %s of the server's", size(rows[0].place[0]), size(rows[0].place[1]))
	odd, both := 0, 0
	for _, r := range rows {
		odd += one01(r.odd)
		both += one01(r.resetBoth)
	}
	if odd > 0 {
		signs.Proof = append(signs.Proof, diagnose.Proof{Field: "resets whose packet is unlike its sender's others (TTL and the like)", Value: fmt.Sprintf("%s of %s", grouped(odd), grouped(len(rows)))})
	}
	if both > 0 {
		signs.Proof = append(signs.Proof, diagnose.Proof{Field: "connections reset towards both sides", Value: fmt.Sprintf("%s of %s", grouped(both), grouped(len(rows)))})
	}
	if len(signs.Proof) == 0 {
		return sameByte(v, rows, where)
	}
	if odd == len(rows) {
		signs.Confidence = diagnose.Likely
	}
	signs.Sentence = fmt.Sprintf("Something between client and server cuts connections to %s: %s were reset at the same byte, %s.", rows[0].server, grouped(len(rows)), where)
	signs.Cause = "a firewall, a proxy or an intrusion filter that knows what it sees there and does not want it"
	signs.Proof = append(signs.Proof, diagnose.Proof{Field: "reset at the same byte", Value: where})
	signs.Remedies = []diagnose.Remedy{{
		Where: "the network", Setting: "ask for the log of what stands between the two; except this server's address from inspection", Safe: true,
	}}
	signs.Missing = []string{"captures of the same connection at both ends: where the reset is in one and was sent by neither, it came from between"}
	return found("Something on the way cuts connections", signs, rows)
}

func one01(b bool) int {
	if b {
		return 1
	}
	return 0
}

// sameByte is for resets that the peer may well have sent itself.
func sameByte(v *view, rows []row, where string) diagnose.Remark {
	text := fmt.Sprintf("%s to %s were reset by the %s (or by something that speaks in its name) %s.",
		count(len(rows), "connection"), rows[0].server, rows[0].resetFrom, where)
	prints := by(rows, func(r row) (name, bool) { return r.print, true })
	if len(prints) == 1 {
		text += " All are of one kind of client, so that it may be this message that is not wanted, by the server or on the way. A capture at the other end tells which."
	} else {
		text += " The clients are of " + grouped(len(prints)) + " kinds, so that it is not one client's fault. A capture at the other end tells who sent the reset."
	}
	return numbers(rows).in(diagnose.Remark{Title: "Connections are reset at the same byte", Text: text})
}
