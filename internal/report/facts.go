package report

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/trace"
)

// connectionTitle says which connection it is.
func connectionTitle(d *diagnose.Diagnosis) string {
	c := d.Conversation
	return fmt.Sprintf("%d: %s to %s", c.Number, address(c.Client), address(c.Server))
}

func address(a netip.AddrPort) string {
	if !a.IsValid() {
		return "unknown"
	}
	return a.String()
}

// factsText is what a line about a connection says.
func factsText(d *diagnose.Diagnosis) string { return strings.Join(factsList(d), factsGap) }

const factsGap = " · "

// factsList gives the facts of a connection, what matters most first.
func factsList(d *diagnose.Diagnosis) []string {
	f := d.Facts
	var parts []string
	add := func(format string, value string) {
		if value != "" {
			parts = append(parts, fmt.Sprintf(format, fit(value, 80)))
		}
	}
	switch p := d.Conversation.Prelude; {
	case p != nil && p.Upgraded:
		add("after %s in clear", strings.Replace(p.Protocol, "unknown", "something else", 1))
	case p != nil:
		add("%s in clear", p.Protocol)
	case f.Version == "" && d.Conversation.Protocol != trace.ProtocolTLS:
		add("%s", string(d.Conversation.Protocol))
	}
	add("%s", f.Version)
	add("%s", f.Suite)
	add("%s", f.Group)
	add("server name %s", f.ServerName)
	if f.FromClient > 0 || f.ToClient > 0 {
		add("%s", count(f.FromClient, "byte")+" from the client, "+number(f.ToClient)+" to it")
	}
	add("opened with %s", f.Opened)
	add("not opened: %s", f.Locked)
	return parts
}

// withGrounds is a guess with what it rests on.
func withGrounds(what, grounds string) string {
	if what == "" || grounds == "" {
		return what
	}
	return what + ", perhaps: " + grounds
}

// placeText says where in a capture something stands, or when it was.
func placeText(d *diagnose.Diagnosis, frame int, at time.Duration) string {
	switch {
	case frame > 0:
		return fmt.Sprintf("frame %d", frame)
	case d.Conversation.Live && at > 0:
		return fmt.Sprintf("%.3f s", at.Seconds())
	}
	return ""
}

// proofText is one fact in words, with its bytes where they may be shown.
func proofText(p diagnose.Proof) string {
	text := p.Field
	if p.Value != "" {
		text += ": " + p.Value
	}
	const most = 16
	switch n := len(p.Bytes); {
	case n > most:
		text += fmt.Sprintf(" (%d bytes: % x …)", n, p.Bytes[:most])
	case n > 0:
		text += fmt.Sprintf(" (bytes % x)", p.Bytes)
	}
	return text
}

// withFrames names the frames of a fact, the first few of them.
func withFrames(text string, frames []int) string {
	if len(frames) == 0 {
		return text
	}
	const most = 4
	label := " (frame "
	if len(frames) > 1 {
		label = " (frames "
	}
	var list []string
	for i, f := range frames {
		if i == most {
			list = append(list, "…")
			break
		}
		list = append(list, fmt.Sprint(f))
	}
	return text + label + strings.Join(list, ", ") + ")"
}
