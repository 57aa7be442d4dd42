// Package disguise replaces what identifies somebody in a capture by invented values
// of the same length: the same value by the same one throughout a run, and nothing by
// what anybody owns. It keeps what was replaced, so that a search can prove that none
// of it is left.
package disguise

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"net/netip"
)

// Options say what a Disguise does beside what it always does.
type Options struct {
	PrefixPreserving bool // addresses that share a prefix share one of the same length afterwards
	Ports            bool // ports are replaced, those of well-known services excepted
	KeepHTTPShape    bool // of application data: methods, states, names and sizes of header fields
}

// A Disguise replaces values. It is not safe for concurrent use.
//
// What replaces a value is computed from the value under a key that is drawn at the
// beginning, so that no table grows with the capture; tables of bounded size keep
// short names from falling together and give addresses in their order.
type Disguise struct {
	options Options
	key     [32]byte
	prefix  *prefixes

	labels, tails *injection
	addresses     map[netip.Addr]netip.Addr
	cards         map[[6]byte][6]byte
	given         [2]uint64 // addresses given of IPv4 and IPv6
	local         uint64    // link-local addresses given
	ports         []uint16  // nil until one is asked for

	keys         *keyRing
	certificates map[[sha256.Size]byte]*Certificate

	replaced replaced
	remarks  map[string]int
}

// New makes a Disguise whose key comes from random.
func New(random io.Reader, o Options) (*Disguise, error) {
	d := &Disguise{
		options:      o,
		labels:       newInjection(),
		tails:        newInjection(),
		addresses:    map[netip.Addr]netip.Addr{},
		cards:        map[[6]byte][6]byte{},
		certificates: map[[sha256.Size]byte]*Certificate{},
		remarks:      map[string]int{},
	}
	if _, err := io.ReadFull(random, d.key[:]); err != nil {
		return nil, fmt.Errorf("a key to disguise with: %w", err)
	}
	seed := d.stream("prefixes", nil)
	var key [32]byte
	seed.read(key[:])
	d.prefix = newPrefixes(key)
	d.keys = newKeyRing(d)
	return d, nil
}

// A stream is an endless row of bytes that looks random and depends on a key, on what
// it is for, and on a value.
type stream struct {
	cipher cipher.Stream
}

func (d *Disguise) stream(purpose string, value []byte) stream {
	mac := hmac.New(sha256.New, d.key[:])
	mac.Write([]byte{byte(len(purpose))})
	mac.Write([]byte(purpose))
	mac.Write(value)
	block, err := aes.NewCipher(mac.Sum(nil))
	if err != nil {
		panic(err) // 32 bytes are a key of AES
	}
	return stream{cipher.NewCTR(block, make([]byte, aes.BlockSize))}
}

// read fills b, whatever was in it.
func (s stream) read(b []byte) {
	clear(b)
	s.cipher.XORKeyStream(b, b)
}

// below gives a number of 0 up to n, without n. The bias of a remainder of 64 bits is
// too small to matter here.
func (s stream) below(n int) int {
	var b [8]byte
	s.read(b[:])
	return int(binary.BigEndian.Uint64(b[:]) % uint64(n))
}

// noise is as many bytes that look random as value has.
func (d *Disguise) noise(purpose string, value []byte) []byte {
	out := make([]byte, len(value))
	d.stream(purpose, value).read(out)
	return out
}

// remark counts something that a user may want to know.
func (d *Disguise) remark(what string) { d.remarks[what]++ }

// Remarks tell what could not be done as it should be, and how often.
func (d *Disguise) Remarks() map[string]int { return d.remarks }
