package disguise

import (
	"net/netip"
)

// Tags of GeneralName (RFC 5280, section 4.2.1.6).
const (
	nameOther     = nested
	nameMail      = context | 1
	nameDNS       = context | 2
	nameDirectory = nested | 4
	nameURI       = context | 6
	nameAddress   = context | 7
	nameID        = context | 8
)

// generalNames replaces GeneralNames in place.
func (d *Disguise) generalNames(n node) error {
	names, err := n.children()
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := d.generalName(name); err != nil {
			return err
		}
	}
	return nil
}

func (d *Disguise) generalName(n node) error {
	switch n.tag {
	case nameMail:
		copy(n.content, d.mailbox(string(n.content)))
	case nameDNS:
		copy(n.content, d.Host(string(n.content)))
	case nameURI:
		copy(n.content, d.URL(string(n.content)))
	case nameAddress:
		d.addressBytes(n.content)
	case nameID:
		d.oid(n.content)
	case nameDirectory:
		inner, err := readOnly(n.content)
		if err != nil {
			return err
		}
		return d.name(inner)
	default:
		d.scrub(KindName, n, 0)
	}
	return nil
}

// mailbox replaces an address of e-mail, or, in constraints, only its domain.
func (d *Disguise) mailbox(s string) string {
	for _, c := range []byte(s) {
		if c == '@' {
			return d.mail(s)
		}
	}
	return d.Host(s)
}

// addressBytes replaces an address, or in constraints an address with its mask.
func (d *Disguise) addressBytes(b []byte) {
	switch len(b) {
	case 4, 16:
		a, _ := netip.AddrFromSlice(b)
		copy(b, d.Addr(a).AsSlice())
	case 8, 32:
		half := len(b) / 2
		a, _ := netip.AddrFromSlice(b[:half])
		if isMask(b[half:]) {
			d.network(b[:half], a, b[half:])
			return
		}
		d.cover(KindAddress, b)
	default:
		d.cover(KindAddress, b)
	}
}

// network replaces an address of which only the bits in the mask count.
func (d *Disguise) network(b []byte, a netip.Addr, mask []byte) {
	copy(b, d.Addr(a).AsSlice())
	for i := range b {
		b[i] &= mask[i]
	}
}

// isMask says whether a mask is ones and then zeros.
func isMask(b []byte) bool {
	ended := false
	for _, c := range b {
		for bit := byte(0x80); bit != 0; bit >>= 1 {
			if c&bit != 0 && ended {
				return false
			}
			ended = ended || c&bit == 0
		}
	}
	return true
}
