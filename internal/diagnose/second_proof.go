package diagnose

import (
	"fmt"

	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// provenHello is what shows which kind of hello it was.
func provenHello(s *story, h *handshake) []Proof {
	var list []Proof
	frame, at := h.secondAt.Place.Frame, h.secondAt.At
	if p, ok := headerProof(s, h); ok {
		list = append(list, p)
	}
	if len(h.second.Proof) == 0 {
		list = append(list, Proof{Frame: frame, At: at, Field: "second ClientHello", Value: "a " + h.second.Kind.String() + " hello"})
	}
	for _, fact := range h.second.Proof {
		p := Proof{Frame: frame, At: at, Field: "second ClientHello", Value: fact}
		if fact == "TLS_EMPTY_RENEGOTIATION_INFO_SCSV" {
			p.Bytes = []byte{0x00, 0xff}
		}
		list = append(list, p)
	}
	if h.second.Kind != renego.KindSecure && h.second.Kind != renego.KindRestart {
		list = append(list, Proof{Frame: frame, At: at, Field: "session offered", Value: sessionWords(h.second)})
	}
	if first := s.first(); first != nil && first.hello != nil && h.second.Kind != renego.KindRestart {
		list = append(list, Proof{Frame: first.helloAt.Place.Frame, At: first.helloAt.At, Field: "first ClientHello", Value: signalWords(first.hello)})
	}
	return list
}

func sessionWords(d *trace.SecondHelloDetail) string {
	if d.Resumes {
		return "the session in use"
	}
	if d.WhyNotResumed == "" {
		return "not the session in use"
	}
	return "not the session in use: " + d.WhyNotResumed
}

// signalWords says how a first hello tells that its client knows RFC 5746.
func signalWords(h *wire.ClientHello) string {
	if h.OffersSCSV() {
		return "TLS_EMPTY_RENEGOTIATION_INFO_SCSV: the client knows RFC 5746"
	}
	if _, present, _ := h.RenegotiationInfo(); present {
		return "renegotiation_info: the client knows RFC 5746"
	}
	return "nothing says that the client knows RFC 5746"
}

// headerProof says what the header of the hello's record claims, and, where a
// key opened it, with which version it was computed.
func headerProof(s *story, h *handshake) (Proof, bool) {
	header, negotiated := h.second.HeaderVersion, s.versionBefore(h)
	if header == 0 || negotiated == 0 || header == negotiated {
		return Proof{}, false
	}
	value := headerWords(header, negotiated)
	if h.second.Kind != renego.KindRestart {
		if m := s.matched(h.secondAt.Place); m != 0 {
			value += fmt.Sprintf("; its MAC or AEAD tag is right for %s", m)
		}
	}
	return Proof{Frame: h.secondAt.Place.Frame, At: h.secondAt.At, Field: "record header version", Value: value, Bytes: versionBytes(header)}, true
}

func headerWords(header, negotiated wire.Version) string {
	return fmt.Sprintf("0x%04x (%s), where %s is negotiated", uint16(header), header, negotiated)
}

func versionBytes(v wire.Version) []byte { return []byte{byte(v >> 8), byte(v)} }

// matched is the version that opened the record at a place.
func (s *story) matched(p trace.Place) wire.Version {
	for _, r := range s.records {
		if !r.Sealed && r.Place.Frame == p.Frame && r.Type == wire.TypeHandshake && r.Matched != 0 {
			return r.Matched
		}
	}
	return 0
}

// versionBefore is the version in use when h began.
func (s *story) versionBefore(h *handshake) wire.Version {
	if before := s.epochBefore(h); before != nil && before.done.Version != 0 {
		return before.done.Version
	}
	return s.version()
}

func alertProof(a alert) Proof {
	return Proof{
		Frame: a.Place.Frame, At: a.At, Field: "alert",
		Value: fmt.Sprintf("%s, %s, from the %s", alertWords(a.Alert), a.Level, a.From), Bytes: []byte{byte(a.Level), byte(a.Alert)},
	}
}

// frames gives the frames of events, without those that have none and without
// telling one twice.
func frames(events ...moment) []int {
	var list []int
	for _, e := range events {
		f := e.Place.Frame
		if f != 0 && (len(list) == 0 || list[len(list)-1] != f) {
			list = append(list, f)
		}
	}
	return list
}
