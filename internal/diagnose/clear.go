package diagnose

import (
	"fmt"
	"strings"

	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// noTLS finds connections in which one side wanted TLS and the other spoke on in
// clear: a request that was refused, or a hello that met no TLS.
func noTLS(s *story) []Finding {
	switch p := s.c.Prelude; {
	case p != nil && p.Upgraded:
		return nil
	case p != nil && p.Request.Length > 0:
		return []Finding{refusedRequest(s, p)}
	case p != nil && s.first() != nil:
		return []Finding{unaskedTLS(s, p)}
	}
	if r := s.firstAnswer(); r != nil {
		return []Finding{answeredInClear(s, *r)}
	}
	return nil
}

// farewell is how long what a client says to take its leave may be ("QUIT").
const farewell = 16

func refusedRequest(s *story, p *trace.Prelude) Finding {
	protocol := wire.Printable(p.Protocol)
	f := Finding{
		ID: "not-tls", Level: Failure, Culprit: CulpritServer, Confidence: Sure,
		Sentence: fmt.Sprintf("The client asked for TLS (%s), and TLS did not begin: %s.", protocol, wire.Printable(p.Refused)),
		Cause:    "TLS is off in the server, or has no certificate there; or something between takes the request out",
		Proof:    []Proof{{Frame: p.Request.Frame, Field: "the client's request", Value: protocol}},
		Remedies: []Remedy{{Where: "the server", Setting: "turn on TLS for " + protocol + " and give it a certificate and key", Safe: true}},
	}
	f.Frames = []int{p.Request.Frame}
	if p.Reply.Length > 0 {
		f.Frames = []int{p.Reply.Frame, p.Request.Frame}
		f.Proof = append(f.Proof, Proof{Frame: p.Reply.Frame, Field: "the server's reply", Value: wire.Printable(p.Refused)})
	} else {
		f.Culprit = CulpritUnknown
		f.Missing = []string{"the server's log at this moment, and a capture at the server: whether the request arrived there"}
	}
	if p.Onward > farewell {
		f.Level, f.Culprit = Risk, CulpritNone
		f.Sentence += " The client went on in clear."
		f.Remedies = append(f.Remedies, Remedy{Where: "the client", Setting: "require TLS, instead of asking for it and going on without", Safe: true})
	}
	return f
}

// unaskedTLS is a client that begins TLS where the server expects a dialogue.
func unaskedTLS(s *story, p *trace.Prelude) Finding {
	h := s.first()
	protocol := wire.Printable(p.Protocol)
	f := Finding{
		ID: "not-tls", Level: Failure, Culprit: CulpritClient, Confidence: Sure,
		Sentence: fmt.Sprintf("The client began TLS at once, where the server speaks %s in clear and waits to be asked for TLS.", protocol),
		Cause:    "the client is set to TLS from the first byte (often called SSL/TLS), and this port wants STARTTLS",
		Frames:   frames(h.helloAt), At: h.helloAt.At,
		Proof: h.at([]Proof{{Field: "ClientHello", Value: "in the middle of " + protocol}}),
		Remedies: []Remedy{
			{Where: "the client", Setting: "STARTTLS in place of SSL/TLS, or the port that has TLS from the first byte (465 for SMTP, 993 for IMAP, 995 for POP3, 990 for FTP, 636 for LDAP)", Safe: true},
		},
	}
	return f
}

// firstAnswer is the server's first bytes, where they are no record of TLS and a
// hello had come.
func (s *story) firstAnswer() *record {
	for i := range s.records {
		if r := &s.records[i]; s.answersInClear(*r) {
			return r
		}
	}
	return nil
}

func (s *story) answersInClear(r record) bool {
	h := s.first()
	return h != nil && r.From == trace.Server && r.Place.Offset == 0 && r.Place.Length > 0 && (!knownType(r.Type) || r.noRecord())
}

func answeredInClear(s *story, r record) Finding {
	what := "something that is not TLS"
	if _, name, found := strings.Cut(r.Why, "what looks like "); found {
		what = wire.Printable(name) + " in clear"
	}
	f := Finding{
		ID: "not-tls", Level: Failure, Culprit: CulpritUnknown, Confidence: Sure,
		Sentence: fmt.Sprintf("The client began TLS, and the server answered with %s: what listens there does not speak TLS.", what),
		Cause:    "TLS is off at this port, or the client has the wrong port",
		Frames:   frames(r.moment, s.first().helloAt), At: r.At,
		Proof: []Proof{recordProof(r, "the server's first bytes", what)},
		Remedies: []Remedy{
			{Where: "the server", Setting: "turn on TLS at this port; or put Parley in front of it: parley serve --listen ADDR --backend THIS-ADDRESS", Safe: true},
			{Where: "the client", Setting: "the port that speaks TLS", Safe: true},
		},
		Missing: []string{"which of the two ports was meant"},
	}
	return f
}
