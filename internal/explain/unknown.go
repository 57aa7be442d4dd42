package explain

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/parley-tls/parley/docs/findings"
	"github.com/parley-tls/parley/internal/trace"
)

// How much is said of a text that was not understood.
const (
	maxNearest = 5
	maxHeard   = 4
)

// heard says what was recognised of a text that was not understood.
func heard(lines []string) []string {
	var all []string
	say := func(s string) {
		if len(all) < maxHeard && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	for _, line := range lines {
		l := readLine(line)
		if l.library != "" {
			say("the words are " + l.library + "'s")
		}
		if l.role != trace.Nobody {
			say(fmt.Sprintf("it is the %s's log: %s", l.role, l.roleBy))
		}
		if n, ok := packedReason(l.raw); ok {
			say(fmt.Sprintf("an error code of OpenSSL's library SSL, reason %d, which is not in the tables", n))
		}
		if len(all) == maxHeard {
			break
		}
	}
	return all
}

// nearest gives the messages that have most words in common with a text, and the
// names that differ from it by a slip of the finger.
func nearest(lines []string) []string {
	text := bounded(strings.Join(lines, " "), maxLine)
	if near := slips(text); len(near) > 0 {
		return near
	}
	asked := wordSet(normal(text))
	type scored struct {
		name  string
		score int
	}
	var all []scored
	for _, p := range patterns {
		if n := shared(asked, p); n > 0 {
			all = append(all, scored{p.of.name, n})
		}
	}
	slices.SortStableFunc(all, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	var near []string
	for _, s := range all {
		if !slices.Contains(near, s.name) && len(near) < maxNearest {
			near = append(near, s.name)
		}
	}
	return near
}

// wordSet has the words of a text that tell something.
func wordSet(norm string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(norm) {
		if len(w) > 2 && !idle[w] {
			set[w] = true
		}
	}
	return set
}

// idle words are in too many messages to tell them apart.
var idle = map[string]bool{
	"the": true, "was": true, "not": true, "for": true, "and": true, "with": true, "that": true, "from": true, "this": true, "has": true,
	"ssl": true, "tls": true, "error": true, "err": true, "failed": true, "failure": true, "handshake": true, "certificate": true,
	"routines": true, "client": true, "server": true, "connection": true, "received": true, "peer": true, "while": true, "unexpected": true,
	"mbedtls": true, "polarssl": true, "gnutls": true, "wolf": true, "event": true, "schannel": true, "sec": true, "unknown": true, "invalid": true,
}

// shared counts the letters of a pattern's telling words that a text has too, if
// that is at least half of the pattern's or all of the text's.
func shared(asked map[string]bool, p pattern) int {
	hit, all, words := 0, 0, 0
	for _, part := range p.parts {
		for w := range wordSet(part) {
			all += len(w)
			if asked[w] {
				hit += len(w)
				words++
			}
		}
	}
	if 2*hit < all && words < len(asked) {
		return 0
	}
	return hit
}

// slips are the ids, alerts and words that a short text is nearly.
func slips(text string) []string {
	const longest = 40
	text = strings.ToLower(text)
	if len(text) > longest {
		return nil
	}
	names := findings.IDs()
	for _, e := range alerts {
		names = append(names, e.alert.String())
	}
	for _, w := range words {
		names = append(names, w.word)
	}
	var near []string
	for _, name := range names {
		if d := distance(text, name); d <= len(name)/5+1 && d < len(name)/2 && len(near) < maxNearest {
			near = append(near, name)
		}
	}
	slices.SortStableFunc(near, func(a, b string) int { return cmp.Compare(distance(text, a), distance(text, b)) })
	return near
}

// distance is how many letters must be put in, taken out or changed (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			changed := before
			if a[i] != b[j] {
				changed++
			}
			before = row[j+1]
			row[j+1] = min(changed, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
