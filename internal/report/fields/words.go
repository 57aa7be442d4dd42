package fields

import (
	"fmt"

	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// recordHeader takes apart the header of a record, which is all that is kept.
func recordHeader(d trace.RecordDetail) *walk {
	header := wire.RecordHeader{Type: d.Type, Version: d.Header, Length: d.Length}
	w := over(header.Append(nil))
	w.number("type", 1, func(v int) string { return fmt.Sprintf("%s (%d)", wire.ContentType(v), v) })
	w.number("version", 2, version)
	w.number("length", 2, func(v int) string { return count(v, "byte") })
	if d.Negotiated != 0 {
		w.say("version that was negotiated", version(int(d.Negotiated)))
	}
	if d.Matched != 0 {
		w.say("version in its MAC or additional data", version(int(d.Matched)))
	}
	if d.Sealed {
		w.say("fragment", "encrypted, not opened"+because(d.Why))
	}
	return w
}

// alert takes apart the two bytes of an alert (RFC 5246, section 7.2).
func alert(d trace.AlertDetail) *walk {
	w := over([]byte{byte(d.Level), byte(d.Alert)})
	w.number("level", 1, func(v int) string { return fmt.Sprintf("%s (%d)", wire.AlertLevel(v), v) })
	w.number("description", 1, func(v int) string { return fmt.Sprintf("%s (%d)", wire.Alert(v), v) })
	return w
}

// words tells what has no bytes of its own to show.
func words(w *walk, e trace.Event) {
	switch d := e.Detail.(type) {
	case trace.KeysDetail:
		negotiated(w, d.Version, d.SuiteID)
		sayIf(w, "opened with", d.Opened)
		sayIf(w, "not opened", d.Locked)
	case trace.HandshakeDetail:
		handshakeWords(w, d)
	case trace.SecondHelloDetail:
		secondHelloWords(w, d)
	case trace.AnsweredDetail:
		w.say("answer", d.Answer.String())
		sayIf(w, "bound by", d.Bound)
		sayIf(w, "reason", d.Reason)
	case trace.DataDetail:
		w.say("from the client", byteCount(d.FromClient))
		w.say("to the client", byteCount(d.ToClient))
		if d.Sealed {
			w.say("encrypted", "not opened: the bytes counted are those of the records' fragments")
		}
	case trace.GapDetail:
		w.say("missing", string(d.Why))
	case trace.EndDetail:
		w.say("how", string(d.How))
		sayIf(w, "odd", d.Odd)
	case trace.FailureDetail:
		sayIf(w, "finding", d.Finding)
		sayIf(w, "reason", d.Reason)
	}
}

// negotiated tells version and suite, as far as they were seen.
func negotiated(w *walk, v wire.Version, id wire.SuiteID) {
	if v != 0 {
		w.say("version", v.String())
	}
	if id != 0 {
		w.say("cipher suite", suiteName(int(id)))
	}
}

func handshakeWords(w *walk, d trace.HandshakeDetail) {
	id := d.SuiteID
	if d.Suite != nil {
		id = d.Suite.ID
	}
	negotiated(w, d.Version, id)
	if d.Group != 0 {
		w.say("group", d.Group.String())
	}
	sayIf(w, "server_name", d.ServerName)
	sayIf(w, "ALPN", d.ALPN)
	w.say("resumed", yes(d.Resumed))
	w.say("extended_master_secret", yes(d.ExtendedMasterSecret))
	w.say("client certificate", yes(d.ClientCertificate))
	w.say("client signalled RFC 5746", yes(d.SecureRenegotiation))
	if d.Unverified {
		w.say("Finished", "not read: that it ended well is concluded from what followed")
	}
}

func secondHelloWords(w *walk, d trace.SecondHelloDetail) {
	kind := "not known: no key opens it"
	if d.Kind != 0 {
		kind = d.Kind.String()
	}
	w.say("kind", kind)
	for _, p := range d.Proof {
		w.say("proof", p)
	}
	w.say("record header version", version(int(d.HeaderVersion)))
	if d.Kind != 0 { // else the hello was not read
		w.say("resumes the session in use", yes(d.Resumes))
	}
	sayIf(w, "why not", d.WhyNotResumed)
	w.say("asked for by a HelloRequest", yes(d.Asked))
}

func sayIf(w *walk, name, value string) {
	if value != "" {
		w.say(name, value)
	}
}

func because(why string) string {
	if why == "" {
		return ""
	}
	return ": " + why
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func byteCount(n int64) string {
	if n == 1 {
		return "1 byte"
	}
	return fmt.Sprintf("%d bytes", n)
}
