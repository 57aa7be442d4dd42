package diagnose

import (
	"fmt"

	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// strangeRecords finds records that do not belong where they stand.
func strangeRecords(s *story) []Finding {
	var list []Finding
	for _, r := range s.records {
		if f, ok := s.strange(r); ok && len(list) < maxFrames {
			list = append(list, f)
		}
	}
	return append(list, clearAlerts(s)...)
}

func (s *story) strange(r record) (Finding, bool) {
	switch {
	case r.Header == wire.VersionSSL20:
		return Finding{}, false // a message of SSL 2.0, of which hello-ssl2 tells
	case s.answersInClear(r), s.c.Prelude != nil && !s.c.Prelude.Upgraded:
		return Finding{}, false // noTLS tells of it
	case !knownType(r.Type) || r.noRecord():
		return s.unknownType(r), true
	case r.Sealed && r.whole() && s.opens(r.moment):
		return s.doesNotOpen(r), true
	case s.wrongVersion(r):
		return s.strangeVersion(r), true
	}
	return Finding{}, false
}

func knownType(t wire.ContentType) bool {
	return t >= wire.TypeChangeCipherSpec && t <= wire.TypeApplicationData
}

// noRecord reports whether what was read as a header cannot be one.
func (r record) noRecord() bool {
	return r.Header>>8 != wire.VersionSSL30>>8 || r.Length > wire.MaxCiphertext
}

// whole reports whether all of the record is there.
func (r record) whole() bool { return r.Place.Length >= wire.RecordHeaderLen+r.Length }

// opens reports whether the keys are known under which a side's records were
// when m came.
func (s *story) opens(m moment) bool {
	known := false
	for _, k := range s.keyChanges {
		if k.From == m.From && m.after(k.moment) {
			known = k.Opened != ""
		}
	}
	return known
}

// unknownType is a record of no type that belongs here, or no record at all.
func (s *story) unknownType(r record) Finding {
	f := s.atRecord("record-unknown-type", r)
	f.Sentence = fmt.Sprintf("The %s sent a record of type %d, which TLS does not have here%s.", r.From, uint8(r.Type), s.then(r))
	f.Cause = "an application that writes in clear to the socket under its TLS object, or a heartbeat that nobody agreed on"
	f.Proof = []Proof{recordProof(r, "record type", fmt.Sprintf("%s (%d)", r.Type, uint8(r.Type)))}
	f.Remedies = []Remedy{{Where: sideWords(r.From), Setting: "look for something that writes to the socket beside TLS, and turn heartbeats off", Safe: true}}
	if r.noRecord() {
		f.Sentence = fmt.Sprintf("In the middle of the connection the %s sent bytes that are no record of TLS%s.", r.From, s.then(r))
		f.Proof = []Proof{recordProof(r, "record header", wire.Printable(r.Why))}
	}
	return f
}

// doesNotOpen is a record that keys which are known do not open.
func (s *story) doesNotOpen(r record) Finding {
	f := s.atRecord("record-mac", r)
	if f.Level == Failure {
		f.Culprit = CulpritUnknown
	}
	f.Sentence = fmt.Sprintf("A record from the %s does not open under the keys in use%s.", r.From, s.then(r))
	f.Cause = "something between changed or dropped bytes, or its sender has a fault"
	f.Proof = []Proof{recordProof(r, "record", fmt.Sprintf("%s, %s: %s", r.Type, byteCount(r.Length), wire.Printable(r.Why)))}
	f.Remedies = []Remedy{{Where: "the network", Setting: "see whether it happens from behind one device only; at the same place every time it is a fault of the sender's", Safe: true}}
	if s.gapBetween(r.From, moment{}, r.moment) {
		f.Level, f.Culprit, f.Confidence = Note, CulpritNone, Possible
		f.Missing = append(f.Missing, "the bytes that the capture lacks before it; without them nothing opens")
	}
	return f
}

// wrongVersion: only handshake records may have another version than the
// negotiated one, while a ClientHello may come.
func (s *story) wrongVersion(r record) bool {
	return r.Header != r.Negotiated && r.Negotiated != 0 && r.Type != wire.TypeHandshake && s.endsWith(r, wire.AlertProtocolVersion)
}

func (s *story) strangeVersion(r record) Finding {
	f := s.atRecord("record-version", r)
	f.Sentence = fmt.Sprintf("A record's header has a version that is not the negotiated one%s.", s.then(r))
	f.Cause = "the sender confuses two connections, or what follows is not TLS any more"
	f.Proof = []Proof{recordProof(r, "record header version", headerWords(r.Header, r.Negotiated))}
	f.Proof[0].Bytes = versionBytes(r.Header)
	f.Remedies = []Remedy{{Where: sideWords(r.From), Setting: "a library that puts the negotiated version into each record's header (RFC 5246, section 6.2.1)", Safe: true}}
	return f
}

// atRecord begins a finding about a record: a failure where the connection ended
// upon it.
func (s *story) atRecord(id string, r record) Finding {
	f := Finding{ID: id, Level: Note, Culprit: CulpritNone, Confidence: Likely, Frames: frames(r.moment), At: r.At}
	if end := s.stopAfter(r.moment); end.at.n != 0 && s.quietBetween(r.moment, end.at) && !end.closedWell(s) {
		f.Level, f.Culprit = Failure, culpritOf(r.From)
		f.Frames = frames(r.moment, end.at)
	}
	return f
}

func (s *story) quietBetween(a, b moment) bool {
	from, to := s.dataBetween(a, b)
	return from+to == 0
}

// endsWith reports whether the other side answered a record with an alert.
func (s *story) endsWith(r record, a wire.Alert) bool {
	end := s.stopAfter(r.moment)
	return end.alert != nil && end.alert.Alert == a && end.by != r.From && s.quietBetween(r.moment, end.at)
}

func (s *story) then(r record) string {
	end := s.stopAfter(r.moment)
	if end.at.n == 0 || !s.quietBetween(r.moment, end.at) {
		return ""
	}
	return ", and " + end.words()
}

func recordProof(r record, field, value string) Proof {
	return Proof{Frame: r.Place.Frame, At: r.At, Field: field, Value: value}
}

// sideWords names a side in a sentence.
func sideWords(side trace.Side) string {
	switch side {
	case trace.Client:
		return "the client"
	case trace.Server:
		return "the server"
	}
	return "one side"
}

func culpritOf(side trace.Side) Culprit {
	switch side {
	case trace.Client:
		return CulpritClient
	case trace.Server:
		return CulpritServer
	}
	return CulpritUnknown
}
