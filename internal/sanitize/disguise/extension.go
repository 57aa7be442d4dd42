package disguise

import "bytes"

// extensionRules say how the content of each known extension is replaced, by its object
// identifier. Of others the content becomes noise.
var extensionRules = map[string]func(*Disguise, []byte) error{
	"\x55\x1d\x0e":                     (*Disguise).keyID,
	"\x55\x1d\x11":                     (*Disguise).alternativeNames, // subjectAltName
	"\x55\x1d\x12":                     (*Disguise).alternativeNames, // issuerAltName
	"\x55\x1d\x1e":                     (*Disguise).nameConstraints,
	"\x55\x1d\x1f":                     (*Disguise).distributionPoints,
	"\x55\x1d\x2e":                     (*Disguise).distributionPoints, // freshestCRL
	"\x55\x1d\x20":                     (*Disguise).policies,
	"\x55\x1d\x23":                     (*Disguise).authorityKeyID,
	"\x55\x1d\x25":                     (*Disguise).purposes,
	"\x2b\x06\x01\x05\x05\x07\x01\x01": (*Disguise).accesses, // authorityInfoAccess
	"\x2b\x06\x01\x05\x05\x07\x01\x0b": (*Disguise).accesses, // subjectInfoAccess
	"\x2b\x06\x01\x04\x01\xd6\x79\x02\x04\x02": (*Disguise).timestamps,
	"\x60\x86\x48\x01\x86\xf8\x42\x01\x0d":     (*Disguise).comment, // of Netscape's

	// What these say is of a few bits, and findings are made of it.
	"\x55\x1d\x0f":                             (*Disguise).small, // keyUsage
	"\x55\x1d\x13":                             (*Disguise).small, // basicConstraints
	"\x55\x1d\x24":                             (*Disguise).small, // policyConstraints
	"\x55\x1d\x36":                             (*Disguise).small, // inhibitAnyPolicy
	"\x2b\x06\x01\x05\x05\x07\x01\x18":         (*Disguise).small, // TLS features
	"\x2b\x06\x01\x05\x05\x07\x30\x01\x05":     (*Disguise).small, // no check by OCSP
	"\x2b\x06\x01\x04\x01\xd6\x79\x02\x04\x03": (*Disguise).small, // poison of a precertificate
	"\x60\x86\x48\x01\x86\xf8\x42\x01\x01":     (*Disguise).small, // Netscape's type
}

// extensions replaces what extensions hold, in place (RFC 5280, section 4.1).
func (d *Disguise) extensions(n node) error {
	list, err := n.as(tagSequence)
	if err != nil {
		return err
	}
	for _, e := range list {
		if err := d.extension(e); err != nil {
			return err
		}
	}
	return nil
}

// extension replaces what one holds. What does not hold what it should becomes noise.

func (d *Disguise) extension(n node) error {
	parts, err := n.as(tagSequence)
	if err != nil || len(parts) < 2 || len(parts) > 3 || parts[0].tag != tagOID {
		return errDER
	}
	value := parts[len(parts)-1]
	if value.tag != tagOctets || len(parts) == 3 && (parts[1].tag != tagBoolean || len(parts[1].content) != 1) {
		return errDER
	}
	rule, known := extensionRules[string(parts[0].content)]
	if !known {
		d.oid(parts[0].content)
		d.cover(KindExtension, value.content)
		return nil
	}
	original := bytes.Clone(value.content)
	if rule(d, value.content) != nil {
		// What the rule replaced before it failed is looked for. The whole is not: its frame is
		// everybody's, and stays where the same extension is as it should be.
		copy(value.content, d.noise("extension", original))
	}
	return nil
}

// small keeps truth values, small numbers and sets of bits.
func (d *Disguise) small(b []byte) error {
	n, err := readOnly(b)
	if err != nil {
		return err
	}
	d.keepSmall(n, 0)
	return nil
}

func (d *Disguise) keepSmall(n node, depth int) {
	const few = 3
	switch {
	case n.tag == tagSequence && depth == 0:
		children, err := n.children()
		if err != nil {
			d.cover(KindExtension, n.content)
		}
		for _, child := range children {
			d.keepSmall(child, depth+1)
		}
	case n.tag == tagBoolean, n.tag == tagInteger, n.tag == tagBitString, n.tag == tagNull, n.tag == context, n.tag == context|1:
		if len(n.content) > few {
			d.cover(KindExtension, n.content)
		}
	default:
		d.scrub(KindExtension, n, 0)
	}
}

// keyID replaces a SubjectKeyIdentifier.
func (d *Disguise) keyID(b []byte) error {
	n, err := readOnly(b)
	if err != nil || n.tag != tagOctets {
		return errDER
	}
	d.cover(KindKeyID, n.content)
	return nil
}

// authorityKeyID replaces what names the issuer's key, by what replaces it there (RFC
// 5280, section 4.2.1.1).
func (d *Disguise) authorityKeyID(b []byte) error {
	n, err := readOnly(b)
	if err != nil {
		return err
	}
	parts, err := n.as(tagSequence)
	if err != nil {
		return err
	}
	for _, p := range parts {
		switch p.tag {
		case nested | 1:
			if err := d.generalNames(p); err != nil {
				return err
			}
		case context | 2:
			d.number(KindSerial, p.content)
		default:
			d.cover(KindKeyID, p.content)
		}
	}
	return nil
}

