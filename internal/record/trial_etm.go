package record

import (
	"bytes"
	"crypto/cipher"
	"crypto/subtle"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// NewEncryptThenMACTrial opens CBC records whose MAC is over what is encrypted
// (RFC 7366), which other servers negotiate and ours does not.
func NewEncryptThenMACTrial(v wire.Version, s *suite.Suite, mac, key, iv []byte) (*Trial, error) {
	if err := checkParameters(v, s, mac, key, iv); err != nil {
		return nil, err
	}
	c, err := newCBC(v, s, mac, key, iv, cipher.NewCBCDecrypter)
	if err != nil {
		return nil, err
	}
	return newTrial(v, &Opener{protection: &thenMACOpening{c}}, iv), nil
}

// thenMACOpening looks at the MAC first, so that nothing needs to be hidden from
// whoever measures time.
type thenMACOpening struct{ cbc }

func (c *thenMACOpening) open(seq uint64, t wire.ContentType, fragment []byte) ([]byte, bool) {
	end := len(fragment) - c.mac.size
	if end < c.ivLen+c.block || (end-c.ivLen)%c.block != 0 {
		return nil, false
	}
	if subtle.ConstantTimeCompare(c.mac.sum(seq, t, fragment[:end]), fragment[end:]) != 1 {
		return nil, false
	}
	if c.ivLen > 0 {
		c.mode.SetIV(fragment[:c.ivLen])
	}
	data := fragment[c.ivLen:end]
	c.mode.CryptBlocks(data, data)
	padding := int(data[len(data)-1])
	if padding >= len(data) {
		return nil, false
	}
	content, rest := data[:len(data)-padding-1], data[len(data)-padding-1:]
	return content, bytes.Count(rest, []byte{byte(padding)}) == len(rest)
}

func (c *thenMACOpening) overhead() int { return c.ivLen + c.mac.size + maxTLSPadding }
