package wire

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A ParseError says where in a message the bytes stopped making sense.
type ParseError struct {
	Message string // the message's name in the RFC, "ClientHello"
	Field   string // the name the RFC gives the field
	Offset  int    // of the field, from the start of the message, its header included
	Need    int    // bytes the field takes at least, or at most if Have is more
	Have    int    // bytes there were
	Reason  string // what is wrong where it is not a length; else empty
}

// Error names the message, the field and its place.
func (e *ParseError) Error() string {
	place := fmt.Sprintf("%s: %s at offset %d", e.Message, e.Field, e.Offset)
	switch {
	case e.Reason != "":
		return place + " " + e.Reason
	case e.Have > e.Need:
		return fmt.Sprintf("%s ends %d bytes too late", place, e.Have-e.Need)
	default:
		return fmt.Sprintf("%s needs %d bytes and has %d", place, e.Need, e.Have)
	}
}

// A Fault is what somebody did wrong, with the alert that says so to the peer.
// Code that finds one returns it; only the engine sends alerts.
type Fault struct {
	Alert   Alert
	Finding string // a finding's stable id, "reneg-forged-hello", or empty
	Reason  string
}

// Error returns the reason and, in brackets, the alert's name.
func (f *Fault) Error() string { return fmt.Sprintf("%s (%s)", f.Reason, f.Alert) }

// maxReason is how much of a reason logs and reports are given.
const maxReason = 500

// Printable makes a reason fit for them: what the peer put into it may be long, or
// made to look like a line of its own.
func Printable(reason string) string {
	if len(reason) > maxReason {
		reason = reason[:maxReason] + "…"
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return utf8.RuneError
	}, reason)
}
