package diagnose

import (
	"fmt"

	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/wire"
)

// library guesses at the client's TLS library, and says by what.
func library(s *story) (name, grounds string) {
	if h := s.stamped(); h != 0 {
		return "OpenSSL 1.0.1d to 1.0.2", fmt.Sprintf("a second hello in a record whose header says 0x%04x, whatever is negotiated: these versions stamp a hello that they take for their first so", uint16(h))
	}
	first := s.first()
	if first == nil || first.hello == nil {
		return "", ""
	}
	for _, sign := range signs {
		if sign.fits(first.hello) {
			return sign.library, sign.grounds
		}
	}
	return "", ""
}

// stamped is the header version of a reset hello that is not the negotiated one;
// 0: there is none.
func (s *story) stamped() wire.Version {
	for _, h := range s.handshakes {
		if h.second != nil && h.second.Kind == renego.KindReset && h.second.HeaderVersion == wire.VersionTLS10 && s.versionBefore(h) > wire.VersionTLS10 {
			return h.second.HeaderVersion
		}
	}
	for _, h := range s.sealed {
		if h.hello.Header == wire.VersionTLS10 && h.hello.Negotiated > wire.VersionTLS10 {
			return h.hello.Header
		}
	}
	return 0
}

// A sign is something that one library's hellos have and others' have not.
type sign struct {
	library, grounds string
	fits             func(*wire.ClientHello) bool
}

var signs = []sign{
	{
		"OpenSSL 1.0.1 or 1.0.2", "it offers heartbeat and session_ticket, ec_point_formats of all three kinds, and DH and SRP suites beside AES-GCM",
		func(h *wire.ClientHello) bool {
			return hasAll(h, wire.ExtensionHeartbeat, wire.ExtensionSessionTicket) && threeFormats(h) && h.OffersSCSV()
		},
	},
}

func hasAll(h *wire.ClientHello, types ...wire.ExtensionType) bool {
	for _, t := range types {
		if _, present := h.Extension(t); !present {
			return false
		}
	}
	return true
}

func threeFormats(h *wire.ClientHello) bool {
	formats, err := h.PointFormats()
	return err == nil && len(formats) == 3
}
