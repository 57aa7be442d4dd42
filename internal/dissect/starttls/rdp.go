package starttls

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/parley-tls/parley/internal/trace"
)

// An rdp follows the negotiation of MS-RDPBCGR, sections 2.2.1.1 and 2.2.1.2: an
// X.224 Connection Request that lists protocols, and a Confirm that selects one.
type rdp struct {
	request, confirm packet
	asked            bool
	torn             bool
}

func (*rdp) name() string { return "RDP" }

func (r *rdp) resting(from trace.Side, _ byte) bool {
	if from == trace.Server {
		return r.torn || r.confirm.resting()
	}
	return r.torn || r.request.resting()
}

func (r *rdp) tear(trace.Side) { r.torn = true }

func (r *rdp) take(from trace.Side, b []byte, at trace.Place) (int, effect) {
	if r.torn {
		return 0, effect{what: ends, why: "bytes of the dialogue are missing in the capture"}
	}
	if from == trace.Server {
		n, whole := r.confirm.take(b, at, tpktSize)
		if !whole {
			return n, effect{}
		}
		return n, r.selected()
	}
	n, whole := r.request.take(b, at, tpktSize)
	if !whole {
		return n, effect{}
	}
	return n, r.requested()
}

// tpktSize reads the header of RFC 1006, section 6.
func tpktSize(kept []byte) (int64, bool) {
	if len(kept) < 4 {
		return 0, false
	}
	return int64(binary.BigEndian.Uint16(kept[2:])), true
}

// x224Fixed is how long TPKT and the fixed part of X.224 are.
const x224Fixed = 4 + 7

func (r *rdp) requested() effect {
	kept := r.request.kept
	if r.asked || len(kept) < x224Fixed || kept[5] != 0xE0 {
		return effect{what: ends, why: "the client went on without TLS"}
	}
	rest := kept[x224Fixed:]
	if i := bytes.Index(rest, []byte("\r\n")); i >= 0 && bytes.HasPrefix(rest, []byte("Cookie:")) {
		rest = rest[i+2:]
	}
	const negotiationRequest = 1
	if len(rest) < 8 || rest[0] != negotiationRequest || binary.LittleEndian.Uint32(rest[4:]) == 0 {
		return effect{what: ends, why: "the client asked for standard RDP security, not for TLS"}
	}
	r.asked = true
	return effect{what: asks, place: r.request.place}
}

func (r *rdp) selected() effect {
	kept := r.confirm.kept
	const negotiationResponse, negotiationFailure = 2, 3
	if len(kept) < x224Fixed+8 {
		return effect{what: ends, place: r.confirm.place, why: "the server knows no negotiation: it speaks standard RDP security only"}
	}
	rest := kept[x224Fixed:]
	value := binary.LittleEndian.Uint32(rest[4:])
	switch {
	case rest[0] == negotiationResponse && value != 0:
		return effect{what: agrees, place: r.confirm.place}
	case rest[0] == negotiationResponse:
		return effect{what: ends, place: r.confirm.place, why: "the server selected standard RDP security, not TLS"}
	case rest[0] == negotiationFailure:
		return effect{what: ends, place: r.confirm.place, why: rdpFailure(value)}
	}
	return effect{what: ends, place: r.confirm.place, why: "the server's answer to the negotiation cannot be read"}
}

func rdpFailure(code uint32) string {
	names := [...]string{
		1: "SSL_REQUIRED_BY_SERVER", 2: "SSL_NOT_ALLOWED_BY_SERVER", 3: "SSL_CERT_NOT_ON_SERVER",
		4: "INCONSISTENT_FLAGS", 5: "HYBRID_REQUIRED_BY_SERVER", 6: "SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER",
	}
	if code == 0 || code >= uint32(len(names)) {
		return fmt.Sprintf("the server refused the negotiation with code %d", code)
	}
	return "the server refused the negotiation with " + names[code]
}

func (r *rdp) why() string { return offer{}.why(r.asked) }
