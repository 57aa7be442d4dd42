package form

import (
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// EventsVersion is the version of the form in which events are written. As for
// the Schema, what is added makes no new one.
const EventsVersion = 1

// EventOf writes an event, without the bytes of its messages.
func EventOf(e trace.Event) Event {
	out := Event{
		At: Seconds(e.At), From: e.From.String(), Name: string(e.Name), Epoch: e.Epoch, Handshake: e.Handshake, Finding: e.Finding,
		Frame: e.Place.Frame, LastFrame: e.Place.Last, Offset: e.Place.Offset, Length: e.Place.Length,
	}
	switch d := e.Detail.(type) {
	case trace.OpenedDetail:
		if d.Client != "" {
			out.Opened = &Opened{Client: d.Client}
		}
	case trace.MessageDetail:
		out.Message = messageOf(d)
	case trace.RecordDetail:
		out.Record = recordOf(d)
	case trace.KeysDetail:
		out.Keys = &Keys{Version: versionOf(d.Version), CipherSuite: SuiteOf(d.Suite, d.SuiteID), Opened: d.Opened, Locked: d.Locked}
	case trace.HandshakeDetail:
		out.Done = handshakeOf(d)
	case trace.SecondHelloDetail:
		out.SecondHello = secondOf(d)
	case trace.AnsweredDetail:
		out.Answered = answeredOf(d)
	case trace.AlertDetail:
		out.Alert = &Alert{Level: d.Level.String(), Description: d.Alert.String(), Number: int(d.Alert)}
	case trace.DataDetail:
		out.Data = &Data{FromClient: d.FromClient, ToClient: d.ToClient, Sealed: d.Sealed, Records: d.Records, Short: d.Short, Until: Seconds(d.Until)}
	case trace.RationedDetail:
		out.Wait = Seconds(d.Wait)
	case trace.GapDetail:
		out.Gap = &Gap{Bytes: d.Bytes, Why: string(d.Why)}
	case trace.EndDetail:
		out.End = &End{How: string(d.How), CloseNotify: d.CloseNotify, Odd: d.Odd}
	case trace.FailureDetail:
		out.Failure = &Failure{Finding: d.Finding, Reason: d.Reason}
	}
	return out
}

func messageOf(d trace.MessageDetail) *Message {
	m := &Message{Type: d.Type.String(), Length: d.Length, Fault: d.Fault}
	if d.Hello != nil {
		m.ClientHello = clientHelloOf(d.Hello)
	}
	if h, ok := d.Parsed.(*wire.ServerHello); ok && h != nil {
		version, err := h.SelectedVersion()
		if err != nil {
			version = h.Version
		}
		m.ServerHello = &ServerHello{
			Version: version.String(), CipherSuite: h.CipherSuite.String(), SessionIDLength: len(h.SessionID),
			Extensions: each(h.Extensions, extensionName),
		}
	}
	return m
}

func clientHelloOf(h *wire.ClientHello) *ClientHello {
	// What an extension holds is empty where it cannot be read.
	name, _ := h.ServerName()
	versions, _ := h.Versions()
	ticket, _ := h.SessionTicket()
	out := &ClientHello{
		Version: h.Version.String(), SSL2Format: h.SSL2Format, SCSV: h.OffersSCSV(), ServerName: name,
		CipherSuites: each(h.CipherSuites, wire.SuiteID.String), Extensions: each(h.Extensions, extensionName),
		Versions: each(versions, wire.Version.String), SessionIDLength: len(h.SessionID), TicketLength: len(ticket),
	}
	if info, present, err := h.RenegotiationInfo(); present && err == nil {
		n := len(info)
		out.RenegotiationInfo = &n
	}
	return out
}

// answeredOf leaves out the terms of the first hello, which no second one has.
func answeredOf(d trace.AnsweredDetail) *Answered {
	out := &Answered{Answer: d.Answer.String(), Bound: d.Bound, Reason: d.Reason}
	if d.Kind != 0 {
		out.Kind = d.Kind.String()
	}
	if d.Terms != renego.TermsInitial {
		out.Terms = d.Terms.String()
	}
	return out
}

func extensionName(e wire.Extension) string { return e.Type.String() }

func recordOf(d trace.RecordDetail) *Record {
	return &Record{
		Type: d.Type.String(), Header: d.Header.String(), Negotiated: versionOf(d.Negotiated), Length: d.Length,
		Sealed: d.Sealed, Why: d.Why, Matched: versionOf(d.Matched),
	}
}

func versionOf(v wire.Version) string {
	if v == 0 {
		return ""
	}
	return v.String()
}

// SuiteOf names the suite that was negotiated; empty: it was not seen.
func SuiteOf(known *suite.Suite, id wire.SuiteID) string {
	switch {
	case known != nil:
		return known.ID.String()
	case id == 0:
		return ""
	}
	return id.String()
}

func handshakeOf(d trace.HandshakeDetail) *Handshake {
	out := &Handshake{
		Version: versionOf(d.Version), CipherSuite: SuiteOf(d.Suite, d.SuiteID), ServerName: d.ServerName, ALPN: d.ALPN, Terms: d.Terms.String(),
		Resumed: d.Resumed, ExtendedMasterSecret: d.ExtendedMasterSecret, ClientCertificate: d.ClientCertificate,
		SecureRenegotiation: d.SecureRenegotiation, Unverified: d.Unverified,
	}
	if d.Group != 0 {
		out.Group = d.Group.String()
	}
	return out
}

func secondOf(d trace.SecondHelloDetail) *Second {
	kind := "unknown"
	if d.Kind != 0 {
		kind = d.Kind.String()
	}
	return &Second{
		Kind: kind, Proof: list(d.Proof), Resumes: d.Resumes, WhyNotResumed: d.WhyNotResumed, Asked: d.Asked, Count: d.Count,
		FromClient: d.FromClient, ToClient: d.ToClient, Header: versionOf(d.HeaderVersion),
	}
}

// list gives an empty list for none: no array of a report is null.
func list[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}

func each[T, U any](l []T, to func(T) U) []U {
	out := make([]U, len(l))
	for i, v := range l {
		out[i] = to(v)
	}
	return out
}
