package keys

import (
	"fmt"
	"log/slog"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// A Block is the keys of one epoch, both directions, each of the length that
// suite and version ask for; what they do not ask for is empty. A Block hides
// itself when printed, but fmt does not ask what lies in an unexported field, nor
// behind a pointer there if the verb is a wrong one: do not keep a Block, hand its
// parts on to the record layer. To keep what it comes from, keep the Secret.
type Block struct {
	ClientMAC, ServerMAC []byte
	ClientKey, ServerKey []byte
	ClientIV, ServerIV   []byte
}

// KeyBlock cuts the keys of a new epoch out of the master secret (RFC 5246,
// section 6.3; RFC 6101, section 6.2.2).
func KeyBlock(v wire.Version, s *suite.Suite, master Secret, clientRandom, serverRandom *[32]byte) Block {
	mac, key, iv := s.MACLen(), s.KeyLen(), ivLen(v, s)
	rest := make([]byte, 2*(mac+key+iv))

	// Here the server's random comes first, the other way round than above.
	if v == wire.VersionSSL30 {
		ssl3Expand(rest, master.raw(), serverRandom, clientRandom)
	} else {
		prf(rest, prfHash(v, s), master.raw(), "key expansion", serverRandom[:], clientRandom[:])
	}

	cut := func(n int) []byte {
		part := rest[:n:n]
		rest = rest[n:]
		return part
	}
	var b Block
	b.ClientMAC, b.ServerMAC = cut(mac), cut(mac)
	b.ClientKey, b.ServerKey = cut(key), cut(key)
	b.ClientIV, b.ServerIV = cut(iv), cut(iv)
	return b
}

// ivLen is how much IV the key block holds for each side. From TLS 1.1 on a CBC
// record brings its own (RFC 4346, section 6.3).
func ivLen(v wire.Version, s *suite.Suite) int {
	if s.IsCBC() && v >= wire.VersionTLS11 {
		return 0
	}
	return s.IVLen()
}

// String shows nothing of the keys.
func (b Block) String() string { return hidden }

// GoString shows nothing of the keys.
func (b Block) GoString() string { return hidden }

// Format shows nothing of the keys, whatever the verb.
func (b Block) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

// LogValue shows nothing of the keys.
func (b Block) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText shows nothing of the keys; encoding/json and encoding/xml use it.
func (b Block) MarshalText() ([]byte, error) { return []byte(hidden), nil }
