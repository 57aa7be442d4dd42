package disguise

import "unicode/utf16"

// Object identifiers of attributes (RFC 5280, appendix A.1; RFC 4519).
const (
	oidCommonName      = "\x55\x04\x03"
	oidCountry         = "\x55\x04\x06"
	oidDomainComponent = "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19"
	oidJurisdiction    = "\x2b\x06\x01\x04\x01\x82\x37\x3c\x02\x01\x03" // a country, too
)

// Name replaces the values of a distinguished name in DER. Its attributes stay those
// they are, and a country stays.
func (d *Disguise) Name(der []byte) ([]byte, error) {
	out := append([]byte(nil), der...)
	n, err := readOnly(out)
	if err == nil {
		err = d.name(n)
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// name replaces a Name in place (RFC 5280, section 4.1.2.4).
func (d *Disguise) name(n node) error {
	sets, err := n.as(tagSequence)
	if err != nil {
		return err
	}
	for _, set := range sets {
		if set.tag != tagSet {
			return errDER
		}
		if err := d.relativeName(set); err != nil {
			return err
		}
	}
	return nil
}

// relativeName replaces the attributes of a RelativeDistinguishedName.
func (d *Disguise) relativeName(n node) error {
	attributes, err := n.children()
	if err != nil {
		return err
	}
	for _, a := range attributes {
		parts, err := a.as(tagSequence)
		if err != nil || len(parts) != 2 || parts[0].tag != tagOID {
			return errDER
		}
		d.attribute(parts[0], parts[1])
	}
	return nil
}

func (d *Disguise) attribute(kind, value node) {
	switch {
	case kind.isOID(oidCountry), kind.isOID(oidJurisdiction):
		if isCountry(value.content) {
			return
		}
	case kind.isOID(oidDomainComponent):
		copy(value.content, d.component(string(value.content)))
		return
	}
	d.oid(kind.content)
	d.text(KindName, value)
}

// isCountry says whether a text is a country's two letters (ISO 3166).
func isCountry(b []byte) bool {
	for _, c := range b {
		if c |= 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return len(b) == 2
}

// component replaces a label of a domain that is written as attributes (RFC 2247).
// Which is the last is not known here, so that it does not meet with the host's name
// where a reserved domain takes the last two together.
func (d *Disguise) component(s string) string {
	return d.changed(KindName, s, capitalsOf(s, d.label(lower(s))))
}

// text replaces a string of whatever type in place.
func (d *Disguise) text(k Kind, n node) {
	switch {
	case n.tag&constructed != 0:
		d.scrub(k, n, 0)
	case n.tag == tagBMP && len(n.content)%2 == 0:
		d.wide(k, n.content, 2)
	case n.tag == tagUniversal && len(n.content)%4 == 0:
		d.wide(k, n.content, 4)
	default:
		copy(n.content, d.Text(k, string(n.content)))
	}
}

// wide replaces a text whose letters have so many bytes each.
func (d *Disguise) wide(k Kind, content []byte, width int) {
	narrow := make([]byte, 0, len(content)/width)
	units := make([]uint16, 0, len(content)/width)
	for i := 0; i < len(content); i += width {
		unit := uint16(content[i+width-2])<<8 | uint16(content[i+width-1])
		units = append(units, unit)
		if unit >= 0x80 {
			unit = 'x'
		}
		narrow = append(narrow, byte(unit))
	}
	made := d.Text(k, string(narrow))
	d.changed(k, string(utf16.Decode(units)), made)
	clear(content)
	for i, c := range []byte(made) {
		content[i*width+width-1] = c
	}
}
