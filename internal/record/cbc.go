package record

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/sha512"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// maxTLSPadding is the most padding of TLS, the length byte counted (RFC 5246,
// section 6.2.3.2). SSL 3.0 has a block at most (RFC 6101, section 5.2.3.2).
const maxTLSPadding = 256

// A cbcMode is the standard library's CBC, which chains from call to call and
// can be given another IV.
type cbcMode interface {
	cipher.BlockMode
	SetIV([]byte)
}

// cbc is what both directions of a CBC suite have.
type cbc struct {
	mode  cbcMode
	block int
	ivLen int // of explicit IVs; 0: the last ciphertext block is the IV
	mac   *mac
}

// cbcOpening takes off CBC and MAC, in constant time.
type cbcOpening struct {
	cbc
	maxPadding  int // the length byte counted
	checksBytes bool

	received [sha512.Size384]byte
}

// cbcSealing puts on MAC and CBC.
type cbcSealing struct{ cbc }

func newCBCOpening(v wire.Version, s *suite.Suite, macKey, key, iv []byte) (*cbcOpening, error) {
	c, err := newCBC(v, s, macKey, key, iv, cipher.NewCBCDecrypter)
	if err != nil {
		return nil, err
	}
	if v == wire.VersionSSL30 {
		// RFC 6101: the bytes of padding may be anything.
		return &cbcOpening{cbc: c, maxPadding: c.block}, nil
	}
	return &cbcOpening{cbc: c, maxPadding: maxTLSPadding, checksBytes: true}, nil
}

func newCBCSealing(v wire.Version, s *suite.Suite, macKey, key, iv []byte) (*cbcSealing, error) {
	c, err := newCBC(v, s, macKey, key, iv, cipher.NewCBCEncrypter)
	if err != nil {
		return nil, err
	}
	return &cbcSealing{c}, nil
}

func newCBC(v wire.Version, s *suite.Suite, macKey, key, iv []byte, direction func(cipher.Block, []byte) cipher.BlockMode) (cbc, error) {
	b, err := newBlock(s, key)
	if err != nil {
		return cbc{}, err
	}
	c := cbc{block: b.BlockSize()}
	if explicitIV(v) {
		c.ivLen = c.block
		iv = make([]byte, c.block) // replaced before it is used
	}
	mode, ok := direction(b, iv).(cbcMode)
	if !ok {
		return cbc{}, fmt.Errorf("record: the cipher of %v takes no IV", s.ID)
	}
	c.mode = mode
	c.mac, err = newMAC(v, s, macKey)
	return c, err
}

func newBlock(s *suite.Suite, key []byte) (cipher.Block, error) {
	if s.Cipher == suite.Cipher3DESCBC {
		return des.NewTripleDESCipher(key)
	}
	return aes.NewCipher(key)
}

// open decides by nothing but lengths on the wire until the MAC is compared.
func (c *cbcOpening) open(seq uint64, t wire.ContentType, fragment []byte) ([]byte, bool) {
	data := fragment
	if c.ivLen > 0 {
		if len(fragment) < c.ivLen {
			return nil, false
		}
		c.mode.SetIV(fragment[:c.ivLen])
		data = fragment[c.ivLen:]
	}
	if len(data)%c.block != 0 || len(data) < c.mac.size+1 {
		return nil, false
	}
	c.mode.CryptBlocks(data, data)

	n, good := unpad(data, c.mac.size, c.maxPadding, c.checksBytes)
	least := max(0, len(data)-c.mac.size-c.maxPadding)
	want := c.mac.sumSecret(seq, t, data, n, least)
	got := c.received[:c.mac.size]
	extract(got, data, n, least)
	if subtle.ConstantTimeCompare(want, got)&good != 1 {
		return nil, false
	}
	return data[:n], true
}

// overhead is that of the longest padding.
func (c *cbcOpening) overhead() int { return c.ivLen + c.mac.size + c.maxPadding }

var errNoRandom = errors.New("record: no random source for explicit IVs")

func (c *cbcSealing) seal(random io.Reader, seq uint64, t wire.ContentType, dst, payload []byte) ([]byte, error) {
	if c.ivLen > 0 {
		if random == nil {
			return dst, errNoRandom
		}
		iv := dst[len(dst) : len(dst)+c.ivLen]
		if _, err := io.ReadFull(random, iv); err != nil {
			return dst, fmt.Errorf("record: random bytes for an IV: %w", err)
		}
		c.mode.SetIV(iv)
		dst = dst[:len(dst)+c.ivLen]
	}
	// Whole blocks go straight from payload to dst; what is left of it is put
	// together with MAC and padding.
	whole := len(payload) / c.block * c.block
	end := len(dst) + whole
	out := dst[:end]
	c.mode.CryptBlocks(out[len(dst):], payload[:whole])
	out = append(out, payload[whole:]...)
	out = append(out, c.mac.sum(seq, t, payload)...)
	out = appendPadding(out, c.block-(len(out)-end)%c.block)
	c.mode.CryptBlocks(out[end:], out[end:])
	return out, nil
}

// appendPadding appends n bytes that say how many more there are: as TLS has
// it, and SSL 3.0 allows.
func appendPadding(b []byte, n int) []byte {
	for range n {
		b = append(b, byte(n-1))
	}
	return b
}

func (c *cbcSealing) sealedLen(n int) int {
	n += c.mac.size
	return c.ivLen + n + c.block - n%c.block
}

func (c *cbcSealing) overhead() int { return c.ivLen + c.mac.size + c.block }
