package replay

import (
	"fmt"
	"strings"

	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/wire"
)

func helloWords(s *Step) string {
	h := s.Hello
	var parts []string
	switch {
	case h.Kind == 0:
		parts = append(parts, firstWords(h))
	case h.Injected:
		parts = append(parts, "ClientHello in clear between records under keys, as somebody on the path may put one there")
	case h.Kind == renego.KindRestart:
		parts = append(parts, "the keys are forgotten: ClientHello in clear (restart)")
	case h.Concluded != "":
		parts = append(parts, fmt.Sprintf("a %s ClientHello inside the connection, concluded and made of the first one", h.Kind))
	default:
		parts = append(parts, fmt.Sprintf("a %s ClientHello inside the connection", h.Kind))
	}
	if h.Kind != 0 {
		parts = append(parts, infoWords(h), "offers "+offerWords(h))
	} else if h.Offers == OfferStranger {
		parts = append(parts, "offers a session that a connection before it gets")
	}
	if len(s.Shapes) > 0 && s.Shapes[0].Header != 0 && !h.Like.SSL2Format {
		parts = append(parts, fmt.Sprintf("record header 0x%04x", uint16(s.Shapes[0].Header)))
	}
	if len(h.Between) > 0 {
		parts = append(parts, "with data between its parts")
	}
	return strings.Join(parts, ", ")
}

func firstWords(h *HelloStep) string {
	if h.Like.SSL2Format {
		return fmt.Sprintf("ClientHello in the format of SSL 2.0, %d bytes as captured but for its challenge", h.Length)
	}
	text := fmt.Sprintf("ClientHello, %d bytes as captured but for its random", h.Length)
	if h.Like.OffersVersion(wire.VersionTLS13) {
		text += " and key shares"
	}
	return text + fmt.Sprintf(": %s, %s, %s%s", newest(h.Like), count(len(h.Like.CipherSuites), "cipher suite"), count(len(h.Like.Extensions), "extension"), nameWords(h.Like))
}

func count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

func newest(h *wire.ClientHello) wire.Version {
	if h.OffersVersion(wire.VersionTLS13) {
		return wire.VersionTLS13
	}
	return h.Version
}

func nameWords(h *wire.ClientHello) string {
	if name, err := h.ServerName(); err == nil && name != "" {
		return ", server_name " + wire.Printable(name)
	}
	return ""
}

// infoWords says what a second hello says of RFC 5746.
func infoWords(h *HelloStep) string {
	info, present, _ := h.Like.RenegotiationInfo()
	scsv := h.Like.OffersSCSV()
	switch {
	case h.Verify && scsv && h.Concluded == "":
		return "renegotiation_info of this connection and the SCSV beside it"
	case h.Verify:
		return "renegotiation_info of this connection"
	case present && len(info) > 0:
		return fmt.Sprintf("renegotiation_info of %d bytes that are not this connection's", len(info))
	case present:
		return "an empty renegotiation_info"
	case scsv:
		return "the SCSV, no renegotiation_info"
	}
	return "neither the SCSV nor renegotiation_info"
}

func offerWords(h *HelloStep) string {
	switch h.Offers {
	case OfferInUse:
		return "the session in use"
	case OfferStranger:
		return "a session that the connection does not know"
	}
	return "no session"
}
