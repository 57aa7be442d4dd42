// Package suite is the table of the cipher suites that Parley speaks.
package suite

import (
	"crypto"

	"github.com/parley-tls/parley/internal/wire"
)

// A KeyExchange says how the premaster secret comes to be.
type KeyExchange uint8

// The key exchanges of the table.
const (
	KeyExchangeRSA   KeyExchange = iota + 1 // RFC 5246, section 7.4.7.1
	KeyExchangeECDHE                        // RFC 8422, section 2
)

// An Authentication says what kind of key the server's certificate must hold.
type Authentication uint8

// The kinds of certificate key.
const (
	AuthRSA Authentication = iota + 1
	AuthECDSA
)

// A Cipher is what encrypts records.
type Cipher uint8

// The ciphers of the table.
const (
	CipherRC4 Cipher = iota + 1
	Cipher3DESCBC
	CipherAES128CBC
	CipherAES256CBC
	CipherAES128GCM
	CipherAES256GCM
	CipherChaCha20Poly1305
)

// A MAC is the hash under a record's HMAC (in SSL 3.0, its forerunner).
type MAC uint8

// The record MACs of the table.
const (
	MACNone MAC = iota // the cipher authenticates by itself
	MACSHA1
	MACSHA256
	MACSHA384
)

// A Suite is one line of the table. Nobody changes one.
type Suite struct {
	ID wire.SuiteID
	KeyExchange
	Authentication
	Cipher
	MAC

	// Hash is the hash of the PRF and of Finished in TLS 1.2: crypto.SHA256 or
	// crypto.SHA384. Earlier versions do not ask the suite.
	Hash crypto.Hash

	// MinVersion is the earliest version in which the suite may be chosen.
	MinVersion wire.Version

	// Weak says in a few words why the suite is off by default, "" if it is not.
	Weak string
}

// String is the suite's IANA name.
func (s *Suite) String() string { return s.ID.String() }

// KeyLen is the length of each encryption key, in bytes.
func (s *Suite) KeyLen() int { return ciphers[s.Cipher].key }

// MACLen is the length of each MAC key and of each record's MAC, in bytes; 0
// for an AEAD cipher.
func (s *Suite) MACLen() int { return macLens[s.MAC] }

// IVLen is how many bytes of IV each side takes from the key block: of a CBC
// cipher one block, but in SSL 3.0 and TLS 1.0 only, since later versions send
// the IV with the record; of GCM the 4 bytes of salt; of ChaCha20-Poly1305 all
// 12 bytes of the nonce.
func (s *Suite) IVLen() int { return ciphers[s.Cipher].iv }

// BlockLen is the block length of a CBC cipher, 0 for any other.
func (s *Suite) BlockLen() int {
	if s.IsCBC() {
		return ciphers[s.Cipher].iv
	}
	return 0
}

// IsCBC says whether records are padded to whole blocks.
func (s *Suite) IsCBC() bool { return ciphers[s.Cipher].mode == modeCBC }

// IsAEAD says whether the cipher authenticates by itself.
func (s *Suite) IsAEAD() bool { return ciphers[s.Cipher].mode == modeAEAD }

type mode uint8

const (
	modeStream mode = iota + 1
	modeCBC
	modeAEAD
)

// ciphers holds the lengths of RFC 5246, appendix C; RFC 5288, section 3; and
// RFC 7905, section 2.
var ciphers = map[Cipher]struct {
	mode    mode
	key, iv int
}{
	CipherRC4:              {modeStream, 16, 0},
	Cipher3DESCBC:          {modeCBC, 24, 8},
	CipherAES128CBC:        {modeCBC, 16, 16},
	CipherAES256CBC:        {modeCBC, 32, 16},
	CipherAES128GCM:        {modeAEAD, 16, 4},
	CipherAES256GCM:        {modeAEAD, 32, 4},
	CipherChaCha20Poly1305: {modeAEAD, 32, 12},
}

var macLens = map[MAC]int{
	MACNone:   0,
	MACSHA1:   20,
	MACSHA256: 32,
	MACSHA384: 48,
}
