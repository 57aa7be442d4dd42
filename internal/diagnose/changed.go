package diagnose

import (
	"bytes"
	"fmt"

	"github.com/parley-tls/parley/internal/renego"
)

// identityChanged finds renegotiations with another client certificate.
func identityChanged(s *story) []Finding {
	var before *handshake
	var list []Finding
	for _, h := range s.handshakes {
		if h.clientCertificate == nil || len(h.clientCertificate.Chain) == 0 {
			continue
		}
		if before != nil && h.second != nil && !bytes.Equal(before.clientCertificate.Chain[0], h.clientCertificate.Chain[0]) {
			list = append(list, s.otherIdentity(before, h))
		}
		before = h
	}
	return list
}

func (s *story) otherIdentity(before, h *handshake) Finding {
	f := Finding{
		ID: "reneg-identity-changed", Level: Risk, Culprit: CulpritNone, Confidence: Sure,
		Sentence: "The client presented another certificate in a renegotiation than before, and the server took it.",
		Frames:   frames(h.clientCertAt, before.clientCertAt), At: h.clientCertAt.At,
		Proof:    []Proof{{Frame: h.clientCertAt.Place.Frame, At: h.clientCertAt.At, Field: "Certificate", Value: "differs from the client's certificate before"}},
		Remedies: []Remedy{{Where: "the client", Setting: "connect anew to use another certificate", Safe: true}},
	}
	if what, end := s.outcome(h); levels[what] == Failure {
		f.Level, f.Culprit = Failure, CulpritClient
		f.Sentence = "The client presented another certificate in a renegotiation than before, and " + end.words() + "."
	}
	return f
}

// versionChanged finds second hellos that do not offer the version in use.
func versionChanged(s *story) []Finding {
	var list []Finding
	for _, h := range s.handshakes {
		v := s.versionBefore(h)
		if h.second == nil || h.second.Kind == renego.KindRestart || h.hello == nil || v == 0 || h.hello.OffersVersion(v) {
			continue
		}
		what, end := s.outcome(h)
		if levels[what] != Failure {
			continue
		}
		list = append(list, Finding{
			ID: "reneg-version-changed", Level: Failure, Culprit: CulpritClient, Confidence: Sure,
			Sentence: fmt.Sprintf("The client's second hello wants another version than the connection's %s, and %s.", v, end.words()),
			Cause:    "the client falls back to an older version after an error, and keeps the connection",
			Frames:   frames(h.secondAt, end.at), At: h.secondAt.At,
			Proof:    []Proof{{Frame: h.secondAt.Place.Frame, At: h.secondAt.At, Field: "second ClientHello", Value: versionsWords(h.hello)}},
			Remedies: []Remedy{{Where: "the client", Setting: "open a new connection to change the version", Safe: true}},
		})
	}
	return list
}
