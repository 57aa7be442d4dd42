package diagnose

import (
	"fmt"

	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

func (s *story) helloNotRead(h *handshake, end stop) Finding {
	f := s.atHello("hello-malformed", h, end, CulpritUnknown, Possible)
	f.Sentence = "The server could not make sense of the client's hello: " + end.words() + "."
	f.Proof = append(f.Proof, h.at([]Proof{{Field: "ClientHello", Value: fmt.Sprintf("%d bytes, %d extensions; it can be read to its end", len(h.hello.Raw), len(h.hello.Extensions))}})...)
	f.Cause = "a server that stumbles over an extension it does not know, or a value that the client put there"
	if t, twice := h.hello.DuplicateExtension(); twice {
		f.Culprit, f.Confidence, f.Cause = CulpritClient, Likely, fmt.Sprintf("the extension %s is there twice (RFC 5246, section 7.4.1.4)", t)
	}
	f.Remedies = []Remedy{{Where: "the client", Setting: "leave out extensions, the newest first, until the server takes the hello; that names the one", Safe: true}}
	return f
}

// ssl2Hello finds hellos in the format of SSL 2.0.
func ssl2Hello(s *story) []Finding {
	h := s.first()
	if h == nil || h.hello == nil || !h.hello.SSL2Format {
		return nil
	}
	f := Finding{
		ID: "hello-ssl2", Level: Note, Culprit: CulpritNone, Confidence: Sure,
		Sentence: fmt.Sprintf("The client wrapped its first hello in the format of SSL 2.0; it offers %s at most.", bestVersion(h.hello)),
		Cause:    "its library has SSL 2.0 enabled (OpenSSL up to 1.0.1j: SSLv23_client_method with a cipher list that has SSL 2.0 ciphers; Java up to 6: SSLv2Hello)",
		Frames:   frames(h.helloAt), At: h.helloAt.At,
		Proof: h.at([]Proof{{Field: "record header", Value: "of SSL 2.0: two bytes, and a ClientHello behind them"}}),
		Remedies: []Remedy{
			{Where: "the client", Setting: "turn SSL 2.0 off (OpenSSL: SSL_OP_NO_SSLv2; Java: leave SSLv2Hello out of the enabled protocols)", Safe: true},
		},
	}
	end := s.stopAfter(h.helloAt)
	if h.done == nil && !h.answeredAtAll() && end.at.n != 0 {
		f.Level, f.Culprit = Failure, CulpritClient
		f.Sentence = "The client wrapped its first hello in the format of SSL 2.0, and " + end.words() + "."
		f.Frames = frames(h.helloAt, end.at)
		if end.alert != nil {
			f.Proof = append(f.Proof, alertProof(*end.alert))
		}
	}
	return []Finding{f}
}

// malformedHello finds hellos that cannot be read to their end, or are larger
// than Parley reads.
func malformedHello(s *story) []Finding {
	var list []Finding
	for _, h := range s.handshakes {
		end := s.stopAfter(h.helloAt)
		if h.helloAt.n == 0 || h.done != nil {
			continue
		}
		length := h.helloAt.Detail.(trace.MessageDetail).Length
		switch {
		case h.helloFault != "":
			f := s.atHello("hello-malformed", h, end, CulpritClient, Sure)
			f.Sentence = "A ClientHello cannot be read: " + wire.Printable(h.helloFault) + "."
			f.Proof = append(f.Proof, h.at([]Proof{{Field: "ClientHello", Value: wire.Printable(h.helloFault)}})...)
			f.Remedies = []Remedy{{Where: "the client", Setting: "if only clients behind one device send such hellos, suspect that device; else it is the client's fault", Safe: true}}
			list = append(list, f)
		case length > maxHello:
			f := s.atHello("hello-size", h, end, CulpritClient, Likely)
			f.Sentence = fmt.Sprintf("A ClientHello of %d bytes is larger than servers read.", length)
			f.Proof = append(f.Proof, h.at([]Proof{{Field: "ClientHello", Value: fmt.Sprintf("%d bytes", length)}})...)
			f.Remedies = []Remedy{{Where: "the client", Setting: "look for an endless list of extensions or a session of absurd size", Safe: true}}
			list = append(list, f)
		}
	}
	return list
}

// maxHello is what Parley reads of a ClientHello at most.
const maxHello = 64 << 10
