package disguise

import "bytes"

// An arc is a branch of object identifiers that everybody uses, and how many bytes may
// follow it. What is below other branches can belong to one firm.
type arc struct {
	prefix []byte
	more   int
}

var arcs = []arc{
	{[]byte{0x55}, 4},                                                 // 2.5: X.500
	{[]byte{0x67, 0x81, 0x0c, 0x01}, 3},                               // 2.23.140.1: CA/Browser Forum
	{[]byte{0x2b, 0x06, 0x01, 0x05, 0x05, 0x07}, 3},                   // 1.3.6.1.5.5.7: PKIX
	{[]byte{0x2b, 0x06, 0x01, 0x05, 0x05, 0x08, 0x02, 0x02}, 0},       // IPsec's use of a key
	{[]byte{0x2b, 0x06, 0x01, 0x04, 0x01, 0xd6, 0x79, 0x02, 0x04}, 2}, // 1.3.6.1.4.1.11129.2.4: certificate transparency
	{[]byte{0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x0a, 0x03}, 2}, // Microsoft's uses of keys
	{[]byte{0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x14, 0x02}, 1}, // logging on, templates' names
	{[]byte{0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x15}, 1},       // Microsoft's certificate services
	{[]byte{0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x3c, 0x02, 0x01}, 1},
	{[]byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d}, 4},                   // 1.2.840.113549: PKCS
	{[]byte{0x2a, 0x86, 0x48, 0xce, 0x3d}, 4},                         // 1.2.840.10045: X9.62
	{[]byte{0x2a, 0x86, 0x48, 0xce, 0x38}, 2},                         // 1.2.840.10040: X9.57
	{[]byte{0x2a, 0x86, 0x48, 0xce, 0x3e, 0x02}, 1},                   // 1.2.840.10046: X9.42
	{[]byte{0x2b, 0x0e, 0x03, 0x02}, 1},                               // 1.3.14.3.2: OIW
	{[]byte{0x2b, 0x65}, 1},                                           // 1.3.101: Edwards curves
	{[]byte{0x2b, 0x81, 0x04, 0x00}, 1},                               // 1.3.132.0: SECG's curves
	{[]byte{0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01}, 1},       // Brainpool's
	{[]byte{0x2a, 0x85, 0x03}, 5},                                     // 1.2.643: GOST
	{[]byte{0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04}, 2},             // 2.16.840.1.101.3.4: NIST
	{[]byte{0x60, 0x86, 0x48, 0x01, 0x86, 0xf8, 0x42}, 2},             // 2.16.840.1.113730: Netscape
	{[]byte{0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01}, 1}, // 0.9.2342.19200300.100.1: pilot attributes
	{[]byte{0x2b, 0x06, 0x01, 0x04, 0x01, 0xda, 0x47, 0x04}, 2},       // 1.3.6.1.4.1.11591.4
	{[]byte{0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x01}, 1}, // Microsoft's signing of code
	{[]byte{0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01}, 3},                   // 1.2.156.10197.1: Chinese algorithms
}

// common says whether an object identifier is everybody's.
func common(oid []byte) bool {
	for _, a := range arcs {
		if bytes.HasPrefix(oid, a.prefix) && len(oid) <= len(a.prefix)+a.more {
			return true
		}
	}
	return false
}

// oid replaces an object identifier that is not everybody's, in place. The numbers in it
// keep their sizes.
func (d *Disguise) oid(content []byte) {
	if common(content) || len(content) == 0 {
		return
	}
	d.Remember(KindExtension, content)
	noise := d.noise("OID", content)
	begins := true
	for i := min(2, len(content)); i < len(content); i++ {
		c := content[i]
		low := noise[i] & 0x7f
		if begins && c&0x80 != 0 { // a number of several bytes does not grow
			low = 1 + noise[i]%max(c&0x7f, 1)
		}
		content[i] = c&0x80 | low
		begins = c&0x80 == 0
	}
}

// isOID says whether an element is the object identifier.
func (n node) isOID(oid string) bool { return n.tag == tagOID && string(n.content) == oid }
