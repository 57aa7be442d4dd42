// Package prove searches a capture that was made fit for strangers for what was replaced in
// it, in all usual spellings, and says what it cannot judge. It never shows a value.
package prove

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/parley-tls/parley/internal/sanitize/disguise"
)

// Options say what is known of what will be searched.
type Options struct {
	Size int64    // about how many bytes; zero: a GiB. The more, the longer must a value be that chance does not write.
	Own  []string // what the file says of itself; a value that is part of it cannot be judged
}

// A Leak is a value that was to be replaced and was found.
type Leak struct {
	Kind     disguise.Kind
	Encoding string // "UTF-16, little-endian"
	Where    string // "connection 3, from the client, opened"
	Frame    int    // zero: it is in none
	Offset   int64  // of its first byte, in what Where names
}

// String says where what was found, and not the value.
func (l Leak) String() string {
	text := fmt.Sprintf("%s, %s, at byte %d of %s", l.Kind, l.Encoding, l.Offset, l.Where)
	if l.Frame != 0 {
		text += fmt.Sprintf(", frame %d", l.Frame)
	}
	return text
}

// An Unjudged tells of how many values of a kind nobody can say whether they are left.
type Unjudged struct {
	Kind  disguise.Kind
	Why   string
	Count int
}

// maxLeaks bounds the leaks that are kept; all are counted.
const maxLeaks = 1000

// A Search looks for values. Memory does not grow with what is searched.
type Search struct {
	index    index
	headers  map[string]disguise.Kind // addresses as headers carry them
	unjudged map[Unjudged]int
	judged   map[disguise.Kind]int
	leaks    []Leak
	found    int
}

// New makes a search for values.
func New(values []disguise.Value, o Options) *Search {
	s := &Search{headers: map[string]disguise.Kind{}, unjudged: map[Unjudged]int{}, judged: map[disguise.Kind]int{}}
	j := newJudge(len(values), o)
	values = slices.Clone(values)
	slices.SortStableFunc(values, func(a, b disguise.Value) int { return cmp.Compare(plenty(a.Kind), plenty(b.Kind)) })
	for _, v := range values {
		s.add(v, j)
	}
	s.index.build()
	return s
}

// plenty orders kinds: where there are too many values, those of which a capture has most and
// which tell least are the ones that are left.
func plenty(k disguise.Kind) int {
	switch k {
	case disguise.KindData:
		return 2
	case disguise.KindRandom, disguise.KindExchange, disguise.KindSignature:
		return 1
	}
	return 0
}

// add puts a value's spellings into the index.
func (s *Search) add(v disguise.Value, j *judge) {
	if !v.Text && (v.Kind == disguise.KindAddress || v.Kind == disguise.KindMAC) {
		s.headers[string(v.Reveal())] = v.Kind
	}
	why, judged := "", false
	for part := range parts(v) {
		reason := s.part(v, part, j)
		judged = judged || reason == ""
		why = cmp.Or(why, reason)
	}
	if judged {
		s.judged[v.Kind]++
	} else {
		s.unjudged[Unjudged{Kind: v.Kind, Why: why}]++
	}
}

// part puts the spellings of a value, or of a piece of it, into the index. The reason, if
// there is one, says why it cannot be judged; addresses are also looked for in headers.
func (s *Search) part(v disguise.Value, part []byte, j *judge) (reason string) {
	if reason := j.value(v.Kind, v.Text, part); reason != "" {
		return reason
	}
	if s.index.full() {
		return whyFull
	}
	if !j.form(plain(v.Kind, v.Text, part)[0]) && s.headers[string(part)] == 0 {
		reason = whyShort
	}
	for f := range forms(v.Kind, v.Text, part) {
		if j.form(f) && !isCounter(v, f) && !s.index.add(pattern{form: f, kind: v.Kind}) {
			return whyFull
		}
	}
	return reason
}

// isCounter reports whether a spelling is a card's address of few different bytes, as virtual
// networks count them: counters make it, too, and it is looked for in headers and as text.
func isCounter(v disguise.Value, f form) bool {
	const few = 4
	return v.Kind == disguise.KindMAC && len(f.bytes) == len(v.Reveal()) && distinct(f.bytes) < few
}

// Judged counts the values that are searched for, by kind.
func (s *Search) Judged() map[disguise.Kind]int { return s.judged }

// Unjudged tells which values are not searched for, and why, in a steady order.
func (s *Search) Unjudged() []Unjudged {
	var all []Unjudged
	for u, n := range s.unjudged {
		u.Count = n
		all = append(all, u)
	}
	slices.SortFunc(all, func(a, b Unjudged) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Why, b.Why))
	})
	return all
}

// Leaks tells what was found, and how much in all, since only so many are kept.
func (s *Search) Leaks() (leaks []Leak, found int) { return s.leaks, s.found }

func (s *Search) leak(l Leak) {
	s.found++
	if len(s.leaks) < maxLeaks {
		s.leaks = append(s.leaks, l)
	}
}
