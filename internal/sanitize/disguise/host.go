package disguise

import (
	"net/netip"
	"strings"
)

// Host replaces a host's name by one of the same length that is nobody's. A label is
// replaced by the same label wherever it stands, so that a subdomain remains one and a
// wildcard matches what it matched; the last two, which are somebody's domain, are
// replaced together. Capitals stay where they are. An IP address is replaced as one.
func (d *Disguise) Host(name string) string {
	if name == "" || strings.EqualFold(strings.TrimSuffix(name, "."), "localhost") {
		return name
	}
	if a, err := netip.ParseAddr(name); err == nil && a.Zone() == "" {
		return d.AddrText(name)
	}
	d.RememberText(KindHost, name)
	return capitalsOf(name, d.host(lower(name)))
}

// lower makes the letters of ASCII small and keeps the length, whatever else there is.
func lower(s string) string {
	out := []byte(s)
	for i, c := range out {
		if c >= 'A' && c <= 'Z' {
			out[i] += 'a' - 'A'
		}
	}
	return string(out)
}

func (d *Disguise) host(name string) string {
	bare := strings.TrimSuffix(name, ".")
	dot := name[len(bare):]
	labels := strings.Split(bare, ".")
	cut := max(len(labels)-2, 0)
	tail := strings.Join(labels[cut:], ".")
	var out strings.Builder
	for _, label := range labels[:cut] {
		out.WriteString(d.label(label))
		out.WriteByte('.')
	}
	if len(labels) == 1 || labels[cut] == "*" || labels[cut] == "" {
		out.WriteString(d.words(labels[cut:]))
	} else {
		if cut > 0 {
			d.RememberText(KindHost, tail)
		}
		out.WriteString(d.tail(tail))
	}
	return out.String() + dot
}

// words replaces labels of which none is known to be a domain's.
func (d *Disguise) words(labels []string) string {
	out := make([]string, len(labels))
	for i, label := range labels {
		out[i] = d.label(label)
	}
	return strings.Join(out, ".")
}

// label replaces one label.
func (d *Disguise) label(label string) string {
	if label == "" || label == "*" {
		return label
	}
	return d.labels.replace(label, func(try int) string {
		return letters(d.stream("label", tryOf(label, try)), label)
	})
}

// minOwn is the least that a name has before a reserved domain: what is shorter would
// soon be used up.
const minOwn = 3

// tail replaces a domain: its last label by one that RFC 2606, section 2, or RFC 6761
// reserves, for which the label before it may shrink or grow; or, where that is too
// short, by one that ISO 3166 leaves to users (zz), and a third like it.
func (d *Disguise) tail(tail string) string {
	own, top, _ := strings.Cut(tail, ".")
	reserved := "test"
	if len(top) == len("example") {
		reserved = "example"
	}
	room := len(tail) - len(reserved) - 1
	if room < minOwn || room > maxLabel {
		reserved, room = strings.Repeat("z", len(top)), len(own)
	}
	pattern := own
	if len(pattern) > room {
		pattern = pattern[:room]
	} else {
		pattern += strings.Repeat("x", room-len(pattern))
	}
	return d.tails.replace(tail, func(try int) string {
		return letters(d.stream("domain", tryOf(tail, try)), pattern) + "." + reserved
	})
}

// maxLabel is the longest label (RFC 1035, section 2.3.4).
const maxLabel = 63

func tryOf(value string, try int) []byte { return append([]byte(value), 0, byte(try)) }

// letters gives a word like the pattern: letters for letters, digits for digits, hyphens
// and the like where they are, but none that make it a word of another alphabet
// (RFC 5891, section 4.2.3.1).
func letters(s stream, pattern string) string {
	out := []byte(pattern)
	for i, c := range out {
		switch {
		case c >= '0' && c <= '9':
			out[i] = '0' + byte(s.below(10))
		case c == '_', c == '*', c == '-' && i != 2 && i != 3 && i != 0 && i != len(out)-1:
		default:
			out[i] = 'a' + byte(s.below(26))
		}
	}
	return string(out)
}

// capitalsOf writes letters large where the pattern has them large; all, if it has no small ones.
func capitalsOf(pattern, s string) string {
	out := []byte(s)
	all := pattern != lower(pattern) && !strings.ContainsFunc(pattern, func(c rune) bool { return c >= 'a' && c <= 'z' })
	for i, c := range out {
		if c >= 'a' && c <= 'z' && (all || i < len(pattern) && pattern[i] >= 'A' && pattern[i] <= 'Z') {
			out[i] -= 'a' - 'A'
		}
	}
	return string(out)
}
