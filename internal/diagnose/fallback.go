package diagnose

import (
	"fmt"
	"slices"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

func (s *story) fallbackRefused(h *handshake, end stop) Finding {
	f := s.atHello("fallback-scsv-refused", h, end, CulpritClient, Sure)
	f.Sentence = fmt.Sprintf("The client said that it was falling back to %s, the server has better, and %s.", bestVersion(h.hello), end.words())
	f.Cause = "an earlier attempt of the client's failed, and it took that for a sign that the server is old (RFC 7507)"
	if h.hello.Offers(wire.SuiteFallbackSCSV) {
		f.Proof = append(f.Proof, h.at([]Proof{{Field: "cipher_suites", Value: "TLS_FALLBACK_SCSV", Bytes: []byte{0x56, 0x00}}})...)
	}
	f.Remedies = []Remedy{{Where: "the client", Setting: "find out why its attempt before this one failed, and turn the fallback off (OpenSSL: do not set SSL_MODE_SEND_FALLBACK_SCSV on a first attempt)", Safe: true}}
	return f
}

// fallback finds clients that connected with less than they can.
func fallback(s *story) []Finding {
	h := s.first()
	if h == nil || h.hello == nil || h.done == nil && !s.established() {
		return nil
	}
	best := bestVersion(h.hello)
	switch {
	case h.hello.Offers(wire.SuiteFallbackSCSV):
		f := fallenBack(h, Sure)
		f.Sentence = fmt.Sprintf("The client connected with %s, and says itself that it can do better: it fell back.", best)
		f.Proof = h.at([]Proof{{Field: "cipher_suites", Value: "TLS_FALLBACK_SCSV (RFC 7507)", Bytes: []byte{0x56, 0x00}}})
		return []Finding{f}
	case best < wire.VersionTLS12 && slices.ContainsFunc(h.hello.CipherSuites, onlyFromTLS12):
		f := fallenBack(h, Possible)
		f.Sentence = fmt.Sprintf("The client offers %s at most, and suites that only TLS 1.2 has: it may have fallen back.", best)
		i := slices.IndexFunc(h.hello.CipherSuites, onlyFromTLS12)
		f.Proof = h.at([]Proof{{Field: "cipher_suites", Value: h.hello.CipherSuites[i].String()}, {Field: "versions offered", Value: versionsWords(h.hello)}})
		return []Finding{f}
	}
	return nil
}

func fallenBack(h *handshake, sure Confidence) Finding {
	return Finding{
		ID: "version-fallback", Level: Risk, Culprit: CulpritNone, Confidence: sure,
		Cause:  "an earlier attempt failed: a time-out, a middlebox, or somebody on the path who wants the older version",
		Frames: frames(h.helloAt), At: h.helloAt.At,
		Remedies: []Remedy{{Where: "the client", Setting: "find out why its attempt before this one failed", Safe: true}},
		Missing:  []string{"the attempt before; capture from its beginning, with a filter for the client's address"},
	}
}

func onlyFromTLS12(id wire.SuiteID) bool {
	x := suite.ByID(id)
	return x != nil && x.MinVersion == wire.VersionTLS12
}
