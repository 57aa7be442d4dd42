package starttls

import (
	"bytes"
	"encoding/binary"

	"github.com/parley-tls/parley/internal/trace"
)

// A mysql follows MySQL's connection phase: the server greets and says whether it
// can do TLS (CLIENT_SSL); a client that wants it sends the beginning of its
// answer as an SSLRequest, and TLS at once behind it.
type mysql struct {
	greeting, response packet
	greeted            bool
	offer              offer
	torn               bool
}

const mysqlClientSSL = 0x0800

func (*mysql) name() string { return "MySQL" }

// resting is never so: a length may begin with any byte.
func (*mysql) resting(trace.Side, byte) bool { return false }

func (m *mysql) tear(trace.Side) { m.torn = true }

func (m *mysql) take(from trace.Side, b []byte, at trace.Place) (int, effect) {
	if m.torn {
		return 0, effect{what: ends, why: "bytes of the dialogue are missing in the capture"}
	}
	if from == trace.Server {
		n, whole := m.greeting.take(b, at, mysqlSize)
		if !whole {
			return n, effect{}
		}
		return n, m.greet()
	}
	n, whole := m.response.take(b, at, mysqlSize)
	if !whole {
		return n, effect{}
	}
	return n, m.respond()
}

func mysqlSize(kept []byte) (int64, bool) {
	if len(kept) < 4 {
		return 0, false
	}
	return 4 + (int64(kept[0]) | int64(kept[1])<<8 | int64(kept[2])<<16), true
}

func (m *mysql) greet() effect {
	body := m.greeting.kept[min(4, len(m.greeting.kept)):]
	if m.greeted || len(body) == 0 || body[0] != 10 {
		return effect{what: ends, why: "the server answered with an error instead of beginning TLS"}
	}
	m.greeted, m.offer.listed = true, true
	_, rest, found := bytes.Cut(body[1:], []byte{0}) // behind the server's version
	const flags = 4 + 8 + 1                          // thread id, half of the scramble, a zero
	if found && len(rest) >= flags+2 {
		m.offer.made = binary.LittleEndian.Uint16(rest[flags:])&mysqlClientSSL != 0
	}
	return effect{}
}

func (m *mysql) respond() effect {
	body := m.response.kept[min(4, len(m.response.kept)):]
	if len(body) < 4 {
		return effect{what: foreign, why: "binary"}
	}
	if binary.LittleEndian.Uint16(body)&mysqlClientSSL != 0 && len(body) <= 32 {
		return effect{what: commits, place: m.response.place}
	}
	return effect{what: ends, why: m.why()}
}

func (m *mysql) why() string { return m.offer.why(false) }
