package sanitize

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	_ "crypto/md5" // older versions sign with it
	"crypto/rsa"
	_ "crypto/sha1" // likewise
	"slices"
	"strings"

	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/sanitize/disguise"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// Why noise stands in the place of a handshake's signature.
const (
	noOwner   = "the certificate of who made them is not in the capture, or has no key that can be imitated"
	noContent = "not all that they sign is known where they stand"
	noMatch   = "their algorithm does not fit the certificate's key, or none of theirs is of the length"
	tooMany   = "beyond the first 65,536"
)

// maxSigned bounds how many signatures are made in a run: whoever sends a file with large
// keys in it does not keep a machine busy for ever.
const maxSigned = 1 << 16

// A keyKind is what a signature is made with.
type keyKind uint8

const (
	otherKey keyKind = iota
	rsaKey
	ecdsaKey
	ed25519Key
)

// A scheme says how a signature is made.
type scheme struct {
	key     keyKind
	options crypto.SignerOpts
}

// schemes of TLS 1.2 and 1.3. That of ECDSA names no curve in TLS 1.2 (RFC 8446, section
// 4.2.3): a key takes what it is given. DSA is not made again.
var schemes = map[wire.SignatureScheme]scheme{
	wire.SchemeRSAPKCS1MD5:      {rsaKey, crypto.MD5},
	wire.SchemeRSAPKCS1SHA1:     {rsaKey, crypto.SHA1},
	wire.SchemeRSAPKCS1SHA224:   {rsaKey, crypto.SHA224},
	wire.SchemeRSAPKCS1SHA256:   {rsaKey, crypto.SHA256},
	wire.SchemeRSAPKCS1SHA384:   {rsaKey, crypto.SHA384},
	wire.SchemeRSAPKCS1SHA512:   {rsaKey, crypto.SHA512},
	wire.SchemeRSAPSSRSAESHA256: {rsaKey, pss(crypto.SHA256)},
	wire.SchemeRSAPSSRSAESHA384: {rsaKey, pss(crypto.SHA384)},
	wire.SchemeRSAPSSRSAESHA512: {rsaKey, pss(crypto.SHA512)},
	wire.SchemeRSAPSSPSSSHA256:  {rsaKey, pss(crypto.SHA256)},
	wire.SchemeRSAPSSPSSSHA384:  {rsaKey, pss(crypto.SHA384)},
	wire.SchemeRSAPSSPSSSHA512:  {rsaKey, pss(crypto.SHA512)},
	wire.SchemeECDSASHA1:        {ecdsaKey, crypto.SHA1},
	wire.SchemeECDSASHA224:      {ecdsaKey, crypto.SHA224},
	wire.SchemeECDSAP256SHA256:  {ecdsaKey, crypto.SHA256},
	wire.SchemeECDSAP384SHA384:  {ecdsaKey, crypto.SHA384},
	wire.SchemeECDSAP521SHA512:  {ecdsaKey, crypto.SHA512},
	wire.SchemeEd25519:          {ed25519Key, crypto.Hash(0)},
}

// oldSchemes are those of versions before TLS 1.2, where the key says which it is (RFC
// 4346, section 7.4.3; RFC 8422, section 5.4).
var oldSchemes = map[keyKind]scheme{
	rsaKey:   {rsaKey, crypto.MD5SHA1},
	ecdsaKey: {ecdsaKey, crypto.SHA1},
}

// pss are the options of TLS, whose salt is as long as the hash (RFC 8446, section 4.2.3).
func pss(h crypto.Hash) *rsa.PSSOptions { return &rsa.PSSOptions{SaltLength: h.Size(), Hash: h} }

func kindOf(k crypto.Signer) keyKind {
	switch k.Public().(type) {
	case *rsa.PublicKey:
		return rsaKey
	case *ecdsa.PublicKey:
		return ecdsaKey
	case ed25519.PublicKey:
		return ed25519Key
	}
	return otherKey
}

// A signable gives what a signature of a handshake is over, hashed; nil: not all is there.
type signable func(*transcript, crypto.Hash) []byte

// sign edits a signature with its algorithm. It is made again, over what the new messages
// say and with the key of the new certificate, where it can be had in the length of the old
// one; else noise takes its place.
func (c *connection) sign(e *editor, m dissect.TapMessage, over signable) {
	var id wire.SignatureScheme
	if m.Version >= wire.VersionTLS12 {
		id = wire.SignatureScheme(e.number(2))
	}
	e.vector(2, func(e *editor) {
		e.all(func(old []byte) []byte {
			made, why := c.signature(m, id, over, len(old))
			if why != "" {
				c.run.account.unsigned(why)
				return c.run.disguise.Signature(old)
			}
			c.run.disguise.Remember(disguise.KindSignature, old)
			return made
		})
	})
}

