package disguise

import (
	"crypto"
	"crypto/sha256"
	"fmt"
)

// A Certificate is what stands in a certificate's place: of its shape and length.
type Certificate struct {
	DER []byte
	Key crypto.Signer // of the public key in it; nil where that is noise
	// Noise tells what of it is noise, since it could not be made: "public key", "signature".
	Noise []string
}

// maxCertificates bounds how many certificates are kept to be given again.
const maxCertificates = 4096

// Certificate imitates a certificate whose issuer may be among those that were imitated
// before. The error says why one cannot be imitated.
func (d *Disguise) Certificate(der []byte) (*Certificate, error) {
	sum := sha256.Sum256(der)
	if c, ok := d.certificates[sum]; ok {
		return c, nil
	}
	c, err := d.imitate(der)
	if err != nil {
		return nil, fmt.Errorf("the certificate cannot be imitated: %w", err)
	}
	if len(d.certificates) < maxCertificates {
		d.certificates[sum] = c
	}
	return c, nil
}

// Introduce makes the owners of a chain's keys known, so that those whose certificates they
// signed are signed by their imitations.
func (d *Disguise) Introduce(chain [][]byte) {
	for _, der := range chain {
		if v, err := readCertificate(der); err == nil {
			d.keys.introduce(v)
		}
	}
}

// Chain imitates the certificates of a chain, each signed by the key of its issuer's
// imitation where that is in the chain or was met before. Where one cannot be imitated its
// place is nil, and the errors say why.
func (d *Disguise) Chain(chain [][]byte) ([]*Certificate, []error) {
	d.Introduce(chain)
	out, errs := make([]*Certificate, len(chain)), make([]error, len(chain))
	for i, der := range chain {
		out[i], errs[i] = d.Certificate(der)
	}
	return out, errs
}

// imitate replaces all in a copy that could identify somebody, and signs it.
func (d *Disguise) imitate(der []byte) (*Certificate, error) {
	original, err := readCertificate(der)
	if err != nil {
		return nil, err
	}
	d.keys.introduce(original)
	issuer := d.keys.issuer(original)
	copied, err := readCertificate(append([]byte(nil), der...))
	if err != nil {
		return nil, err
	}
	out := &Certificate{DER: copied.whole}
	out.Key = d.keys.replaceKey(copied.key)
	if out.Key == nil {
		out.Noise = append(out.Noise, "public key")
	}
	if err := d.body(copied); err != nil {
		return nil, err
	}
	if !d.sign(copied, issuer) {
		out.Noise = append(out.Noise, "signature")
	}
	for _, what := range out.Noise {
		d.remark("noise stands in the place of a certificate's " + what)
	}
	return out, nil
}

// body replaces what is signed, but for the public key.
func (d *Disguise) body(v *certificateView) error {
	d.number(KindSerial, v.serial.content)
	d.algorithm(v.inner)
	d.algorithm(v.outer)
	if err := d.name(v.issuer); err != nil {
		return err
	}
	if err := d.name(v.subject); err != nil {
		return err
	}
	for _, id := range v.uniqueIDs {
		d.cover(KindName, id.content[1:])
	}
	if v.extensions == nil {
		return nil
	}
	return d.extensions(*v.extensions)
}

// algorithm replaces what is not everybody's in an AlgorithmIdentifier.
func (d *Disguise) algorithm(n node) { d.scrub(KindPublicKey, n, 0) }

// A certificateView is a certificate taken apart (RFC 5280, section 4.1).
type certificateView struct {
	whole      []byte
	signed     []byte // the TBSCertificate
	serial     node
	inner      node // the algorithm of the signature, as it is signed
	issuer     node
	subject    node
	key        node // SubjectPublicKeyInfo
	uniqueIDs  []node
	extensions *node
	outer      node // the algorithm of the signature
	signature  node
}

// Object identifiers of the extensions that name keys (RFC 5280, section 4.2.1).
const (
	oidSubjectKeyID   = "\x55\x1d\x0e"
	oidAuthorityKeyID = "\x55\x1d\x23"
)

// subjectKeyID is the identifier of the certificate's own key, if it has one.
func (v *certificateView) subjectKeyID() []byte {
	n, err := readOnly(v.extensionValue(oidSubjectKeyID))
	if err != nil {
		return nil
	}
	return n.content
}

// authorityKeyID is the identifier of the issuer's key, if there is one.
func (v *certificateView) authorityKeyID() []byte {
	n, err := readOnly(v.extensionValue(oidAuthorityKeyID))
	if err != nil {
		return nil
	}
	parts, err := n.children()
	if err != nil || len(parts) == 0 || parts[0].tag != context {
		return nil
	}
	return parts[0].content
}

// extensionValue is what an extension holds; nil: there is no such.
func (v *certificateView) extensionValue(oid string) []byte {
	if v.extensions == nil {
		return nil
	}
	list, err := v.extensions.children()
	if err != nil {
		return nil
	}
	for _, e := range list {
		if parts, err := e.children(); err == nil && len(parts) >= 2 && parts[0].isOID(oid) {
			return parts[len(parts)-1].content
		}
	}
	return nil
}

func readCertificate(der []byte) (*certificateView, error) {
	outer, err := readOnly(der)
	if err != nil {
		return nil, err
	}
	parts, err := outer.as(tagSequence)
	if err != nil || len(parts) != 3 || parts[0].tag != tagSequence || parts[1].tag != tagSequence {
		return nil, errDER
	}
	v := &certificateView{whole: der, signed: parts[0].whole, outer: parts[1], signature: parts[2]}
	if v.signature.tag != tagBitString || len(v.signature.content) < 2 || v.signature.content[0] != 0 {
		return nil, errDER
	}
	fields, err := parts[0].children()
	if err != nil {
		return nil, err
	}
	return v, v.read(fields)
}

// read takes the fields of a TBSCertificate in their order.
func (v *certificateView) read(fields []node) error {
	if len(fields) > 0 && fields[0].tag == nested {
		version, err := readOnly(fields[0].content)
		if err != nil || version.tag != tagInteger || len(version.content) != 1 {
			return errDER
		}
		fields = fields[1:]
	}
	const least = 6
	if len(fields) < least || fields[0].tag != tagInteger || len(fields[0].content) == 0 {
		return errDER
	}
	for _, f := range fields[1:least] {
		if f.tag != tagSequence {
			return errDER
		}
	}
	v.serial, v.inner, v.issuer, v.subject, v.key = fields[0], fields[1], fields[2], fields[4], fields[5]
	if !isValidity(fields[3]) {
		return errDER
	}
	return v.readRest(fields[least:])
}

// readRest takes the fields that may be absent.
func (v *certificateView) readRest(fields []node) error {
	for _, f := range fields {
		switch f.tag {
		case context | 1, context | 2:
			if len(f.content) == 0 {
				return errDER
			}
			v.uniqueIDs = append(v.uniqueIDs, f)
		case nested | 3:
			inner, err := readOnly(f.content)
			if err != nil {
				return err
			}
			v.extensions = &inner
		default:
			return errDER
		}
	}
	return nil
}

// isValidity says whether an element holds two times, and nothing that is none.
func isValidity(n node) bool {
	times, err := n.as(tagSequence)
	if err != nil || len(times) != 2 {
		return false
	}
	for _, t := range times {
		if t.tag != tagUTCTime && t.tag != tagGeneral || len(t.content) > len("20060102150405.000+0000") {
			return false
		}
		for _, c := range t.content {
			if (c < '0' || c > '9') && c != 'Z' && c != '+' && c != '-' && c != '.' {
				return false
			}
		}
	}
	return true
}
