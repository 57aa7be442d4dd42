package sanitize

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/parley-tls/parley/internal/sanitize/disguise"
	"github.com/parley-tls/parley/internal/sanitize/packets"
)

// Tell says what became of a capture: what was replaced, what stays, what nobody can judge.
func Tell(w io.Writer, name string, a *Account, p *Proof) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s in %s, made anew\n", name, count(a.Connections, "connection"), count(a.Frames, "frame"))
	for _, part := range []struct {
		title string
		lines []string
	}{
		{"replaced", replacedLines(p)},
		{"records", a.recordLines()},
		{"left out", a.leftOut()},
		{"kept", stays},
		{"not judged", unjudged(p)},
		{"besides", remarks(p)},
		{"tells still", leaks},
	} {
		for i, line := range part.lines {
			title := part.title
			if i > 0 {
				title = ""
			}
			fmt.Fprintf(&b, "  %-11s  %s\n", title, line)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func replacedLines(p *Proof) []string {
	if len(p.Judged) == 0 {
		return nil
	}
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(p.Judged)) {
		parts = append(parts, count(p.Judged[k], k.String()))
	}
	return append(wrap(parts), "each was looked for in the new file in all usual spellings: none is left")
}

func (a *Account) recordLines() []string {
	var lines []string
	add := func(n int, what string) {
		if n > 0 {
			lines = append(lines, count(n, "record")+" "+what)
		}
	}
	add(a.Opened, "opened and sealed again under throw-away secrets, which are in the new file")
	add(a.Clear, "in clear")
	add(a.Closed, "that no key opens: now noise of their length")
	add(a.Unsealed, "opened, but not to be sealed again at their length: now noise")
	add(a.Grown, "of application data made as long as one of four sizes; sequence numbers move with them")
	if a.Data > 0 {
		lines = append(lines, fmt.Sprintf("%s with application data, %s, filled with words", count(a.Data, "record"), count(int(a.Bytes), "byte")))
	}
	return lines
}

func (a *Account) leftOut() []string {
	var lines []string
	add := func(n int, what, more string) {
		if n > 0 {
			lines = append(lines, count(n, what)+more)
		}
	}
	add(a.Secrets, "block", " of real secrets")
	add(a.LostSecrets, "throw-away secret", " beyond the first 131,072: their records stay closed")
	add(a.Packets[packets.NotTCP]+a.Packets[packets.UnknownLink]+a.Packets[packets.Malformed], "frame", " with anything but TCP that can be read: empty frames stand in their places")
	add(a.Packets[packets.Joined], "fragment", " of datagrams, each of which stands whole in the place of its last")
	add(a.Options, "option", " of TCP and IP")
	lines = append(lines, "comments, names of interfaces, hosts and users, and what else the file said of itself")
	for _, why := range slices.Sorted(maps.Keys(a.Uncertain)) {
		lines = append(lines, fmt.Sprintf("%s, in whose place noise stands: %s", count(a.Uncertain[why], "certificate"), why))
	}
	for _, why := range slices.Sorted(maps.Keys(a.Unsigned)) {
		lines = append(lines, fmt.Sprintf("%s in handshakes, in whose place noise stands: %s", count(a.Unsigned[why], "signature"), why))
	}
	return lines
}

// stays is what stays of every capture.
var stays = []string{
	"times, sizes, order and types of records, versions, suites, extensions, alerts, and what goes wrong",
	"dates and kinds of keys in certificates; commands before TLS; loopback and multicast addresses; ports, without --ports",
}

// leaks is what such a file tells still.
var leaks = []string{
	"lengths: of names, certificates and data. Who knows a page or a file may know it again by its length",
	"times: when, how often and how fast. What is rare may be known by what it offers",
}

func unjudged(p *Proof) []string {
	var lines []string
	for _, u := range p.Unjudged {
		lines = append(lines, fmt.Sprintf("%s: %s", count(u.Count, u.Kind.String()), u.Why))
	}
	for _, k := range slices.Sorted(maps.Keys(p.Lost)) {
		lines = append(lines, fmt.Sprintf("%s: too many to be looked for", count(p.Lost[k], k.String())))
	}
	return lines
}

func remarks(p *Proof) []string {
	var lines []string
	for _, what := range slices.Sorted(maps.Keys(p.Remarks)) {
		line := what
		if n := p.Remarks[what]; n > 1 {
			line += fmt.Sprintf(" (%d times)", n)
		}
		lines = append(lines, line)
	}
	return lines
}

func count(n int, what string) string {
	if n != 1 {
		what = plural(what)
	}
	return fmt.Sprintf("%d %s", n, what)
}

func plural(what string) string {
	switch what {
	case disguise.KindAddress.String(), disguise.KindMAC.String():
		return what + "es"
	case disguise.KindIdentity.String():
		return "PSK identities"
	case disguise.KindData.String():
		return "pieces of application data"
	case disguise.KindName.String():
		return "names in certificates"
	case disguise.KindDialogue.String():
		return "words before TLS"
	}
	return what + "s"
}

// wrap makes lines of a list.
func wrap(parts []string) []string {
	const width = 100
	var lines []string
	line := ""
	for i, part := range parts {
		if i < len(parts)-1 {
			part += ", "
		}
		if len(line)+len(part) > width {
			lines, line = append(lines, strings.TrimRight(line, " ")), ""
		}
		line += part
	}
	return append(lines, line)
}
