package diagnose

import (
	"fmt"
	"slices"
	"time"

	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// aboutCertificates are the alerts by which a peer refuses a certificate (RFC
// 5246, section 7.2.2), and the finding that each is when nothing more is known.
var aboutCertificates = map[wire.Alert]string{
	wire.AlertNoCertificate:          "cert-refused",
	wire.AlertBadCertificate:         "cert-refused",
	wire.AlertUnsupportedCertificate: "cert-refused",
	wire.AlertCertificateRevoked:     "cert-refused",
	wire.AlertCertificateExpired:     "cert-expired",
	wire.AlertCertificateUnknown:     "cert-refused",
	wire.AlertUnknownCA:              "cert-unknown-ca",
	wire.AlertAccessDenied:           "cert-refused",
}

// certificateRefused finds clients that do not take the server's certificate.
func certificateRefused(s *story) []Finding {
	for _, a := range s.alerts {
		if a.From == trace.Client && aboutCertificates[a.Alert] != "" {
			return []Finding{s.refusedCertificate(s.withCertificate(a), a)}
		}
	}
	return nil
}

// withCertificate is the handshake whose certificate an alert of the client's is
// about. In TLS 1.3, and in captures that begin late, nothing is seen of it.
func (s *story) withCertificate(a alert) *handshake {
	if a.during != nil {
		return a.during
	}
	for _, h := range slices.Backward(s.handshakes) {
		if h.certificate != nil && a.after(h.certificateAt) {
			return h
		}
	}
	return &handshake{}
}

// sentCertificate reports whether a side sent a Certificate message, which a
// live connection tells without its content.
func (h *handshake) sentCertificate(side trace.Side) bool {
	return slices.ContainsFunc(h.messages, func(m message) bool { return m.From == side && m.Type == wire.MessageCertificate })
}

// A chainView is a chain, where it was sent, and what is wrong with it.
type chainView struct {
	chain
	found []flaw
	time  time.Time // when it was sent
	frame int
	at    time.Duration
	link  missingLink
}

func (s *story) chainOf(h *handshake) chainView {
	v := chainView{chain: readChain(h.certificate), frame: h.certificateAt.Place.Frame, at: h.certificateAt.At}
	if !s.c.Start.IsZero() {
		v.time = s.c.Start.Add(h.certificateAt.At)
	}
	name := ""
	if h.hello != nil {
		name, _ = h.hello.ServerName()
	}
	v.found, v.link = v.flaws(v.time, name), v.missing()
	return v
}

func (v chainView) proof(p Proof) Proof {
	p.Frame, p.At = v.frame, v.at
	return p
}

// flawOf gives the first flaw that a finding of this id would name.
func (v chainView) flawOf(ids ...string) *flaw {
	for _, id := range ids {
		if i := slices.IndexFunc(v.found, func(f flaw) bool { return f.id == id }); i >= 0 {
			return &v.found[i]
		}
	}
	return nil
}

func (s *story) refusedCertificate(h *handshake, a alert) Finding {
	v := s.chainOf(h)
	f := Finding{
		ID: aboutCertificates[a.Alert], Level: Failure, Culprit: CulpritUnknown, Confidence: Sure,
		Frames: frames(a.moment, h.certificateAt), At: a.At, Proof: []Proof{alertProof(a)},
	}
	if !v.leaf {
		f.Missing = append(f.Missing, s.whyNoCertificate())
	}
	switch a.Alert {
	case wire.AlertUnknownCA:
		unknownCA(&f, v)
	case wire.AlertCertificateExpired:
		expired(&f, v)
	default:
		refusedInGeneral(&f, v, a)
	}
	return f
}

// whyNoCertificate says how to see a certificate that was not seen.
func (s *story) whyNoCertificate() string {
	if s.version() >= wire.VersionTLS13 {
		return "the server's certificate, which is sealed in TLS 1.3; a key log opens it, and so does a client that is asked (openssl s_client -showcerts)"
	}
	return "the server's certificate; begin the capture before the connection, and see that its packets are whole"
}

// unknownCA: the client does not know who issued the certificate.
func unknownCA(f *Finding, v chainView) {
	f.Sentence = "The client does not know who issued the server's certificate (unknown_ca)."
	fix := Remedy{Where: "the server", Setting: "put the intermediate certificates behind the server's own, in order, into the file of --cert", Safe: true}
	know := Remedy{Where: "the client", Setting: "give it the root of the server's chain, or renew its store of roots", Safe: true}
	switch v.link {
	case linkSelfSigned:
		f.Culprit, f.Confidence = CulpritServer, Likely
		f.Cause = "the certificate is self-signed: only a client that was given it knows it"
		f.Proof = append(f.Proof, v.proof(Proof{Field: "issuer", Value: wire.Printable(v.certs[0].Issuer.String()) + ", which is the certificate itself"}))
		f.Remedies = []Remedy{{Where: "the server", Setting: "a certificate from an authority that the client knows", Safe: true}, {Where: "the client", Setting: "give it this certificate as one to trust", Safe: true}}
	case linkAlone:
		f.Culprit, f.Confidence = CulpritServer, Likely
		f.Cause = "the server sent its own certificate alone; public authorities issue from an intermediate certificate, and a client that does not have that one cannot find the root"
		f.Proof = append(f.Proof, v.proof(Proof{Field: "Certificate", Value: "one certificate, issued by " + wire.Printable(v.certs[0].Issuer.String())}))
		f.Remedies = []Remedy{fix, know}
		f.Missing = append(f.Missing, "whether that issuer is a root; then the client's store lacks it and the server did nothing wrong")
	case linkGap:
		f.Culprit = CulpritServer
		f.Cause = "the server's chain is not whole: the issuer of one certificate in it is missing"
		f.Proof = append(f.Proof, v.proof(Proof{Field: "Certificate", Value: fmt.Sprintf("%d certificates, and not each one's issuer", v.sent)}))
		f.Remedies = []Remedy{fix}
	default:
		f.Remedies = []Remedy{know, fix}
		if v.leaf {
			last := v.certs[len(v.certs)-1]
			f.Culprit, f.Confidence = CulpritClient, Likely
			f.Cause = "the server's chain holds together; the client does not know its root: an old store of roots, or one that was never given it"
			f.Proof = append(f.Proof, v.proof(Proof{Field: "Certificate", Value: fmt.Sprintf("%d certificates, the last issued by %s", v.sent, wire.Printable(last.Issuer.String()))}))
			f.RuledOut = append(f.RuledOut, RuledOut{"an intermediate certificate is missing", "each certificate's issuer is the next one, up to a root"})
		}
	}
}

// expired: whose clock is right is told by the time of the capture.
func expired(f *Finding, v chainView) {
	f.Sentence = "The client says that the server's certificate has expired."
	if flaw := v.flawOf("cert-expired"); flaw != nil {
		f.Culprit = CulpritServer
		f.Sentence = "The client refused the server's certificate as expired, and so it is: " + flaw.words + "."
		f.Proof = append(f.Proof, v.proof(flaw.proof))
		f.Remedies = []Remedy{flaw.remedy}
		return
	}
	f.Remedies = []Remedy{
		{Where: "the client", Setting: "set its clock; a device without a battery begins in 1970 or 2000", Safe: true},
		{Where: "the server", Setting: "see whether each certificate of its chain is valid today", Safe: true},
	}
	if v.leaf && !v.time.IsZero() {
		f.Culprit, f.Confidence = CulpritClient, Likely
		f.Sentence = "The client says that the server's certificate has expired, and it had not."
		f.Cause = "the client's clock is wrong, or a root that it leads the chain to has expired"
		leaf := v.certs[0]
		f.Proof = append(f.Proof, v.proof(Proof{Field: "validity", Value: fmt.Sprintf("%s to %s; the connection is of %s",
			leaf.NotBefore.UTC().Format(day), leaf.NotAfter.UTC().Format(day), v.time.UTC().Format(day))}))
		f.RuledOut = append(f.RuledOut, RuledOut{"an expired certificate in the chain", "every one that was sent was valid when the connection was made, by the capture's clock"})
	}
}

// refusedInGeneral: the alert says little, so that the chain's own flaws are the
// best guess at the reason.
func refusedInGeneral(f *Finding, v chainView, a alert) {
	f.Sentence = fmt.Sprintf("The client refused the server's certificate with %s, and did not say why more exactly.", a.Alert)
	f.Remedies = []Remedy{{Where: "the server", Setting: "a certificate of RSA 2048, signed with SHA-256, with the name that the client calls, and the intermediate certificates behind it", Safe: true}}
	f.Cause = generalCauses[a.Alert]
	flaw := v.flawOf("cert-expired", "cert-name", "cert-sha1", "cert-key-size")
	if flaw == nil || a.Alert == wire.AlertCertificateRevoked {
		return
	}
	f.ID, f.Culprit, f.Confidence = flaw.id, CulpritServer, Likely
	f.Sentence = fmt.Sprintf("The client refused the server's certificate with %s, most likely because %s.", a.Alert, flaw.words)
	f.Proof = append(f.Proof, v.proof(flaw.proof))
	f.Remedies = []Remedy{flaw.remedy}
}

var generalCauses = map[wire.Alert]string{
	wire.AlertCertificateUnknown:     "Java and browsers say this for every way in which a certificate does not please them: an unknown issuer, a wrong name, an exception clicked away",
	wire.AlertBadCertificate:         "the certificate's signature, its encoding or one of its extensions does not please the client; some clients say it for an unknown issuer or a wrong name",
	wire.AlertUnsupportedCertificate: "the client does not know the certificate's kind of key or signature, such as ECDSA or SHA-256 in an old client, or its purpose is not that of a server",
	wire.AlertCertificateRevoked:     "the issuer has revoked the certificate",
	wire.AlertAccessDenied:           "the certificate is valid, and a rule of the client's says no",
}

// certificateRisks finds flaws of a certificate that the client took.
func certificateRisks(s *story) []Finding {
	h := s.first()
	if h == nil || h.done == nil || h.certificate == nil {
		return nil
	}
	v := s.chainOf(h)
	var list []Finding
	for _, flaw := range v.found {
		if !flaw.plain {
			continue
		}
		list = append(list, Finding{
			ID: flaw.id, Level: Risk, Culprit: CulpritNone, Confidence: Sure,
			Sentence: "The client took a certificate that others refuse: " + flaw.words + ".",
			Frames:   frames(h.certificateAt), At: h.certificateAt.At,
			Proof: []Proof{v.proof(flaw.proof)}, Remedies: []Remedy{flaw.remedy},
		})
	}
	return list
}
