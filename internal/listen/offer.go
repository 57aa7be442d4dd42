package listen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// How many values a row names; of longer lists it names the first and counts the
// rest.
const (
	longList   = 6
	extensible = 30 // of extensions: their order tells the library
)

// offer is what a first hello offers, a row for each thing that counts.
func offer(h *wire.ClientHello) [][]string {
	rows := [][]string{{"version", versions(h)}}
	add := func(name string, values []string) {
		if len(values) > 0 {
			rows = append(rows, []string{name, listed(values, longList)})
		}
	}
	on, off, others := suites(h)
	add("suites that are on", on)
	add("suites off by default", off)
	add("suites not in Parley", others)
	groups, _ := h.Groups()
	add("curves", names(groups))
	schemes, _ := h.SignatureSchemes()
	add("signatures", names(schemes))
	if name, _ := h.ServerName(); name != "" {
		add("server_name", []string{wire.Printable(name)})
	}
	protocols, _ := h.ALPN()
	for i, p := range protocols {
		protocols[i] = wire.Printable(p)
	}
	add("ALPN", protocols)
	rows = append(rows, []string{"renegotiation", renegotiation(h)}, []string{"session", session(h)})
	if compresses(h) {
		add("compression", []string{"offered; Parley never compresses (CRIME)"})
	}
	rows = append(rows, []string{"extensions", listed(extensions(h), extensible)})
	_, ja3 := h.JA3()
	return append(rows, []string{"JA3", ja3}, []string{"JA4", h.JA4()})
}

func listed(values []string, most int) string {
	if len(values) > most {
		return fmt.Sprintf("%s, and %d more", strings.Join(values[:most], ", "), len(values)-most)
	}
	return strings.Join(values, ", ")
}

// versions tells the versions that a hello offers and how it says so.
func versions(h *wire.ClientHello) string {
	text := "up to " + h.Version.String()
	if list, _ := h.Versions(); len(list) > 0 {
		text = strings.Join(names(list), ", ")
	}
	if h.SSL2Format {
		text += ", in a hello of SSL 2.0's format"
	}
	return text
}

// suites tells apart those of a hello that parley serve has on, those that it has
// off by default, and those that it has not. Signals are none.
func suites(h *wire.ClientHello) (on, off, others []string) {
	for _, id := range h.CipherSuites {
		switch s := suite.ByID(id); {
		case id.IsGREASE(), id == wire.SuiteEmptyRenegotiationInfoSCSV, id == wire.SuiteFallbackSCSV:
		case s != nil && s.Weak != "":
			off = append(off, id.String())
		case s != nil, id >= wire.TLS_AES_128_GCM_SHA256 && id <= wire.TLS_CHACHA20_POLY1305_SHA256:
			on = append(on, id.String())
		default:
			others = append(others, id.String())
		}
	}
	for _, spec := range h.SSL2CipherSpecs {
		if _, ok := spec.Suite(); !ok {
			others = append(others, spec.String())
		}
	}
	return on, off, others
}

func renegotiation(h *wire.ClientHello) string {
	_, extension, _ := h.RenegotiationInfo()
	switch {
	case extension && h.OffersSCSV():
		return "knows RFC 5746: says so by TLS_EMPTY_RENEGOTIATION_INFO_SCSV and by renegotiation_info"
	case extension:
		return "knows RFC 5746: says so by renegotiation_info"
	case h.OffersSCSV():
		return "knows RFC 5746: says so by TLS_EMPTY_RENEGOTIATION_INFO_SCSV"
	}
	return "does not know RFC 5746: the library is from before 2010"
}

func session(h *wire.ClientHello) string {
	ticket, asks := h.SessionTicket()
	_, psk := h.Extension(wire.ExtensionPreSharedKey)
	switch {
	case psk:
		return "offers one to resume, as TLS 1.3 does"
	case len(ticket) > 0:
		return "offers one to resume, by ticket"
	case len(h.SessionID) > 0 && !h.OffersVersion(wire.VersionTLS13):
		// In TLS 1.3 it means nothing (RFC 8446, appendix D.4).
		return "offers one to resume, by session id"
	case asks:
		return "none; takes tickets"
	}
	return "none"
}

func extensions(h *wire.ClientHello) []string {
	if len(h.Extensions) == 0 {
		return []string{"none"}
	}
	var list []string
	for _, e := range h.Extensions {
		if !e.Type.IsGREASE() {
			list = append(list, e.Type.String())
		}
	}
	return list
}

func compresses(h *wire.ClientHello) bool {
	return slices.ContainsFunc(h.CompressionMethods, func(m uint8) bool { return m != 0 })
}

// names spells values, without those of RFC 8701.
func names[T interface {
	fmt.Stringer
	IsGREASE() bool
}](values []T) []string {
	var list []string
	for _, v := range values {
		if !v.IsGREASE() {
			list = append(list, v.String())
		}
	}
	return list
}
