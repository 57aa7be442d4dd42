package disguise

// scrub replaces what an element holds where nothing is known of its meaning: bytes and
// texts become noise; object identifiers that are everybody's, truth values and numbers
// of one byte stay, and so does its shape.
func (d *Disguise) scrub(k Kind, n node, depth int) {
	if n.tag&constructed != 0 && depth < maxDepth {
		if children, err := n.children(); err == nil {
			for _, child := range children {
				d.scrub(k, child, depth+1)
			}
			return
		}
	}
	switch {
	case n.tag == tagOID:
		d.oid(n.content)
	case n.tag == tagInteger && len(n.content) == 1, n.tag == tagNull && len(n.content) == 0:
	case n.tag == tagBoolean && len(n.content) == 1, n.tag == tagEnumerated && len(n.content) == 1:
	case n.tag == tagInteger:
		d.number(k, n.content)
	case n.tag == tagUTF8, n.tag >= 0x12 && n.tag <= 0x1e:
		d.text(k, n)
	case n.tag == tagBitString && len(n.content) > 0 && n.content[0] < 8:
		d.cover(k, n.content[1:])
	default:
		d.cover(k, n.content)
	}
}

// scrubAll does so with the elements that b is, or makes all of it noise if it is none.
func (d *Disguise) scrubAll(k Kind, b []byte) {
	nodes, err := readNodes(b)
	if err != nil || len(nodes) == 0 {
		d.cover(k, b)
		return
	}
	for _, n := range nodes {
		d.scrub(k, n, 0)
	}
}

// cover writes noise over bytes.
func (d *Disguise) cover(k Kind, b []byte) { copy(b, d.Bytes(k, b)) }

// number replaces an INTEGER's content by one of the same sign and length.
func (d *Disguise) number(k Kind, content []byte) {
	if len(content) == 0 {
		return
	}
	old := [2]byte{content[0]}
	if len(content) > 1 {
		old[1] = content[1]
	}
	d.Remember(k, content)
	copy(content, d.noise("number", content))
	if len(content) == 1 {
		content[0] = content[0]&0x7f | old[0]&0x80
		return
	}
	// X.690, section 8.3.2: the first nine bits are never all alike.
	switch {
	case old[0] == 0:
		content[0], content[1] = 0, content[1]|0x80
	case old[0] == 0xff:
		content[0], content[1] = 0xff, content[1]&0x7f
	case old[0]&0x80 == 0:
		content[0] = 1 + content[0]&0x7f%max(old[0], 1)
	default:
		content[0] = 0x80 | content[0]%0x7f
	}
}