func (d *Disguise) alternativeNames(b []byte) error {
	n, err := readOnly(b)
	if err != nil || n.tag != tagSequence {
		return errDER
	}
	return d.generalNames(n)
}

// nameConstraints replaces the names of subtrees (RFC 5280, section 4.2.1.10).
func (d *Disguise) nameConstraints(b []byte) error {
	n, err := readOnly(b)
	if err != nil {
		return err
	}
	sides, err := n.as(tagSequence)
	if err != nil {
		return err
	}
	for _, side := range sides {
		trees, err := side.children()
		if err != nil {
			return err
		}
		for _, tree := range trees {
			if err := d.subtree(tree); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *Disguise) subtree(n node) error {
	parts, err := n.as(tagSequence)
	if err != nil || len(parts) == 0 {
		return errDER
	}
	for _, p := range parts[1:] {
		d.scrub(KindExtension, p, 0)
	}
	return d.generalName(parts[0])
}

// distributionPoints replaces names in a CRLDistributionPoints (RFC 5280, section 4.2.1.13).
func (d *Disguise) distributionPoints(b []byte) error {
	n, err := readOnly(b)
	if err != nil {
		return err
	}
	points, err := n.as(tagSequence)
	if err != nil {
		return err
	}
	for _, point := range points {
		parts, err := point.as(tagSequence)
		if err != nil {
			return err
		}
		for _, p := range parts {
			if err := d.pointPart(p); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *Disguise) pointPart(n node) error {
	switch n.tag {
	case nested:
		name, err := readOnly(n.content)
		if err != nil {
			return err
		}
		if name.tag == nested|1 {
			return d.relativeName(name)
		}
		return d.generalNames(name)
	case nested | 2:
		return d.generalNames(n)
	}
	if len(n.content) > 3 { // more than the bits of ReasonFlags
		d.cover(KindExtension, n.content)
	}
	return nil
}

// accesses replaces the places in an AuthorityInfoAccess (RFC 5280, section 4.2.2.1).
func (d *Disguise) accesses(b []byte) error {
	n, err := readOnly(b)
	if err != nil {
		return err
	}
	list, err := n.as(tagSequence)
	if err != nil {
		return err
	}
	for _, access := range list {
		parts, err := access.as(tagSequence)
		if err != nil || len(parts) != 2 || parts[0].tag != tagOID {
			return errDER
		}
		d.oid(parts[0].content)
		if err := d.generalName(parts[1]); err != nil {
			return err
		}
	}
	return nil
}

// purposes replaces uses of a key that are not everybody's.
func (d *Disguise) purposes(b []byte) error {
	n, err := readOnly(b)
	if err != nil {
		return err
	}
	list, err := n.as(tagSequence)
	if err != nil {
		return err
	}
	for _, purpose := range list {
		d.scrub(KindExtension, purpose, 0)
	}
	return nil
}

// policies replaces policies that are not everybody's, and what is said with any: its
// shape stays, its texts and places are replaced (RFC 5280, section 4.2.1.4).
func (d *Disguise) policies(b []byte) error {
	n, err := readOnly(b)
	if err != nil || n.tag != tagSequence {
		return errDER
	}
	d.scrub(KindExtension, n, 0)
	return nil
}

// comment replaces a text.
func (d *Disguise) comment(b []byte) error {
	n, err := readOnly(b)
	if err != nil {
		return err
	}
	d.scrub(KindExtension, n, 0)
	return nil
}

// timestamps replaces the signed timestamps of logs (RFC 6962, section 3.3) but keeps how
// many there are, how long, their version and the algorithm of their signatures.
func (d *Disguise) timestamps(b []byte) error {
	n, err := readOnly(b)
	if err != nil || n.tag != tagOctets {
		return errDER
	}
	list := n.content
	if len(list) < 2 || int(list[0])<<8|int(list[1]) != len(list)-2 {
		return errDER
	}
	for list = list[2:]; len(list) > 0; {
		if len(list) < 2 {
			return errDER
		}
		length := int(list[0])<<8 | int(list[1])
		if len(list) < 2+length {
			return errDER
		}
		d.timestamp(list[2 : 2+length])
		list = list[2+length:]
	}
	return nil
}

// timestamp replaces one: a version, the log's identity of 32 bytes, a time of 8, what it
// is extended by, two bytes of algorithm, and a signature.
func (d *Disguise) timestamp(b []byte) {
	const identity, behindTime = 1, 1 + 32 + 8
	if len(b) < behindTime+2+2+2 || b[0] != 0 || b[behindTime] != 0 || b[behindTime+1] != 0 {
		d.cover(KindExtension, b)
		return
	}
	const signature = behindTime + 2 + 2 + 2
	d.cover(KindExtension, b[identity:identity+32])
	// The upper half of the time, in milliseconds, tells its month.
	d.cover(KindExtension, b[behindTime-4:behindTime])
	if int(b[signature-2])<<8|int(b[signature-1]) != len(b)-signature {
		d.cover(KindExtension, b[behindTime+2:])
		return
	}
	d.signatureValue(b[signature:])
}
