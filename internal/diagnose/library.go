package diagnose

import (
	"fmt"
	"slices"

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
	l := lookOf(first.hello)
	for _, sign := range signs {
		if sign.fits(l) {
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
	fits             func(look) bool
}

// signs are in the order in which they are looked for. Those of OpenSSL 1.0.1 and
// 3.0, GnuTLS 3.7 and Java 17 are of hellos that were measured, the others of
// what is known of the libraries' code.
var signs = []sign{
	{"BoringSSL (Chrome and its kin)", "reserved values (RFC 8701) among its suites", func(l look) bool {
		return slices.ContainsFunc(l.hello.CipherSuites, wire.SuiteID.IsGREASE)
	}},
	{"Schannel of Windows XP", "no extensions, and its suites begin as Windows XP has them, RC4 and 56-bit export suites among them", func(l look) bool {
		return len(l.hello.Extensions) <= 1 && l.suites(0x0004, 0x0005, 0x000a, 0x0009, 0x0064, 0x0062)
	}},
	{"OpenSSL 1.1.1 or 3", "ec_point_formats of all three kinds before supported_groups, encrypt_then_mac and extended_master_secret, and TLS 1.3", func(l look) bool {
		return l.openSSL() && l.has(22, 23, 43, 51)
	}},
	{"OpenSSL 1.1.0 or later", "ec_point_formats of all three kinds before supported_groups, encrypt_then_mac and extended_master_secret", func(l look) bool {
		return l.openSSL() && l.has(22, 23)
	}},
	{"OpenSSL 1.0.1 or 1.0.2", "ec_point_formats of all three kinds before supported_groups, signature_algorithms, and neither encrypt_then_mac nor extended_master_secret", func(l look) bool {
		return l.openSSL() && l.has(13)
	}},
	{"OpenSSL 1.0.0 to 1.0.2", "ec_point_formats of all three kinds before supported_groups, and none of the later extensions", look.openSSL},
	{"GnuTLS 3.6 or later", "its extensions begin with status_request, supported_groups, ec_point_formats, signature_algorithms, encrypt_then_mac, extended_master_secret", func(l look) bool {
		return l.begins(5, 10, 11, 13, 22, 23)
	}},
	{"Java (JSSE) since 2018", "status_request_v2, and TLS_EMPTY_RENEGOTIATION_INFO_SCSV among its suites", func(l look) bool {
		return l.begins(5, 10, 11, 17) && l.hello.OffersSCSV()
	}},
	{"Java 6 to 8 (JSSE)", "its extensions begin with supported_groups and ec_point_formats, there is no session_ticket, and TLS_EMPTY_RENEGOTIATION_INFO_SCSV is among its suites", func(l look) bool {
		return l.begins(10, 11) && !l.has(35) && l.hello.OffersSCSV()
	}},
	{"Mbed TLS 2 or PolarSSL", "its extensions begin with signature_algorithms, supported_groups, ec_point_formats, and TLS_EMPTY_RENEGOTIATION_INFO_SCSV is among its suites", func(l look) bool {
		return l.begins(13, 10, 11) && l.hello.OffersSCSV()
	}},
	{"Go crypto/tls", "the order of its extensions: ec_point_formats, renegotiation_info, extended_master_secret, signed_certificate_timestamp; or, before Go 1.21, renegotiation_info between signature_algorithms and signed_certificate_timestamp", func(l look) bool {
		return l.inOrder(11, 0xff01, 23, 18, 10) || l.inOrder(5, 10, 11, 13, 0xff01, 18)
	}},
	{"NSS (Firefox and its kin)", "renegotiation_info right before supported_groups, ec_point_formats and session_ticket", func(l look) bool {
		return l.inOrder(0xff01, 10, 11, 35)
	}},
}

// A look is a hello as signs see it: its extensions in order, but for
// server_name, which the program adds and not the library.
type look struct {
	hello *wire.ClientHello
	types []wire.ExtensionType
}

func lookOf(h *wire.ClientHello) look {
	l := look{hello: h}
	for _, e := range h.Extensions {
		if e.Type != wire.ExtensionServerName {
			l.types = append(l.types, e.Type)
		}
	}
	return l
}

func (l look) has(types ...wire.ExtensionType) bool {
	for _, t := range types {
		if !slices.Contains(l.types, t) {
			return false
		}
	}
	return true
}

func (l look) begins(types ...wire.ExtensionType) bool {
	return len(l.types) >= len(types) && slices.Equal(l.types[:len(types)], types)
}

// inOrder reports whether these extensions are there, in this order, with or
// without others between them.
func (l look) inOrder(types ...wire.ExtensionType) bool {
	for _, t := range l.types {
		if len(types) > 0 && t == types[0] {
			types = types[1:]
		}
	}
	return len(types) == 0
}

func (l look) suites(ids ...wire.SuiteID) bool {
	return len(l.hello.CipherSuites) >= len(ids) && slices.Equal(l.hello.CipherSuites[:len(ids)], ids)
}

func (l look) openSSL() bool {
	formats, err := l.hello.PointFormats()
	return err == nil && len(formats) == 3 && l.begins(11, 10) && l.hello.OffersSCSV()
}
