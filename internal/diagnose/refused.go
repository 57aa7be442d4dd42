package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// firstHelloRefused finds first hellos that the server did not take, and choices
// of the server's that the client did not take.
func firstHelloRefused(s *story) []Finding {
	h := s.first()
	if h == nil || h.hello == nil || h.done != nil || h.helloFault != "" || h.hello.SSL2Format { // of that ssl2Hello tells
		return nil
	}
	end := s.stopAfter(h.helloAt)
	if warned := s.nameWarning(); warned != nil && end.by == trace.Client && end.at.n != 0 {
		return []Finding{s.frightened(h, *warned, end)}
	}
	switch {
	case end.alert == nil && end.at.n != 0 && h.serverHello == nil && !h.answeredAtAll() && end.by == trace.Server:
		return s.silentlyRefused(h, end)
	case end.alert == nil:
		return nil
	case end.by == trace.Server && !h.answeredAtAll():
		return s.serverRefused(h, end)
	case end.by == trace.Client && h.answeredAtAll():
		return s.clientRefused(h, end)
	}
	return nil
}

// answeredAtAll reports whether the server sent a handshake message.
func (h *handshake) answeredAtAll() bool {
	return slices.ContainsFunc(h.messages, func(m message) bool { return m.From == trace.Server })
}

// serverRefused judges a hello by the alert that was its answer.
func (s *story) serverRefused(h *handshake, end stop) []Finding {
	switch end.alert.Alert {
	case wire.AlertProtocolVersion:
		return []Finding{s.versionRefused(h, end)}
	case wire.AlertHandshakeFailure, wire.AlertInsufficientSecurity:
		return []Finding{s.suitesRefused(h, end, unshared(h.hello))}
	case wire.AlertInappropriateFallback:
		return []Finding{s.fallbackRefused(h, end)}
	case wire.AlertUnrecognizedName:
		return []Finding{s.nameUnknown(h, end)}
	case wire.AlertDecodeError, wire.AlertIllegalParameter, wire.AlertUnsupportedExtension:
		return []Finding{s.helloNotRead(h, end)}
	}
	return nil
}

func (s *story) atHello(id string, h *handshake, end stop, who Culprit, sure Confidence) Finding {
	f := Finding{ID: id, Level: Failure, Culprit: who, Confidence: sure, Frames: frames(h.helloAt, end.at), At: end.at.At}
	if end.alert != nil {
		f.Frames = frames(end.at, h.helloAt)
		f.Proof = append(f.Proof, alertProof(*end.alert))
	}
	return f
}

// at gives proofs of a hello their place.
func (h *handshake) at(proof []Proof) []Proof {
	out := slices.Clone(proof)
	for i := range out {
		out[i].Frame, out[i].At = h.helloAt.Place.Frame, h.helloAt.At
	}
	return out
}

func (s *story) versionRefused(h *handshake, end stop) Finding {
	f := s.atHello("version-none-shared", h, end, CulpritUnknown, Sure)
	best := bestVersion(h.hello)
	f.Sentence = fmt.Sprintf("Client and server have no protocol version in common: the client offers %s at most, and %s.", best, end.words())
	f.Proof = append(f.Proof, h.at([]Proof{{Field: "versions offered", Value: versionsWords(h.hello)}})...)
	switch {
	case best < wire.VersionTLS10:
		m, _ := oldVersion(h.hello, best)
		f.Culprit, f.Remedies = CulpritClient, []Remedy{m.remedy}
	case best >= wire.VersionTLS12:
		f.Culprit = CulpritServer
		f.Cause = "the server has every version up to the client's turned off, or is confused by what it does not know"
		f.Remedies = []Remedy{{Where: "Parley", Setting: fmt.Sprintf("nothing to set: it serves TLS 1.0 to 1.3 by default, and so %s", best), Safe: true}}
	default:
		f.Cause = fmt.Sprintf("%s was deprecated by RFC 8996, and most servers have it turned off", best)
		f.Remedies = []Remedy{
			{Where: "Parley", Setting: "--min-version 1.0, which is the default", Safe: true, Cost: "TLS 1.0 and 1.1 rest on SHA-1 and MD5"},
			{Where: "the client", Setting: "turn on TLS 1.2, if its library has it", Safe: true},
		}
	}
	return f
}

