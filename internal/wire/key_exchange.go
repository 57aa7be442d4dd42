package wire

import "strconv"

// curveTypeNamed is ECCurveType named_curve, the only one that RFC 8422,
// section 5.4, still allows.
const curveTypeNamed = 3

// A ServerKeyExchange is a server's half of an ECDHE key exchange, signed.
type ServerKeyExchange struct {
	Group     Group
	PublicKey []byte // the ECPoint
	// Params is ServerECDHParams as it came, which the signature covers. Marshal
	// makes it of Group and PublicKey if it is nil.
	Params    []byte
	Scheme    SignatureScheme // only in TLS 1.2
	Signature []byte
}

// ParseServerKeyExchange reads the ServerKeyExchange of an ECDHE suite in
// version v (RFC 8422, section 5.4). Its slices are slices of m. With an error
// comes what could be read before it.
func ParseServerKeyExchange(m Message, v Version) (*ServerKeyExchange, error) {
	c := cursorOver(m, MessageServerKeyExchange)
	x := &ServerKeyExchange{}
	start := c.at
	if t := c.uint8("curve_type"); c.err == nil && t != curveTypeNamed {
		c.fail(start, "curve_type", "is "+strconv.Itoa(int(t))+" and not named_curve")
	}
	x.Group = Group(c.uint16("namedcurve"))
	x.PublicKey = c.vector8("public", 1, 255)
	if c.err == nil {
		x.Params = c.data[start:c.at:c.at]
	}
	if v >= VersionTLS12 {
		x.Scheme = SignatureScheme(c.uint16("algorithm"))
	}
	x.Signature = c.vector16("signature", 0)
	return x, c.finish()
}

// Marshal makes the message for version v.
func (x *ServerKeyExchange) Marshal(v Version) Message {
	w := begin(MessageServerKeyExchange)
	if x.Params != nil {
		w.bytes(x.Params)
	} else {
		w.b = AppendECDHParams(w.b, x.Group, x.PublicKey)
	}
	if v >= VersionTLS12 {
		w.uint16(uint16(x.Scheme))
	}
	w.vector16(x.Signature)
	return w.message()
}

// AppendECDHParams adds to b the ServerECDHParams of a named curve, which a
// server signs.
func AppendECDHParams(b []byte, g Group, publicKey []byte) []byte {
	w := builder{b}
	w.uint8(curveTypeNamed)
	w.uint16(uint16(g))
	w.vector8(publicKey)
	return w.b
}

// ParseRSAClientKeyExchange returns the encrypted premaster secret of a
// ClientKeyExchange, a slice of m. SSL 3.0 puts no length before it (RFC 5246,
// section 7.4.7.1, explains the difference).
func ParseRSAClientKeyExchange(m Message, v Version) (encrypted []byte, err error) {
	const field = "EncryptedPreMasterSecret"
	c := cursorOver(m, MessageClientKeyExchange)
	if v <= VersionSSL30 {
		encrypted = c.rest(field, 1)
	} else {
		encrypted = c.vector16(field, 1)
	}
	return encrypted, c.finish()
}

// MarshalRSAClientKeyExchange makes a ClientKeyExchange for version v.
func MarshalRSAClientKeyExchange(encrypted []byte, v Version) Message {
	w := begin(MessageClientKeyExchange)
	if v <= VersionSSL30 {
		w.bytes(encrypted)
	} else {
		w.vector16(encrypted)
	}
	return w.message()
}

// ParseECDHEClientKeyExchange returns the client's point, a slice of m (RFC
// 8422, section 5.7).
func ParseECDHEClientKeyExchange(m Message) (point []byte, err error) {
	c := cursorOver(m, MessageClientKeyExchange)
	point = c.vector8("ecdh_Yc", 1, 255)
	return point, c.finish()
}

// MarshalECDHEClientKeyExchange makes a ClientKeyExchange with a point.
func MarshalECDHEClientKeyExchange(point []byte) Message {
	w := begin(MessageClientKeyExchange)
	w.vector8(point)
	return w.message()
}
