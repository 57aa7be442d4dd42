package diagnose

import (
	"fmt"
	"time"

	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// damagedRecord finds alerts that say that a record did not open.
func damagedRecord(s *story) []Finding {
	for _, a := range s.alerts {
		if a.Alert != wire.AlertBadRecordMAC && a.Alert != wire.AlertDecryptionFailed && a.Alert != wire.AlertDecryptError {
			continue
		}
		f := Finding{
			ID: "record-mac", Level: Failure, Culprit: CulpritUnknown, Confidence: Likely,
			Sentence: fmt.Sprintf("A record did not open at the %s, which ended the connection with the alert %s.", a.From, alertWords(a.Alert)),
			Cause:    "something between changed or dropped bytes, or the other side has a fault",
			Frames:   frames(a.moment), At: a.At, Proof: []Proof{alertProof(a)},
			Remedies: []Remedy{{Where: "the network", Setting: "see whether it happens from behind one device only; at the same place every time it is a fault of the other side's", Safe: true}},
		}
		if a.during != nil && a.during.number == 0 {
			f.Cause = "the two sides have made different keys: a Finished that does not open or does not verify"
		}
		return []Finding{f}
	}
	return nil
}

// oddReset finds resets that do not look like the side they claim to come from.
func oddReset(s *story) []Finding {
	for _, side := range []trace.Side{trace.Client, trace.Server} {
		e, ok := s.ends[side]
		if !ok || e.How != trace.EndReset || e.Odd == "" {
			continue
		}
		return []Finding{{
			ID: "middlebox", Level: Failure, Culprit: CulpritNetwork, Confidence: Likely,
			Sentence: fmt.Sprintf("The connection was reset in the name of the %s, by a packet that does not look like its others.", side),
			Cause:    "a firewall, an inspecting proxy or a load balancer between the two ended it",
			Frames:   frames(e.moment), At: e.At,
			Proof: []Proof{{Frame: e.Place.Frame, At: e.At, Field: "RST", Value: wire.Printable(e.Odd)}},
			Remedies: []Remedy{
				{Where: "the network", Setting: "capture on both ends at once: the device stands where the two captures begin to differ", Safe: true},
				{Where: "Parley", Setting: "nothing to set", Safe: true},
			},
		}}
	}
	return nil
}

// endedInHandshake finds connections that ended before their first handshake did.
func endedInHandshake(s *story) []Finding {
	h := s.first()
	if h != nil && h.done != nil || len(s.data) > 0 || !s.begins() || s.c.Protocol != trace.ProtocolTLS && s.c.Protocol != "" {
		return nil
	}
	end := s.firstEnd(moment{})
	switch {
	case h == nil || h.helloAt.n == 0 || end.at.n == 0 || s.alertedBefore(end):
		return nil
	case s.silence(end.by) >= patienceInHandshake:
		return []Finding{s.timedOut(h, end)}
	}
	return []Finding{s.abandoned(h, end)}
}

// alertedBefore: who sent or got a fatal alert has not merely gone away.
func (s *story) alertedBefore(end stop) bool {
	for _, a := range s.alerts {
		if end.at.after(a.moment) && a.Level == wire.LevelFatal {
			return true
		}
	}
	return false
}

// patienceInHandshake is a silence in a handshake that is no round trip's.
const patienceInHandshake = 5 * time.Second

func (s *story) timedOut(h *handshake, end stop) Finding {
	owes := other(s.last.From)
	f := Finding{
		ID: "handshake-timeout", Level: Failure, Culprit: CulpritUnknown, Confidence: Likely,
		Sentence: fmt.Sprintf("The handshake stood still for %s, it was the %s's turn, and %s.", s.silence(end.by).Round(time.Second), owes, end.words()),
		Cause:    "the one whose turn it was is slow, or did not get what was sent: a device between that holds back large packets",
		Frames:   frames(s.last, end.at), At: end.at.At,
		Proof: []Proof{
			{Frame: s.last.Place.Frame, At: s.last.At, Field: "last message", Value: fmt.Sprintf("from the %s, %s after the connection began", s.last.From, s.last.At.Round(time.Millisecond))},
			{Frame: end.at.Place.Frame, At: end.at.At, Field: "end", Value: fmt.Sprintf("%s after the connection began", end.at.At.Round(time.Millisecond))},
		},
		Remedies: []Remedy{
			{Where: "the network", Setting: "capture on the other end too: it says whether the last message arrived", Safe: true},
			{Where: "Parley", Setting: "--handshake-timeout, for clients that are merely slow", Safe: true, Cost: "connections that do nothing are held for longer"},
		},
	}
	if !h.answeredAtAll() && h.hello != nil && len(h.hello.Raw) >= 256 && len(h.hello.Raw) < 512 {
		f.Cause += "; or a load balancer that hangs at a ClientHello of 256 to 511 bytes (RFC 7685), and this one has " + fmt.Sprint(len(h.hello.Raw))
	}
	return f
}

func other(side trace.Side) trace.Side {
	if side == trace.Client {
		return trace.Server
	}
	return trace.Client
}

func (s *story) abandoned(h *handshake, end stop) Finding {
	f := Finding{
		ID: "handshake-abandoned", Level: Failure, Culprit: culpritOf(end.by), Confidence: Possible,
		Sentence: fmt.Sprintf("In the middle of the handshake, and without an alert, %s.", end.words()),
		Cause:    "its reason cannot be seen; its own log may say it",
		Frames:   frames(end.at, s.last), At: end.at.At,
		Proof: []Proof{
			{Frame: end.at.Place.Frame, At: end.at.At, Field: "end", Value: end.words()},
			{Frame: s.last.Place.Frame, At: s.last.At, Field: "last message", Value: "from the " + s.last.From.String()},
		},
		Remedies: []Remedy{{Where: sideWords(end.by), Setting: "read its log at this moment", Safe: true}},
	}
	if end.by == trace.Client && h.sentCertificate(trace.Server) {
		s.abandonedAtCertificate(&f, h)
	}
	return f
}

// abandonedAtCertificate: clients that go away after Certificate often do not
// accept it. A flaw in it is the best guess.
func (s *story) abandonedAtCertificate(f *Finding, h *handshake) {
	v := s.chainOf(h)
	f.Cause = "clients that go away right after the server's Certificate often do not accept it"
	if flaw := v.flawOf("cert-expired", "cert-name", "cert-sha1", "cert-key-size"); flaw != nil {
		f.ID, f.Culprit = flaw.id, CulpritServer
		f.Sentence = "The client went away right after the server's certificate, perhaps because " + flaw.words + "."
		f.Proof = append(f.Proof, v.proof(flaw.proof))
		f.Remedies = []Remedy{flaw.remedy}
	}
}

// unnamedAlert finds fatal alerts that nothing above explains.
func unnamedAlert(s *story) []Finding {
	for _, a := range s.alerts {
		if a.Level != wire.LevelFatal || a.Alert == wire.AlertCloseNotify {
			continue
		}
		f := Finding{
			ID: "handshake-abandoned", Level: Failure, Culprit: CulpritUnknown, Confidence: Sure,
			Sentence: fmt.Sprintf("The %s ended the handshake with the fatal alert %s.", a.From, alertWords(a.Alert)),
			Cause:    "the alert's meaning is all that is known; the log of the side that sent it says more",
			Frames:   frames(a.moment), At: a.At, Proof: []Proof{alertProof(a)},
			Remedies: []Remedy{{Where: sideWords(a.From), Setting: "read its log at this moment; parley explain " + a.Alert.String() + " says what the alert means", Safe: true}},
		}
		if first := s.first(); a.during == nil && (first == nil || first.done != nil) {
			f.ID = "truncated"
			f.Sentence = fmt.Sprintf("The %s ended the connection with the fatal alert %s.", a.From, alertWords(a.Alert))
		}
		return []Finding{f}
	}
	return nil
}

// resetAfterwards finds connections that were reset while they were in use. A
// reset after close_notify, or after the other side's end, is how many clients
// close.
func resetAfterwards(s *story) []Finding {
	if s.foreign() {
		return nil // what it does is not ours to judge
	}
	for _, side := range []trace.Side{trace.Client, trace.Server} {
		e, ok := s.ends[side]
		if !ok || e.How != trace.EndReset || s.leftBefore(e) {
			continue
		}
		f := Finding{
			ID: "tcp-reset", Level: Failure, Culprit: culpritOf(side), Confidence: Possible,
			Sentence: fmt.Sprintf("The %s reset the TCP connection, and neither side had said that it was done.", side),
			Cause:    "its program ended, or closed the socket with unread data; or a firewall did it whose entry for the connection had run out",
			Frames:   frames(e.moment), At: e.At,
			Proof:    []Proof{{Frame: e.Place.Frame, At: e.At, Field: "RST", Value: fmt.Sprintf("from the %s, %s after the last message", side, s.silence(side).Round(time.Millisecond))}},
			Remedies: []Remedy{{Where: sideWords(side), Setting: "read its log at this moment; after a long silence suspect a firewall, and let the protocol speak more often", Safe: true}},
		}
		switch {
		case s.c.Protocol == trace.ProtocolSilent && side == trace.Server && s.begins():
			f.Sentence = "The server refused the TCP connection, or reset it before anything was said."
			f.Cause = "nothing listens at this port, or a firewall answers in the server's name"
			f.Remedies = []Remedy{{Where: "the server", Setting: "see that it runs and listens at this address and port", Safe: true}, {Where: "the client", Setting: "check its address and port", Safe: true}}
		case s.goodbyeSealed():
			f.Level, f.Culprit = Note, CulpritNone
			f.Sentence = fmt.Sprintf("The %s reset the TCP connection; whether it had said goodbye before, TLS 1.3 does not show.", side)
			f.Missing = append(f.Missing, s.unseen())
		case s.silence(side) >= time.Minute:
			f.Culprit = CulpritNetwork
		}
		return []Finding{f}
	}
	return nil
}

// goodbyeSealed reports whether a close_notify would look as data does: in TLS
// 1.3, without a key.
func (s *story) goodbyeSealed() bool { return s.version() >= wire.VersionTLS13 && s.dataSealed }

// leftBefore reports whether a side had said goodbye before an end: by an alert,
// sealed or not, or by a FIN.
func (s *story) leftBefore(e end) bool {
	for _, a := range s.alerts {
		if e.after(a.moment) {
			return true
		}
	}
	for _, r := range s.sealedAlerts {
		if e.after(r.moment) {
			return true
		}
	}
	for _, other := range s.ends {
		if other.How == trace.EndFIN && e.after(other.moment) {
			return true
		}
	}
	return e.CloseNotify
}

// withoutCloseNotify notes that TCP ended and TLS did not.
func withoutCloseNotify(s *story) []Finding {
	if !s.established() || s.version() == 0 || s.goodbyeSealed() {
		return nil
	}
	for _, side := range []trace.Side{trace.Client, trace.Server} {
		e, ok := s.ends[side]
		if !ok || e.How != trace.EndFIN || e.CloseNotify || s.leftBefore(e) {
			continue
		}
		return []Finding{{
			ID: "truncated", Level: Note, Culprit: CulpritNone, Confidence: Sure,
			Sentence: fmt.Sprintf("The %s closed the TCP connection without close_notify; whether its stream was whole, TLS cannot tell.", side),
			Frames:   frames(e.moment), At: e.At,
			Proof: []Proof{{Frame: e.Place.Frame, At: e.At, Field: "FIN", Value: "no close_notify before it"}},
		}}
	}
	return nil
}