// signature makes one of a length, or says why it cannot be made.
func (c *connection) signature(m dissect.TapMessage, id wire.SignatureScheme, over signable, length int) (made []byte, why string) {
	t, ok := m.Follower.(*transcript)
	if !ok || t.owners[m.Direction] == nil {
		return nil, noOwner
	}
	owner := t.owners[m.Direction]
	s, known := schemes[id]
	if m.Version < wire.VersionTLS12 {
		s, known = oldSchemes[kindOf(owner)]
	}
	if !known || s.key != kindOf(owner) {
		return nil, noMatch
	}
	content := over(t, s.options.HashFunc())
	if content == nil {
		return nil, noContent
	}
	if c.run.signed++; c.run.signed > maxSigned {
		return nil, tooMany
	}
	if made, ok = c.run.disguise.Sign(owner, content, s.options, length); !ok {
		return nil, noMatch
	}
	return made, ""
}

// digest hashes what is to be signed. Without a hash it is signed as it is.
func digest(h crypto.Hash, parts ...[]byte) []byte {
	content := slices.Concat(parts...)
	switch h {
	case 0:
		return content
	case crypto.MD5SHA1: // one after the other (RFC 4346, section 7.4.3)
		return append(digest(crypto.MD5, content), digest(crypto.SHA1, content)...)
	}
	sum := h.New()
	sum.Write(content)
	return sum.Sum(nil)
}

// parameters are signed with the randoms of the two hellos (RFC 5246, section 7.4.3).
func parameters(params []byte) signable {
	return func(t *transcript, h crypto.Hash) []byte {
		if t.client == nil || t.server == nil {
			return nil
		}
		return digest(h, t.client, t.server, params)
	}
}

// conversation is what a CertificateVerify signs: all messages before it.
func conversation(m dissect.TapMessage) signable {
	return func(t *transcript, h crypto.Hash) []byte {
		switch {
		case m.Broken || t.broken || t.dropped || t.version == 0:
			return nil
		case t.version == wire.VersionSSL30:
			return nil // the master secret is in it (RFC 6101, section 5.6.8), which is not known yet
		case t.modern != 0 && t.finished[m.Direction]:
			return nil // a certificate that was asked for later (RFC 8446, section 4.6.2)
		case t.modern != 0:
			return digest(h, modernPrefix(m.Side), digest(t.modern, t.early))
		}
		return digest(h, t.early)
	}
}

// modernPrefix tells a signature of TLS 1.3 from others (RFC 8446, section 4.4.3).
func modernPrefix(s trace.Side) []byte {
	side := "server"
	if s == trace.Client {
		side = "client"
	}
	return []byte(strings.Repeat(" ", 64) + "TLS 1.3, " + side + " CertificateVerify\x00")
}

// signs learns what a message says of signatures to come.
func (t *transcript) signs(m dissect.TapMessage) {
	switch m.Message.Type() {
	case wire.MessageCertificate:
		t.owners[m.Direction] = t.connection.owner(m)
	case wire.MessageFinished:
		t.finished[m.Direction] = true
	}
}

// owner gives the key of the first certificate that a message holds now; nil: nobody has
// it, or it is not what signs.
func (c *connection) owner(m dissect.TapMessage) crypto.Signer {
	all := chain(m)
	if len(all) == 0 || delegates(m) {
		return nil
	}
	made, err := c.run.disguise.Certificate(all[0])
	if err != nil || len(made.DER) != len(all[0]) {
		return nil
	}
	return made.Key
}

// delegates reports whether a certificate of TLS 1.3 comes with another key, which signs
// in its place (RFC 9345, section 4.1.1).
func delegates(m dissect.TapMessage) (found bool) {
	if m.Version != wire.VersionTLS13 {
		return false
	}
	e := &editor{old: m.Message, new: make([]byte, len(m.Message))}
	e.keep(wire.MessageHeaderLen)
	e.vector(1, (*editor).keepAll)
	e.vector(3, func(e *editor) {
		e.vector(3, (*editor).keepAll)
		e.vector(2, func(e *editor) {
			e.list(func(e *editor) {
				found = wire.ExtensionType(e.number(2)) == delegatedCredential || found
				e.vector(2, (*editor).keepAll)
			})
		})
	})
	return found
}
