package wire

import "fmt"

// An SSL2CipherSpec is one of the three-byte values that a hello in the format
// of SSL 2.0 lists; if its first byte is zero, the others are a SuiteID.
type SSL2CipherSpec uint32

// Suite returns the cipher suite of SSL 3.0 or TLS that the value stands for;
// false if it is one of SSL 2.0's own (RFC 5246, appendix E.2).
func (s SSL2CipherSpec) Suite() (SuiteID, bool) { return SuiteID(s), s>>16 == 0 }

// String returns the suite's name, that of SSL 2.0's own kinds, or the number.
func (s SSL2CipherSpec) String() string {
	if id, ok := s.Suite(); ok {
		return id.String()
	}
	if name, ok := ssl2CipherNames[s]; ok {
		return name
	}
	return fmt.Sprintf("0x%06x", uint32(s))
}

// The cipher kinds of the SSL 2.0 specification, appendix C.4.
var ssl2CipherNames = map[SSL2CipherSpec]string{
	0x010080: "SSL_CK_RC4_128_WITH_MD5",
	0x020080: "SSL_CK_RC4_128_EXPORT40_WITH_MD5",
	0x030080: "SSL_CK_RC2_128_CBC_WITH_MD5",
	0x040080: "SSL_CK_RC2_128_CBC_EXPORT40_WITH_MD5",
	0x050080: "SSL_CK_IDEA_128_CBC_WITH_MD5",
	0x060040: "SSL_CK_DES_64_CBC_WITH_MD5",
	0x0700c0: "SSL_CK_DES_192_EDE3_CBC_WITH_MD5",
}

// ParseSSL2ClientHello reads a hello in the format of SSL 2.0 (RFC 5246,
// appendix E.2), from its msg_type on, without the two bytes of record header.
// Its slices are slices of b. With an error comes what could be read before it.
func ParseSSL2ClientHello(b []byte) (*ClientHello, error) {
	c := cursor{message: MessageClientHello.String(), data: b, end: len(b)}
	h := &ClientHello{Raw: b, SSL2Format: true}
	if t := MessageType(c.uint8("msg_type")); c.err == nil && t != MessageClientHello {
		c.fail(0, "msg_type", "is "+t.String())
	}
	h.Version = Version(c.uint16("version"))
	specs := c.length16("cipher_spec_length", 3, 1<<16-1)
	session := c.length16("session_id_length", 0, 32)
	challenge := c.length16("challenge_length", 16, 32)
	h.takeSSL2CipherSpecs(&c, c.bytes("cipher_specs", specs))
	h.SessionID = c.bytes("session_id", session)
	h.SSL2Challenge = c.bytes("challenge", challenge)
	if c.err == nil {
		// A challenge shorter than 32 bytes stands at the right of the random, with
		// zeros before it.
		copy(h.Random[32-challenge:], h.SSL2Challenge)
		// The format has no compression, which is the null method.
		h.CompressionMethods = []uint8{0}
	}
	return h, c.finish()
}

func (h *ClientHello) takeSSL2CipherSpecs(c *cursor, v []byte) {
	if c.err != nil {
		return
	}
	if len(v)%3 != 0 {
		c.fail(c.at-len(v), "cipher_specs", "has part of a value at its end")
		return
	}
	h.SSL2CipherSpecs = make([]SSL2CipherSpec, 0, len(v)/3)
	h.CipherSuites = make([]SuiteID, 0, len(v)/3)
	for ; len(v) > 0; v = v[3:] {
		spec := SSL2CipherSpec(v[0])<<16 | SSL2CipherSpec(v[1])<<8 | SSL2CipherSpec(v[2])
		h.SSL2CipherSpecs = append(h.SSL2CipherSpecs, spec)
		if id, ok := spec.Suite(); ok {
			h.CipherSuites = append(h.CipherSuites, id)
		}
	}
}

// marshalSSL2 takes CipherSuites and Random where the fields of SSL 2.0 are nil.
func (h *ClientHello) marshalSSL2() Message {
	specs, challenge := h.SSL2CipherSpecs, h.SSL2Challenge
	if specs == nil {
		for _, id := range h.CipherSuites {
			specs = append(specs, SSL2CipherSpec(id))
		}
	}
	if challenge == nil {
		challenge = h.Random[:]
	}
	var w builder
	w.uint8(uint8(MessageClientHello))
	w.uint16(uint16(h.Version))
	w.uint16(uint16(3 * len(specs)))
	w.uint16(uint16(len(h.SessionID)))
	w.uint16(uint16(len(challenge)))
	for _, spec := range specs {
		w.uint24(int(spec))
	}
	w.bytes(h.SessionID)
	w.bytes(challenge)
	return w.b
}
