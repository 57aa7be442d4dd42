package starttls

import (
	"encoding/binary"

	"github.com/parley-tls/parley/internal/trace"
)

// A postgres follows PostgreSQL's protocol, section "Message Flow: SSL Session
// Encryption": the client sends a request of eight bytes, the server one byte.
type postgres struct {
	packet packet // of the client
	code   uint32 // the request that waits for its byte; 0: none
	torn   bool
}

// The codes that stand where a StartupMessage has its version.
const (
	pgCancel = 80877102
	pgSSL    = 80877103
	pgGSS    = 80877104
)

func (*postgres) name() string { return "PostgreSQL" }

func (p *postgres) resting(from trace.Side, _ byte) bool {
	return p.torn || from == trace.Server || p.packet.resting()
}

func (p *postgres) tear(trace.Side) { p.torn = true }

func (p *postgres) take(from trace.Side, b []byte, at trace.Place) (int, effect) {
	if p.torn {
		return 0, effect{what: ends, why: "bytes of the dialogue are missing in the capture"}
	}
	if from == trace.Server {
		at.Length = 1
		return 1, p.answer(b[0], at)
	}
	n, whole := p.packet.take(b, at, pgSize)
	if !whole {
		return n, effect{}
	}
	return n, p.request()
}

func pgSize(kept []byte) (int64, bool) {
	if len(kept) < 4 {
		return 0, false
	}
	return int64(binary.BigEndian.Uint32(kept)), true
}

func (p *postgres) request() effect {
	if len(p.packet.kept) < 8 {
		return effect{what: foreign, why: "binary"}
	}
	p.code = binary.BigEndian.Uint32(p.packet.kept[4:])
	switch p.code {
	case pgSSL:
		return effect{what: asks, place: p.packet.place}
	case pgGSS:
		return effect{}
	case pgCancel:
		return effect{what: ends, why: "the client asked to cancel a query, in clear"}
	}
	return effect{what: ends, why: "the client went on in clear with its StartupMessage"}
}

func (p *postgres) answer(b byte, at trace.Place) effect {
	code := p.code
	p.code = 0
	switch {
	case code == pgSSL && b == 'S':
		return effect{what: agrees, place: at}
	case code == pgSSL && b == 'N':
		return effect{what: refuses, place: at, why: "the server answered SSLRequest with N: TLS is off, or it was built without"}
	case code == pgGSS && b == 'N':
		return effect{}
	case code == pgGSS && b == 'G':
		return effect{what: ends, place: at, why: "the two agreed on GSSAPI encryption instead"}
	case code != 0 && b == 'E':
		return effect{what: ends, place: at, why: "the server answered the request with an ErrorResponse"}
	}
	return effect{what: ends, place: at, why: "the server answered with something else than S or N"}
}

func (p *postgres) why() string {
	switch p.code {
	case pgSSL:
		return "the server did not answer SSLRequest"
	case pgGSS:
		return "the server did not answer GSSENCRequest"
	}
	return "the client did not ask for TLS"
}
