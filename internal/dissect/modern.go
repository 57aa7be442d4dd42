package dissect

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"encoding/binary"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/parley-tls/parley/internal/keys"
	"github.com/parley-tls/parley/internal/wire"
)

// A modernSuite is a cipher suite of TLS 1.3 (RFC 8446, appendix B.4).
type modernSuite struct {
	id   wire.SuiteID
	hash crypto.Hash
	key  int
	aead func(key []byte) (cipher.AEAD, error)
}

var modernSuites = map[wire.SuiteID]modernSuite{
	wire.TLS_AES_128_GCM_SHA256:       {wire.TLS_AES_128_GCM_SHA256, crypto.SHA256, 16, newGCM},
	wire.TLS_AES_256_GCM_SHA384:       {wire.TLS_AES_256_GCM_SHA384, crypto.SHA384, 32, newGCM},
	wire.TLS_CHACHA20_POLY1305_SHA256: {wire.TLS_CHACHA20_POLY1305_SHA256, crypto.SHA256, 32, chacha20poly1305.New},
}

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// A modernOpener opens the records of TLS 1.3 (RFC 8446, section 5.2).
type modernOpener struct {
	suite  modernSuite
	secret keys.Secret // the traffic secret
	aead   cipher.AEAD
	iv     [12]byte
	next   uint64
	inner  wire.ContentType // of the record opened last
}

// newModernOpener makes the keys of a traffic secret (RFC 8446, section 7.3); nil
// where the secret is none of this suite's.
func newModernOpener(s modernSuite, secret keys.Secret) *modernOpener {
	o := &modernOpener{suite: s, secret: secret}
	key := expandLabel(s.hash, secret, "key", s.key)
	iv := expandLabel(s.hash, secret, "iv", len(o.iv))
	var err error
	if o.aead, err = s.aead(key); err != nil || len(secret.Bytes()) != s.hash.Size() {
		return nil
	}
	copy(o.iv[:], iv)
	return o
}

// expandLabel is HKDF-Expand-Label with an empty context (RFC 8446, section 7.1).
func expandLabel(h crypto.Hash, secret keys.Secret, label string, n int) []byte {
	full := "tls13 " + label
	info := append([]byte{byte(n >> 8), byte(n), byte(len(full))}, full...)
	out, err := hkdf.Expand(h.New, secret.Bytes(), string(append(info, 0)), n)
	if err != nil {
		return nil // no length here is too much for HKDF
	}
	return out
}

// nextTraffic is the secret behind a KeyUpdate (RFC 8446, section 7.2).
func nextTraffic(h crypto.Hash, secret keys.Secret) keys.Secret {
	return keys.NewSecret(expandLabel(h, secret, "traffic upd", h.Size()))
}

// finishedOf is a Finished's verify_data (RFC 8446, section 4.4.4).
func finishedOf(h crypto.Hash, secret keys.Secret, transcript []byte) []byte {
	mac := hmac.New(h.New, expandLabel(h, secret, "finished", h.Size()))
	mac.Write(transcript)
	return mac.Sum(nil)
}

// Open opens a record, whose type is inside it.
func (o *modernOpener) Open(rec, room []byte) ([]byte, wire.Version, bool) {
	if len(rec) < wire.RecordHeaderLen+o.aead.Overhead() {
		return nil, 0, false
	}
	nonce := o.nonce(o.next)
	inner, err := o.aead.Open(room[:0], nonce[:], rec[wire.RecordHeaderLen:], rec[:wire.RecordHeaderLen])
	if err != nil {
		return nil, 0, false
	}
	end := len(inner) // zeros pad behind the type
	for end > 0 && inner[end-1] == 0 {
		end--
	}
	if end == 0 {
		return nil, 0, false
	}
	o.next++
	o.inner = wire.ContentType(inner[end-1])
	return inner[:end-1], wire.VersionTLS12, true
}

// nonce is the IV XOR a record's number (RFC 8446, section 5.3).
func (o *modernOpener) nonce(sequence uint64) [12]byte {
	nonce := o.iv
	tail := nonce[4:]
	binary.BigEndian.PutUint64(tail, binary.BigEndian.Uint64(tail)^sequence)
	return nonce
}

func (o *modernOpener) ahead(records uint64, _ int64, _ []byte) opener {
	moved := *o
	moved.next += records
	return &moved
}
