package diagnose

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// clientCertificateRefused finds servers that miss a client certificate or do
// not take the one they got.
func clientCertificateRefused(s *story) []Finding {
	if s.serverKnowsWhy() {
		return nil // toldByServer tells it, with the server's reason
	}
	for _, h := range s.handshakes {
		if !h.requested || h.done != nil || !h.sentCertificate(trace.Client) {
			continue
		}
		end := s.stopAfter(h.sentCertificateAt(trace.Client))
		if end.by != trace.Server || end.alert == nil {
			continue
		}
		if f, ok := s.refusedClient(h, end); ok {
			return []Finding{f}
		}
	}
	return nil
}

// serverKnowsWhy says whether the server itself named what is wrong with the
// client's certificate, which its alert says in part at most.
func (s *story) serverKnowsWhy() bool {
	return slices.ContainsFunc(s.failures, func(f failure) bool {
		return f.Finding == "client-cert-revoked" || f.Finding == "client-cert-unchecked" || f.Finding == "client-cert-not-allowed"
	})
}

func (h *handshake) sentCertificateAt(side trace.Side) moment {
	for _, m := range h.messages {
		if m.From == side && m.Type == wire.MessageCertificate {
			return m.moment
		}
	}
	return moment{}
}

// emptyList is the length of a Certificate message without a certificate.
const emptyList = wire.MessageHeaderLen + 3

func (s *story) refusedClient(h *handshake, end stop) (Finding, bool) {
	sent := h.sentCertificateAt(trace.Client)
	empty := sent.Detail.(trace.MessageDetail).Length <= emptyList
	f := Finding{
		Level: Failure, Culprit: CulpritClient, Confidence: Sure,
		Frames: frames(end.at, sent), At: end.at.At, Proof: []Proof{alertProof(*end.alert)},
	}
	switch {
	case empty && missesCertificate(end.alert.Alert):
		f.ID = "client-cert-missing"
		f.Sentence = "The server wants a client certificate, the client has none to give, and " + end.words() + "."
		f.Cause = "none is set in the client, or none of its certificates is from an authority that the server named"
		f.Proof = append(f.Proof, Proof{Frame: sent.Place.Frame, At: sent.At, Field: "Certificate", Value: "an empty list, from the client"})
		f.Remedies = []Remedy{
			{Where: "the client", Setting: "give it a certificate from " + authorities(h.request), Safe: true},
			{Where: "Parley", Setting: "--client-auth request, if certificates are a wish and not a must", Safe: true},
		}
		return f, true
	case !empty && end.alert.Alert == wire.AlertCertificateRevoked:
		f.ID = "client-cert-revoked"
		f.Sentence = "The client's certificate, or its issuer's, was revoked: " + end.words() + "."
		f.Remedies = []Remedy{inClient("give it a new certificate, if it is still to be served")}
		return f, true
	case !empty && (aboutCertificates[end.alert.Alert] != "" || end.alert.Alert == wire.AlertDecryptError):
		f.ID = "client-cert-refused"
		f.Sentence = "The server did not take the client's certificate: " + end.words() + "."
		s.whyClientRefused(&f, h, end.alert.Alert)
		return f, true
	}
	return Finding{}, false
}

// missesCertificate: servers complain of a missing certificate with one of these.
func missesCertificate(a wire.Alert) bool {
	return a == wire.AlertHandshakeFailure || a == wire.AlertCertificateRequired || aboutCertificates[a] != ""
}

// authorities names the issuers that a server takes.
func authorities(r *wire.CertificateRequest) string {
	if r == nil || len(r.Authorities) == 0 {
		return "an authority that the server knows (Parley: --client-ca)"
	}
	return fmt.Sprintf("one of the %d authorities that the server names (Parley: --client-ca)", len(r.Authorities))
}

func (s *story) whyClientRefused(f *Finding, h *handshake, a wire.Alert) {
	f.Culprit = CulpritUnknown
	f.Remedies = []Remedy{
		{Where: "the client", Setting: "a valid certificate for client authentication, from " + authorities(h.request), Safe: true},
		{Where: "the server", Setting: "see that its list of authorities has the client's issuer (Parley: --client-ca)", Safe: true},
	}
	if a == wire.AlertDecryptError {
		f.Culprit, f.Confidence = CulpritClient, Likely
		f.Cause = "the client's signature over the handshake is wrong: a device that signs with another hash than it says, or a key that is not its certificate's"
		return
	}
	c := readChain(h.clientCertificate)
	if !c.leaf {
		return
	}
	leaf := c.certs[0]
	at := s.c.Start
	switch {
	case !at.IsZero() && at.After(leaf.NotAfter):
		f.Culprit = CulpritClient
		f.Cause = "the client's certificate had expired"
		f.Proof = append(f.Proof, Proof{Frame: h.clientCertAt.Place.Frame, At: h.clientCertAt.At, Field: "notAfter", Value: leaf.NotAfter.UTC().Format(day)})
	case h.request != nil && len(h.request.Authorities) > 0 && !c.leadsToOneOf(h.request.Authorities):
		f.Culprit, f.Confidence = CulpritClient, Likely
		f.Cause = "the client's certificate is from none of the authorities that the server named"
		f.Proof = append(f.Proof, Proof{Frame: h.clientCertAt.Place.Frame, At: h.clientCertAt.At, Field: "issuer", Value: "none of the certificate_authorities in CertificateRequest"})
	}
}

// leadsToOneOf reports whether an issuer in the chain is one of those named.
func (c chain) leadsToOneOf(names [][]byte) bool {
	for _, cert := range c.certs {
		if slices.ContainsFunc(names, func(n []byte) bool { return bytes.Equal(n, cert.RawIssuer) }) {
			return true
		}
	}
	return false
}
