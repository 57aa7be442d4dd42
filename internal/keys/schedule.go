package keys

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// MasterLen is the length of every master secret (RFC 5246, section 8.1).
const MasterLen = 48

// MasterSecret makes the master secret of a session without Extended Master
// Secret (RFC 5246, section 8.1; RFC 6101, section 6.1).
func MasterSecret(v wire.Version, s *suite.Suite, premaster []byte, clientRandom, serverRandom *[32]byte) Secret {
	master := make([]byte, MasterLen)
	if v == wire.VersionSSL30 {
		ssl3Expand(master, premaster, clientRandom, serverRandom)
	} else {
		prf(master, prfHash(v, s), premaster, "master secret", clientRandom[:], serverRandom[:])
	}
	return own(master)
}

// ExtendedMasterSecret makes the master secret of a session with Extended Master
// Secret, which belongs to the handshake that sessionHash was taken of (RFC 7627,
// section 4). SSL 3.0 has no extensions and so never negotiates it: asking for it
// there panics.
func ExtendedMasterSecret(v wire.Version, s *suite.Suite, premaster, sessionHash []byte) Secret {
	if v == wire.VersionSSL30 {
		panic("keys: SSL 3.0 has no extended master secret")
	}
	master := make([]byte, MasterLen)
	prf(master, prfHash(v, s), premaster, "extended master secret", sessionHash)
	return own(master)
}

// A Block is the keys of one epoch, both directions, each of the length that
// suite and version ask for; what they do not ask for is empty. A Block hides
// itself when printed, but fmt cannot ask it to from inside an unexported field:
// hand it on, or keep a pointer to it.
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

// MaxExport is how much ExportKeyingMaterial gives at most.
const MaxExport = 1 << 16

// ownLabels are the PRF's labels that TLS itself uses. RFC 5705, section 4
// forbids them to an exporter: it would give away the keys of the connection.
var ownLabels = map[string]bool{
	"client finished":        true,
	"server finished":        true,
	"master secret":          true,
	"extended master secret": true,
	"key expansion":          true,
}

// ExportKeyingMaterial gives n bytes that only the two peers of the session can
// compute (RFC 5705, section 4). A nil context is no context, which gives other
// bytes than an empty one. Whether the session may export at all (RFC 7627,
// section 5.4) is the caller's to know. The error tells of a label of TLS's own,
// too long a context, an n out of range, or SSL 3.0, which has no exporter.
func ExportKeyingMaterial(v wire.Version, s *suite.Suite, master Secret, clientRandom, serverRandom *[32]byte, label string, context []byte, n int) ([]byte, error) {
	switch {
	case v == wire.VersionSSL30:
		return nil, errors.New("SSL 3.0 has no exporter")
	case ownLabels[label]:
		return nil, fmt.Errorf("exporter label %q is one of TLS's own", label)
	case len(context) > 0xffff:
		return nil, fmt.Errorf("exporter context of %d bytes is longer than 65535", len(context))
	case n < 0 || n > MaxExport:
		return nil, fmt.Errorf("exporter length %d is not within 0 to %d", n, MaxExport)
	}
	var length []byte
	if context != nil {
		length = []byte{byte(len(context) >> 8), byte(len(context))}
	}
	out := make([]byte, n)
	prf(out, prfHash(v, s), master.raw(), label, clientRandom[:], serverRandom[:], length, context)
	return out, nil
}
