package wire

// A Certificate is a peer's chain of X.509 certificates, its own first; a
// client that has none sends an empty one.
type Certificate struct {
	Chain [][]byte
}

// ParseCertificate reads a Certificate (RFC 5246, section 7.4.2). Its slices
// are slices of m. With an error comes what could be read before it.
func ParseCertificate(m Message) (*Certificate, error) {
	c := cursorOver(m, MessageCertificate)
	cert := &Certificate{}
	outer := c.enter(c.vector24("certificate_list", 0))
	for c.more() {
		if der := c.vector24("ASN.1Cert", 1); c.err == nil {
			cert.Chain = append(cert.Chain, der)
		}
	}
	c.leave(outer)
	return cert, c.finish()
}

// Marshal makes the message.
func (cert *Certificate) Marshal() Message {
	w := begin(MessageCertificate)
	w.list24(func() {
		for _, der := range cert.Chain {
			w.vector24(der)
		}
	})
	return w.message()
}

// A CertificateRequest asks a client for its certificate.
type CertificateRequest struct {
	Types       []CertificateType
	Schemes     []SignatureScheme // only in TLS 1.2
	Authorities [][]byte          // distinguished names in DER
}

// ParseCertificateRequest reads a CertificateRequest of version v (RFC 5246,
// section 7.4.4). With an error comes what could be read before it.
func ParseCertificateRequest(m Message, v Version) (*CertificateRequest, error) {
	c := cursorOver(m, MessageCertificateRequest)
	r := &CertificateRequest{}
	for _, t := range c.vector8("certificate_types", 1, 255) {
		r.Types = append(r.Types, CertificateType(t))
	}
	if v >= VersionTLS12 {
		const field = "supported_signature_algorithms"
		r.Schemes = pairs[SignatureScheme](&c, field, c.vector16(field, 2))
	}
	outer := c.enter(c.vector16("certificate_authorities", 0))
	for c.more() {
		if name := c.vector16("DistinguishedName", 1); c.err == nil {
			r.Authorities = append(r.Authorities, name)
		}
	}
	c.leave(outer)
	return r, c.finish()
}

// Marshal makes the message for version v.
func (r *CertificateRequest) Marshal(v Version) Message {
	w := begin(MessageCertificateRequest)
	w.uint8(uint8(len(r.Types)))
	for _, t := range r.Types {
		w.uint8(uint8(t))
	}
	if v >= VersionTLS12 {
		writePairs(w, r.Schemes)
	}
	w.list16(func() {
		for _, name := range r.Authorities {
			w.vector16(name)
		}
	})
	return w.message()
}

// A CertificateVerify proves that a client has its certificate's key.
type CertificateVerify struct {
	Scheme    SignatureScheme // only in TLS 1.2
	Signature []byte
}

// ParseCertificateVerify reads a CertificateVerify of version v (RFC 5246,
// section 7.4.8). Its slices are slices of m.
func ParseCertificateVerify(m Message, v Version) (*CertificateVerify, error) {
	c := cursorOver(m, MessageCertificateVerify)
	cv := &CertificateVerify{}
	if v >= VersionTLS12 {
		cv.Scheme = SignatureScheme(c.uint16("algorithm"))
	}
	cv.Signature = c.vector16("signature", 0)
	return cv, c.finish()
}

// Marshal makes the message for version v.
func (cv *CertificateVerify) Marshal(v Version) Message {
	w := begin(MessageCertificateVerify)
	if v >= VersionTLS12 {
		w.uint16(uint16(cv.Scheme))
	}
	w.vector16(cv.Signature)
	return w.message()
}
