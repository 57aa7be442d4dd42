package disguise

// MAC replaces a card's address by one that is locally administered (its second bit is
// set) and nobody's. Groups stay what they are, but for those that are made of an IPv6
// address (RFC 2464, section 7), whose end is replaced.
func (d *Disguise) MAC(m [6]byte) [6]byte {
	switch {
	case m == [6]byte{}:
		return m
	case m[0] == 0x33 && m[1] == 0x33:
		copy(m[2:], d.noise("group", m[2:]))
		return m
	case m[0]&1 != 0:
		return m
	}
	if out, ok := d.cards[m]; ok {
		return out
	}
	d.Remember(KindMAC, m[:])
	var out [6]byte
	copy(out[:], d.noise("card", m[:]))
	out[0] = 0x02
	if len(d.cards) < maxAddresses {
		d.cards[m] = out
	}
	return out
}

// VLAN replaces a VLAN's number (IEEE 802.1Q); 0 and 4095 have meanings of their own.
func (d *Disguise) VLAN(id uint16) uint16 {
	if id == 0 || id >= 4095 {
		return id
	}
	return 1 + uint16(d.stream("VLAN", []byte{byte(id >> 8), byte(id)}).below(4094))
}
