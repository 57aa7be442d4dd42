package diagnose

import (
	"fmt"

	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// An outcome is what became of a second hello.
type outcome uint8

const (
	outcomeOpen     outcome = iota // nothing more is known
	outcomeDone                    // its handshake ended well
	outcomeRefused                 // no_renegotiation, and the connection went on
	outcomeIsolated                // its handshake began another stream
	outcomeAborted                 // the server ended the connection
	outcomeGivenUp                 // the client did
	outcomeCut                     // TCP ended
)

// levels say how bad each outcome is, where nothing else does.
var levels = map[outcome]Level{
	outcomeOpen: Note, outcomeDone: Note, outcomeRefused: Note, outcomeIsolated: Note,
	outcomeAborted: Failure, outcomeGivenUp: Failure, outcomeCut: Failure,
}

// secondHellos finds the second hellos that could be read.
func secondHellos(s *story) []Finding {
	var list []Finding
	for _, h := range s.handshakes {
		if h.second == nil {
			continue
		}
		what, last := s.outcome(h)
		if refusedAtLast(s, h, what) {
			what = outcomeRefused // reneg-refused tells the end
		}
		list = append(list, secondHello(s, h, what, last))
	}
	return list
}

// outcome says what became of a second hello, and by which event, if one shows it.
func (s *story) outcome(h *handshake) (outcome, stop) {
	next := s.helloAfter(h)
	switch {
	case h.isolated:
		return outcomeIsolated, stop{}
	case h.done != nil:
		return outcomeDone, stop{}
	case h.refused() || s.warned(h, next):
		return outcomeRefused, stop{}
	case next.n != 0:
		return outcomeOpen, stop{}
	}
	end := s.stopAfter(h.secondAt)
	if end.alert == nil && s.wentOn(h, end) {
		return outcomeOpen, stop{}
	}
	switch {
	case h.answered != nil && h.answered.Answer == renego.AnswerAbort:
		return outcomeAborted, end
	case end.by == trace.Server && end.alerted():
		return outcomeAborted, end
	case end.by == trace.Client && end.alerted():
		return outcomeGivenUp, end
	case end.at.n != 0:
		return outcomeCut, end
	}
	return outcomeOpen, end
}

// wentOn reports whether bytes are missing behind the hello and data came after
// it: then its handshake was done or refused where nobody saw it.
func (s *story) wentOn(h *handshake, end stop) bool {
	from, to := s.dataBetween(h.secondAt, end.at)
	return from+to > 0 && (s.gapBetween(trace.Client, h.secondAt, end.at) || s.gapBetween(trace.Server, h.secondAt, end.at))
}

func (h *handshake) refused() bool {
	return h.answered != nil && h.answered.Answer == renego.AnswerRefuse
}

// helloAfter is the second hello after h's.
func (s *story) helloAfter(h *handshake) moment {
	for _, other := range s.handshakes {
		if other.second != nil && other.secondAt.after(h.secondAt) {
			return other.secondAt
		}
	}
	return moment{}
}

// warned reports whether the server refused h's hello with the warning
// no_renegotiation (RFC 5246, section 7.2.2) before the next one came.
func (s *story) warned(h *handshake, next moment) bool {
	for _, a := range s.alerts {
		if a.Alert == wire.AlertNoRenegotiation && a.From == trace.Server && a.after(h.secondAt) && (next.n == 0 || next.after(a.moment)) {
			return true
		}
	}
	return false
}

// A stop is what ended a connection: an alert, sealed or not, or the end of its
// TCP streams.
type stop struct {
	at     moment // none: nothing ended it
	by     trace.Side
	alert  *alert
	sealed *record
	end    *end
	told   *failure
	closed bool // TCP ended behind a sealed alert
}

func (p stop) alerted() bool { return p.alert != nil || p.sealed != nil }

// stopAfter is what ended the connection after an event, if something did.
func (s *story) stopAfter(e moment) stop {
	if p := s.firstAlert(e); p.at.n != 0 {
		return p
	}
	for i := range s.failures {
		if f := &s.failures[i]; f.after(e) && f.Name == trace.Closed {
			return stop{at: f.moment, by: f.From, told: f}
		}
	}
	return s.firstEnd(e)
}

// firstAlert is the first alert after an event that ended the connection: one
// that is fatal, or a sealed one behind which no data came.
func (s *story) firstAlert(e moment) stop {
	var p stop
	if i := since(s.fatals, e); i < len(s.fatals) {
		p = stop{at: s.fatals[i].moment, by: s.fatals[i].From, alert: &s.fatals[i]}
	}
	if n := len(s.data); n > 0 && s.data[n-1].after(e) {
		e = s.data[n-1].moment
	}
	if i := since(s.sealedAlerts, e); i < len(s.sealedAlerts) && (p.at.n == 0 || p.at.after(s.sealedAlerts[i].moment)) {
		p = stop{at: s.sealedAlerts[i].moment, by: s.sealedAlerts[i].From, sealed: &s.sealedAlerts[i]}
	}
	if p.sealed != nil {
		p.closed = s.firstEnd(p.at).at.n != 0
	}
	return p
}

// firstEnd is the first TCP stream that ended after an event.
func (s *story) firstEnd(e moment) stop {
	var first stop
	for side, closed := range s.ends {
		if closed.How == trace.EndOfCapture || !closed.after(e) {
			continue
		}
		if first.at.n == 0 || first.at.after(closed.moment) {
			first = stop{at: closed.moment, by: side, end: &closed}
		}
	}
	return first
}

// words tells a stop as the end of a sentence.
func (p stop) words() string {
	switch {
	case p.alert != nil:
		return fmt.Sprintf("%s ended the connection with the fatal alert %s", sideWords(p.by), alertWords(p.alert.Alert))
	case p.sealed != nil && p.closed:
		return fmt.Sprintf("%s ended the connection with an alert that no key opens here", sideWords(p.by))
	case p.sealed != nil:
		return fmt.Sprintf("%s answered with an alert that no key opens here", sideWords(p.by))
	case p.told != nil:
		return "the server ended the connection"
	case p.end != nil && p.end.How == trace.EndReset:
		return sideWords(p.by) + " reset the TCP connection"
	case p.end != nil:
		return sideWords(p.by) + " closed the TCP connection"
	}
	return "the capture does not show what followed"
}

func alertWords(a wire.Alert) string { return fmt.Sprintf("%s (%d)", a, uint8(a)) }

// secondHello makes the finding of one second hello.
func secondHello(s *story, h *handshake, what outcome, last stop) Finding {
	if h.second.Kind == renego.KindForged && s.gapBefore(h.secondAt) {
		return uncompared(s, h, last)
	}
	words := kinds[h.second.Kind]
	f := Finding{
		ID: h.second.Kind.Finding(), Level: levelOf(h, what), Culprit: CulpritNone, Confidence: Sure,
		Sentence: words.sentence + ", and " + outcomeWords(h, what, last) + ".", Cause: words.cause,
		At: h.secondAt.At, Frames: frames(h.secondAt, last.at),
		Proof: provenHello(s, h), RuledOut: ruledOutOf(s, h, last), Others: words.others(s),
		Remedies: words.remedies(s, h, what),
	}
	if last.alert != nil {
		f.Proof = append(f.Proof, alertProof(*last.alert))
	}
	if f.Level == Failure {
		f.Culprit = words.culprit(what)
	}
	return f
}

// uncompared is a hello that does not agree with what is known of the connection,
// where not all of the connection is known.
func uncompared(s *story, h *handshake, last stop) Finding {
	return Finding{
		ID: "reneg-forged-hello", Level: Note, Culprit: CulpritNone, Confidence: Possible,
		Sentence: "The client sent a second hello that cannot be compared with its connection, of which bytes are missing.",
		Frames:   frames(h.secondAt, last.at), At: h.secondAt.At, Proof: provenHello(s, h),
		Missing: []string{"the handshake before, with which renegotiation_info would have to agree; capture the whole connection"},
	}
}

// levelOf says how bad a second hello was. One that was served though nothing
// bound it to the connection is a risk: nothing tells its client from another.
func levelOf(h *handshake, what outcome) Level {
	switch {
	case h.second.Kind == renego.KindForged:
		return Failure
	case h.second.Kind != renego.KindSecure && what == outcomeDone && !h.bound():
		return Risk
	}
	return levels[what]
}

// bound reports whether the handshake resumed the session in use, so that its
// Finished proved the client.
func (h *handshake) bound() bool {
	return h.answered != nil && (h.answered.Terms == renego.TermsBound || h.answered.Terms == renego.TermsResumed)
}

func outcomeWords(h *handshake, what outcome, last stop) string {
	switch what {
	case outcomeDone:
		return "was served"
	case outcomeRefused:
		return "was refused with no_renegotiation"
	case outcomeIsolated:
		return "what followed was made another connection"
	case outcomeAborted:
		if h.answered != nil && last.alert == nil {
			return "the server ended the connection"
		}
	}
	return last.words()
}

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
