package report

import (
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// EventsVersion is the version of the form in which events are written. As for
// the Schema, what is added makes no new one.
const EventsVersion = 1

func eventOf(e trace.Event) jsonEvent {
	out := jsonEvent{
		At: e.At.Seconds(), From: e.From.String(), Name: string(e.Name), Epoch: e.Epoch, Handshake: e.Handshake, Finding: e.Finding,
		Frame: e.Place.Frame, LastFrame: e.Place.Last, Offset: e.Place.Offset, Length: e.Place.Length,
	}
	switch d := e.Detail.(type) {
	case trace.MessageDetail:
		out.Message = messageOf(d)
	case trace.RecordDetail:
		out.Record = recordOf(d)
	case trace.KeysDetail:
		out.Keys = &jsonKeys{Version: versionOf(d.Version), CipherSuite: suiteOf(d.Suite, d.SuiteID), Opened: d.Opened, Locked: d.Locked}
	case trace.HandshakeDetail:
		out.Done = handshakeOf(d)
	case trace.SecondHelloDetail:
		out.SecondHello = secondOf(d)
	case trace.AnsweredDetail:
		out.Answered = &jsonAnswered{Answer: d.Answer.String(), Bound: d.Bound, Reason: d.Reason}
	case trace.AlertDetail:
		out.Alert = &jsonAlert{Level: d.Level.String(), Description: d.Alert.String(), Number: int(d.Alert)}
	case trace.DataDetail:
		out.Data = &jsonData{FromClient: d.FromClient, ToClient: d.ToClient, Sealed: d.Sealed, Records: d.Records, Short: d.Short, Until: d.Until.Seconds()}
	case trace.RationedDetail:
		out.Wait = d.Wait.Seconds()
	case trace.GapDetail:
		out.Gap = &jsonGap{Bytes: d.Bytes, Why: string(d.Why)}
	case trace.EndDetail:
		out.End = &jsonEnd{How: string(d.How), CloseNotify: d.CloseNotify, Odd: d.Odd}
	case trace.FailureDetail:
		out.Failure = &jsonFailure{Finding: d.Finding, Reason: d.Reason}
	}
	return out
}

func messageOf(d trace.MessageDetail) *jsonMessage {
	m := &jsonMessage{Type: d.Type.String(), Length: d.Length, Fault: d.Fault}
	if d.Hello != nil {
		m.ClientHello = clientHelloOf(d.Hello)
	}
	if h, ok := d.Parsed.(*wire.ServerHello); ok && h != nil {
		version, err := h.SelectedVersion()
		if err != nil {
			version = h.Version
		}
		m.ServerHello = &jsonServerHello{
			Version: version.String(), CipherSuite: h.CipherSuite.String(), SessionIDLength: len(h.SessionID),
			Extensions: each(h.Extensions, extensionName),
		}
	}
	return m
}

func clientHelloOf(h *wire.ClientHello) *jsonClientHello {
	// What an extension holds is empty where it cannot be read.
	name, _ := h.ServerName()
	versions, _ := h.Versions()
	ticket, _ := h.SessionTicket()
	out := &jsonClientHello{
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

func extensionName(e wire.Extension) string { return e.Type.String() }

func recordOf(d trace.RecordDetail) *jsonRecord {
	return &jsonRecord{
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

// suiteOf names the suite that was negotiated; empty: it was not seen.
func suiteOf(known *suite.Suite, id wire.SuiteID) string {
	switch {
	case known != nil:
		return known.ID.String()
	case id == 0:
		return ""
	}
	return id.String()
}

func handshakeOf(d trace.HandshakeDetail) *jsonHandshake {
	out := &jsonHandshake{
		Version: versionOf(d.Version), CipherSuite: suiteOf(d.Suite, d.SuiteID), ServerName: d.ServerName, ALPN: d.ALPN, Terms: d.Terms.String(),
		Resumed: d.Resumed, ExtendedMasterSecret: d.ExtendedMasterSecret, ClientCertificate: d.ClientCertificate,
		SecureRenegotiation: d.SecureRenegotiation, Unverified: d.Unverified,
	}
	if d.Group != 0 {
		out.Group = d.Group.String()
	}
	return out
}

func secondOf(d trace.SecondHelloDetail) *jsonSecond {
	kind := "unknown"
	if d.Kind != 0 {
		kind = d.Kind.String()
	}
	return &jsonSecond{
		Kind: kind, Proof: list(d.Proof), Resumes: d.Resumes, WhyNotResumed: d.WhyNotResumed, Asked: d.Asked, Count: d.Count,
		FromClient: d.FromClient, ToClient: d.ToClient, Header: versionOf(d.HeaderVersion),
	}
}
