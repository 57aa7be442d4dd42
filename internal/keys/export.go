package keys

import (
	"errors"
	"fmt"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

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
