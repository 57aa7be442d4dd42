package survey

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/parley-tls/parley/internal/diagnose"
)

// deadlines finds servers that end connections after always the same wait.
func deadlines(v *view) []diagnose.Remark {
	return append(
		waits(v, func(r row) time.Duration { return r.timeout }, handshakeDeadline),
		waits(v, func(r row) time.Duration { return r.idle }, idleDeadline)...)
}

// longEnough is what a wait must be to be one: a server that ends a connection
// at once has another reason.
const longEnough = time.Second

func waits(v *view, of func(row) time.Duration, words func([]row, fit) diagnose.Remark) []diagnose.Remark {
	var remarks []diagnose.Remark
	for _, g := range by(v.rows, func(r row) (netip.AddrPort, bool) { return r.server, r.server.IsValid() && of(r) >= longEnough }) {
		values := make([]float64, len(g.members))
		for i, r := range g.members {
			values[i] = float64(of(r))
		}
		if f := fitting(values); f.claims() {
			remarks = append(remarks, words(g.members, f))
		}
	}
	return remarks
}

func supported(f fit) string {
	return fmt.Sprintf("The median is %s, and %s; %s of %s are within %s %% of it.",
		inSeconds(f.median), middleHalf(inSeconds(f.q1), inSeconds(f.q3)), grouped(f.agree), grouped(f.n), trimmed(100*f.tolerance, 0))
}

func handshakeDeadline(rows []row, f fit) diagnose.Remark {
	limit := inSeconds(rounded(f.median, roundTimes()))
	r := found("Handshakes are given up after "+limit, diagnose.Finding{
		ID: "handshake-timeout", Level: diagnose.Failure, Culprit: diagnose.CulpritUnknown, Confidence: diagnose.Likely,
		Sentence: fmt.Sprintf("The server %s gives a handshake up after %s: it ended %s in which the client had been silent for as long.", rows[0].server, limit, count(len(rows), "connection")),
		Cause:    "a time limit of the server's, or of something in front of it, that is too short for these clients, or clients that do not go on",
		Proof:    []diagnose.Proof{{Field: "wait from the client's last byte to the server's end", Value: supported(f)}},
		Remedies: []diagnose.Remedy{
			{Where: "Parley", Setting: "--handshake-timeout with more than the clients take", Safe: true, Cost: "idle connections are held for longer"},
			{Where: "the client", Setting: "see what it waits for: a certificate prompt, a slow signature, a packet that was lost", Safe: true},
		},
	}, rows)
	r.Text = supported(f)
	return r
}

func idleDeadline(rows []row, f fit) diagnose.Remark {
	limit := inSeconds(rounded(f.median, roundTimes()))
	text := fmt.Sprintf("The server %s ended %s in which nothing had been said for %s.", rows[0].server, count(len(rows), "connection"), limit)
	return numbers(rows).in(diagnose.Remark{
		Title: "The server ends idle connections after " + limit,
		Text: strings.Join([]string{text, supported(f),
			"A client that wants its connections for longer must say something before, or the server's limit must be raised."}, " "),
	})
}
