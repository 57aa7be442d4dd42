package report

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/trace/form"
	"github.com/parley-tls/parley/internal/wire"
)

func answeredText(d trace.AnsweredDetail) string {
	text := "answer: " + d.Answer.String()
	if d.Bound != "" {
		text += ", bound by " + d.Bound
	}
	if d.Reason != "" {
		text += " (" + d.Reason + ")"
	}
	return text
}

func handshakeText(d trace.HandshakeDetail) string {
	how := "full handshake"
	if d.Resumed {
		how = "abbreviated handshake"
	}
	text := how + " done: "
	if d.Version != 0 {
		text += d.Version.String() + ", "
	}
	text += cmp.Or(form.SuiteOf(d.Suite, d.SuiteID), "its suite was not seen")
	if d.Unverified {
		text += " (concluded from what follows; its Finished could not be read)"
	}
	return text
}

func messageText(d trace.MessageDetail) string {
	text := d.Type.String()
	switch hello, _ := d.Parsed.(*wire.ServerHello); {
	case d.Hello != nil:
		text += helloText(d.Hello)
	case hello != nil:
		if v, err := hello.SelectedVersion(); err == nil {
			text += " (" + v.String() + ")"
		}
	}
	if d.Fault != "" {
		text += " that cannot be read to its end: " + wire.Printable(d.Fault)
	}
	return text
}

// helloText says of a hello what renegotiation turns on.
func helloText(h *wire.ClientHello) string {
	var said []string
	if h.SSL2Format {
		said = append(said, "in the format of SSL 2.0")
	}
	if h.OffersSCSV() {
		said = append(said, "SCSV")
	}
	if info, present, err := h.RenegotiationInfo(); present && err == nil {
		said = append(said, fmt.Sprintf("renegotiation_info of %d bytes", len(info)))
	} else if !h.OffersSCSV() {
		said = append(said, "no SCSV, no renegotiation_info")
	}
	if ticket, _ := h.SessionTicket(); len(ticket) > 0 {
		said = append(said, "a ticket")
	} else if len(h.SessionID) > 0 {
		said = append(said, "a session id")
	}
	return " (" + strings.Join(said, ", ") + ")"
}

func secondHelloText(e trace.Event, d trace.SecondHelloDetail) string {
	text := "a second hello; which kind, only a key can tell"
	if d.Kind != 0 {
		text = fmt.Sprintf("a %s hello", d.Kind)
	}
	if d.Resumes {
		text += " that resumes the session in use"
	}
	id := e.Finding
	if id == "" && d.Kind != 0 {
		id = d.Kind.Finding()
	}
	if id == "" {
		return text
	}
	return id + ": " + text
}

func headerText(v wire.Version) string {
	return fmt.Sprintf(", record header 0x%04x", uint16(v))
}

// sealedText names a record that was not opened. Only its type is in clear.
func sealedText(d trace.RecordDetail) string {
	switch d.Type {
	case wire.TypeHandshake:
		return "encrypted handshake message"
	case wire.TypeChangeCipherSpec:
		return "encrypted ChangeCipherSpec"
	case wire.TypeAlert:
		return "encrypted alert"
	case wire.TypeApplicationData:
		return "encrypted data"
	}
	return "encrypted record of type " + d.Type.String()
}

// strangeText names a record of no type that TLS has, or bytes that are none.
func strangeText(d trace.RecordDetail) string {
	if _, name, found := strings.Cut(d.Why, "what looks like "); found {
		return wire.Printable(name) + " in clear, not TLS"
	}
	return fmt.Sprintf("a record of type %s, %s", d.Type, bytesText(int64(d.Length)))
}

func knownType(t wire.ContentType) bool {
	return t >= wire.TypeChangeCipherSpec && t <= wire.TypeHeartbeat
}

func dataText(d trace.DataDetail, n int64) string {
	text := "data, "
	if d.Sealed {
		text = "encrypted data, "
	}
	text += bytesText(n)
	if d.Records > 1 {
		text += fmt.Sprintf(" in %s records", number(int64(d.Records)))
	}
	return text
}

func crossedText(d trace.DataDetail) string {
	var parts []string
	if d.FromClient > 0 {
		parts = append(parts, bytesText(d.FromClient)+" of the client's data")
	}
	if d.ToClient > 0 {
		parts = append(parts, bytesText(d.ToClient)+" of the server's data")
	}
	if len(parts) == 0 {
		parts = []string{"data"}
	}
	return strings.Join(parts, " and ") + " came in the middle of it"
}

// gapText says what is missing. It never says what stood there.
func gapText(from trace.Side, d trace.GapDetail) string {
	much := "bytes, nobody can tell how many,"
	if d.Bytes > 0 {
		much = bytesText(d.Bytes)
	}
	whose := " of the " + from.String() + "'s"
	if from == trace.Nobody {
		whose = ""
	}
	switch d.Why {
	case trace.GapLate:
		return "the capture begins in the middle of the connection: what came before is not known"
	case trace.GapSnaplen:
		return much + whose + " were cut off by the snap length of the capture"
	case trace.GapChanged:
		return much + whose + " came twice, and differently"
	case trace.GapLimit:
		return much + whose + " were not read: a bound of this program was met"
	}
	return much + whose + " are missing in the capture"
}

const stillOpen = "the capture ends here"

func endText(d trace.EndDetail, readable bool) string {
	text := "FIN"
	if d.How == trace.EndReset {
		text = "RST"
	}
	if readable && !d.CloseNotify {
		text += ", no close_notify"
	}
	if d.Odd != "" {
		text += " (" + wire.Printable(d.Odd) + ")"
	}
	return text
}
