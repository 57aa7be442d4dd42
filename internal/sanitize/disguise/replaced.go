package disguise

import (
	"net/netip"
	"slices"
)

// A Value is something that was replaced and must not be found again. It hides itself
// from whatever prints it.
type Value struct {
	Kind Kind
	Text bool // it is written in letters, and so may be found in other spellings
	data string
}

// Reveal gives the bytes.
func (v Value) Reveal() []byte { return []byte(v.data) }

// String says what kind of value it is, and nothing of it.
func (v Value) String() string { return v.Kind.String() }

// GoString is String, for %#v.
func (v Value) GoString() string { return v.Kind.String() }

// Bounds of what is kept to search for.
const (
	maxValues     = 1 << 18
	maxValueBytes = 64 << 20
	maxData       = 32 // bytes kept of each piece of application data
)

// replaced keeps values, each once.
type replaced struct {
	values []Value
	seen   map[Value]struct{}
	bytes  int
	lost   map[Kind]int
}

func (r *replaced) add(v Value) {
	if v.data == "" {
		return
	}
	if _, known := r.seen[v]; known {
		return
	}
	if len(r.values) >= maxValues || r.bytes+len(v.data) > maxValueBytes {
		if r.lost == nil {
			r.lost = map[Kind]int{}
		}
		r.lost[v.Kind]++
		return
	}
	if r.seen == nil {
		r.seen = map[Value]struct{}{}
	}
	r.seen[v] = struct{}{}
	r.values = append(r.values, v)
	r.bytes += len(v.data)
}

// Remember keeps bytes that must not be found in the output, such as a secret that is
// left out of it.
func (d *Disguise) Remember(k Kind, b []byte) { d.replaced.add(Value{Kind: k, data: string(b)}) }

// RememberText keeps a text likewise.
func (d *Disguise) RememberText(k Kind, s string) {
	d.replaced.add(Value{Kind: k, Text: true, data: s})
}

// changed keeps a text, if its replacement is another.
func (d *Disguise) changed(k Kind, s, replacement string) string {
	if s != replacement {
		d.RememberText(k, s)
	}
	return replacement
}

// Replaced gives all values that were replaced and kept, each once, in the order in
// which they were met. An address that also replaces another one is not among them.
func (d *Disguise) Replaced() []Value {
	given := make(map[netip.Addr]struct{}, len(d.addresses))
	for _, b := range d.addresses {
		given[b] = struct{}{}
	}
	return slices.DeleteFunc(slices.Clone(d.replaced.values), func(v Value) bool {
		if v.Kind != KindAddress {
			return false
		}
		a, ok := netip.AddrFromSlice([]byte(v.data))
		if v.Text {
			a, _ = netip.ParseAddr(v.data)
			ok = true
		}
		_, both := given[a]
		return ok && both
	})
}

// Lost counts values that were replaced and not kept, since there were too many. A
// search cannot look for them.
func (d *Disguise) Lost() map[Kind]int { return d.replaced.lost }