func (s *story) suitesRefused(h *handshake, end stop, m mismatch) Finding {
	sure := Possible
	if m.certain || m.likely || end.alert != nil && end.alert.Alert == wire.AlertInsufficientSecurity {
		sure = Likely
	}
	f := s.atHello(m.id, h, end, m.culprit, sure)
	f.Sentence = "Client and server found no common ground: " + m.what + ", and " + end.words() + "."
	f.Proof = append(f.Proof, h.at(m.proof)...)
	f.Proof = append(f.Proof, h.at([]Proof{{Field: "versions offered", Value: versionsWords(h.hello)}})...)
	f.Remedies = []Remedy{m.remedy}
	if !m.certain {
		f.Cause = "a server also says handshake_failure when it knows no such server name, when it wants a certificate of another kind than the client's suites can use, or when the client names no curve of its"
		f.Missing = append(f.Missing, "what the server has turned on; its log or its settings say it")
	}
	return f
}

// silentlyRefused judges a server that ended the connection at the hello without
// a word, as old ones do. Only what the hello itself explains is named.
func (s *story) silentlyRefused(h *handshake, end stop) []Finding {
	m := unshared(h.hello)
	if !m.certain {
		return nil
	}
	f := s.suitesRefused(h, end, m)
	f.Confidence = Possible
	f.Missing = append(f.Missing, "the server's reason: it sent no alert; its log may say it")
	return []Finding{f}
}

// clientRefused judges a client's alert about what the server chose.
func (s *story) clientRefused(h *handshake, end stop) []Finding {
	chosen, v := s.cipher()
	switch end.alert.Alert {
	case wire.AlertProtocolVersion:
		f := s.atHello("version-none-shared", h, end, CulpritUnknown, Sure)
		f.Sentence = fmt.Sprintf("The client does not take the version that the server chose, %s: %s.", versionOr(v), end.words())
		f.Proof = append(f.Proof, h.at([]Proof{{Field: "versions offered", Value: versionsWords(h.hello)}})...)
		f.Remedies = []Remedy{{Where: "the client", Setting: fmt.Sprintf("turn on %s, or a later version", versionOr(v)), Safe: true}, {Where: "Parley", Setting: "--max-version, if the client takes only older versions than it offers", Safe: true}}
		return []Finding{f}
	case wire.AlertInternalError:
		if v == 0 || v >= wire.VersionTLS12 || bestVersion(h.hello) < wire.VersionTLS12 {
			return nil
		}
		return []Finding{s.tooOldForClient(h, end, v)}
	case wire.AlertHandshakeFailure, wire.AlertInsufficientSecurity, wire.AlertIllegalParameter:
		f := s.atHello("suite-none-shared", h, end, CulpritUnknown, Possible)
		f.Sentence = fmt.Sprintf("The client does not take what the server chose: %s.", end.words())
		if chosen != 0 {
			f.Sentence = fmt.Sprintf("The client does not take what the server chose, %s: %s.", chosen, end.words())
			f.Proof = append(f.Proof, Proof{Frame: h.serverHelloAt.Place.Frame, At: h.serverHelloAt.At, Field: "cipher_suite", Value: chosen.String()})
		}
		f.Remedies = []Remedy{{Where: "the server", Setting: "choose another suite for this client; Parley's defaults are ECDHE, then RSA key exchange, and never DHE", Safe: true}}
		if strings.HasPrefix(keyExchange(chosen), "DH") {
			f.Cause = "the client refuses the server's Diffie-Hellman group: old Java takes none above 1024 bits, OpenSSL since 2016 none below"
			f.Confidence = Likely
		}
		return []Finding{f}
	}
	return nil
}

// versionOr names a version, or says that it was not seen.
func versionOr(v wire.Version) string {
	if v == 0 {
		return "the one in its ServerHello, which was not seen"
	}
	return v.String()
}

// tooOldForClient: measured, OpenSSL 3 as it is delivered offers TLS 1.0 and 1.1,
// and says internal_error when a server takes one of them, since its security
// level forbids their signatures.
func (s *story) tooOldForClient(h *handshake, end stop, v wire.Version) Finding {
	f := s.atHello("version-none-shared", h, end, CulpritServer, Likely)
	f.Sentence = fmt.Sprintf("The client does not take the version that the server chose, %s: %s.", v, end.words())
	f.Cause = "OpenSSL 3 offers TLS 1.0 and 1.1 and does not take them unless its security level is lowered"
	f.Proof = append(f.Proof, h.at([]Proof{{Field: "versions offered", Value: versionsWords(h.hello)}})...)
	f.Proof = append(f.Proof, Proof{Frame: h.serverHelloAt.Place.Frame, At: h.serverHelloAt.At, Field: "server_version", Value: v.String()})
	f.Remedies = []Remedy{
		{Where: "the server", Setting: "turn TLS 1.2 on; Parley has it on by default", Safe: true},
		{Where: "the client", Setting: "DEFAULT@SECLEVEL=0 in its cipher list, if the server cannot do better", Cost: "signatures with SHA-1 and MD5 are taken"},
	}
	return f
}
