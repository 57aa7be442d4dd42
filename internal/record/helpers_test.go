package record

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"math/rand/v2"
	"testing"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// A protection is one way of protecting records, with fixed keys.
type protection struct {
	version wire.Version
	suite   *suite.Suite
	mac     []byte
	key     []byte
	iv      []byte
}

func (p protection) String() string {
	return fmt.Sprintf("%v %v", p.version, p.suite.ID)
}

// protections lists every cipher and MAC in every version it goes with.
func protections() []protection {
	type kind struct {
		cipher suite.Cipher
		mac    suite.MAC
		v      wire.Version
	}
	seen := map[kind]bool{}
	var all []protection
	for _, s := range suite.All() {
		for v := s.MinVersion; v <= wire.VersionTLS12; v++ {
			if k := (kind{s.Cipher, s.MAC, v}); !seen[k] {
				seen[k] = true
				all = append(all, protection{v, s, letters('m', s.MACLen()), letters('k', s.KeyLen()), letters('i', s.IVLen())})
			}
		}
	}
	return all
}

func cbcProtections() []protection {
	var cbc []protection
	for _, p := range protections() {
		if p.suite.IsCBC() {
			cbc = append(cbc, p)
		}
	}
	return cbc
}

// find is the first protection with this cipher in this version.
func find(t testing.TB, v wire.Version, c suite.Cipher) protection {
	t.Helper()
	for _, p := range protections() {
		if p.version == v && p.suite.Cipher == c {
			return p
		}
	}
	t.Fatalf("no suite with cipher %d in %v", c, v)
	return protection{}
}

// letters are n bytes that differ from their neighbours.
func letters(first byte, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = first + byte(i)
	}
	return b
}

func (p protection) opener(t testing.TB) *Opener {
	t.Helper()
	o, err := NewOpener(p.version, p.suite, p.mac, p.key, p.iv)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func (p protection) sealer(t testing.TB) *Sealer {
	t.Helper()
	s, err := NewSealer(p.version, p.suite, p.mac, p.key, p.iv)
	if err != nil {
		t.Fatal(err)
	}
	s.SetRandom(rand.NewChaCha8([32]byte{1}))
	return s
}

// records cuts b into records.
func records(t testing.TB, b []byte) [][]byte {
	t.Helper()
	var all [][]byte
	for len(b) > 0 {
		_, rec, ok, err := Next(b)
		if !ok || err != nil {
			t.Fatalf("%d bytes are left that are no record: %v", len(b), err)
		}
		all = append(all, rec)
		b = b[len(rec):]
	}
	return all
}

// openAll opens each record of b and joins what they hold.
func openAll(t testing.TB, o *Opener, b []byte) []byte {
	t.Helper()
	var all []byte
	for _, rec := range records(t, b) {
		plaintext, err := o.Open(rec)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, plaintext...)
	}
	return all
}

func wantAlert(t testing.TB, err error, want wire.Alert) {
	t.Helper()
	var fault *wire.Fault
	if !errors.As(err, &fault) {
		t.Fatalf("got %v, want a fault with %v", err, want)
	}
	if fault.Alert != want {
		t.Fatalf("got %v, want %v", fault.Alert, want)
	}
}

// enclose encrypts data, whole blocks, as a CBC record that p's first Open
// meets: whatever data is.
func (p protection) enclose(t testing.TB, typ wire.ContentType, data []byte) []byte {
	t.Helper()
	c, err := newCBCSealing(p.version, p.suite, p.mac, p.key, p.iv)
	if err != nil {
		t.Fatal(err)
	}
	iv := letters('v', c.ivLen)
	if c.ivLen > 0 {
		c.mode.SetIV(iv)
	}
	rec := wire.RecordHeader{Type: typ, Version: p.version, Length: len(iv) + len(data)}.Append(nil)
	rec = append(append(rec, iv...), data...)
	body := rec[len(rec)-len(data):]
	c.mode.CryptBlocks(body, body)
	return rec
}

// plainMAC is the record MAC by the letter of the RFCs, with the standard
// library's HMAC.
func (p protection) plainMAC(seq uint64, t wire.ContentType, content []byte) []byte {
	newHash := map[suite.MAC]func() hash.Hash{
		suite.MACSHA1: sha1.New, suite.MACSHA256: sha256.New, suite.MACSHA384: sha512.New384,
	}[p.suite.MAC]
	header := binary.BigEndian.AppendUint64(nil, seq)
	header = append(header, byte(t))
	if p.version == wire.VersionSSL30 {
		header = binary.BigEndian.AppendUint16(header, uint16(len(content)))
		inner, outer := newHash(), newHash()
		inner.Write(p.mac)
		inner.Write(bytes.Repeat([]byte{0x36}, 40))
		inner.Write(header)
		inner.Write(content)
		outer.Write(p.mac)
		outer.Write(bytes.Repeat([]byte{0x5c}, 40))
		outer.Write(inner.Sum(nil))
		return outer.Sum(nil)
	}
	header = binary.BigEndian.AppendUint16(header, uint16(p.version))
	header = binary.BigEndian.AppendUint16(header, uint16(len(content)))
	m := hmac.New(newHash, p.mac)
	m.Write(header)
	m.Write(content)
	return m.Sum(nil)
}
