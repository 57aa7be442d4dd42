package renego_test

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/wire"
)

var (
	clientVerify = []byte("client-verif")
	serverVerify = []byte("server-verif")
	sessionID    = bytes.Repeat([]byte{0xa1}, 32)
	ticket       = []byte("the ticket that this connection gave")
)

const sessionSuite = wire.TLS_RSA_WITH_AES_128_CBC_SHA

// A change makes another hello of one.
type change func(*wire.ClientHello)

func hello(changes ...change) *wire.ClientHello {
	h := &wire.ClientHello{
		Version:      wire.VersionTLS12,
		CipherSuites: []wire.SuiteID{sessionSuite, wire.TLS_RSA_WITH_AES_256_CBC_SHA}, CompressionMethods: []uint8{0},
		HasExtensions: true,
		Extensions:    []wire.Extension{wire.ServerNameExtension("a.test"), wire.SessionTicketExtension(nil)},
	}
	for _, c := range changes {
		c(h)
	}
	return h
}

func scsv(h *wire.ClientHello) {
	h.CipherSuites = append(slices.Clone(h.CipherSuites), wire.SuiteEmptyRenegotiationInfoSCSV)
}

func extension(e wire.Extension) change {
	return func(h *wire.ClientHello) {
		h.Extensions = slices.DeleteFunc(slices.Clone(h.Extensions), func(old wire.Extension) bool { return old.Type == e.Type })
		h.Extensions = append(h.Extensions, e)
	}
}

func info(data []byte) change { return extension(wire.RenegotiationInfoExtension(data)) }

func malformedInfo(data ...byte) change {
	return extension(wire.Extension{Type: wire.ExtensionRenegotiationInfo, Data: data})
}

func versions(v ...wire.Version) change { return extension(wire.SupportedVersionsExtension(v)) }

func offersID(h *wire.ClientHello) { h.SessionID = sessionID }

func offersTicket(h *wire.ClientHello) {
	extension(wire.SessionTicketExtension(ticket))(h)
}

// connection is one that a client began with the first hello given.
func connection(v wire.Version, first *wire.ClientHello) renego.Connection {
	return renego.Connection{
		Version: v, First: first, ClientVerifyData: clientVerify,
		Session: renego.SessionInUse{ID: sessionID, Tickets: [][32]byte{sha256.Sum256(ticket)}, Suite: sessionSuite},
	}
}

func TestEverySecondHelloHasItsKind(t *testing.T) {
	both := slices.Concat(clientVerify, serverVerify)
	silent, signalsBySCSV, signalsByExtension := hello(), hello(scsv), hello(info(nil))
	for _, c := range []struct {
		name   string
		first  *wire.ClientHello
		second *wire.ClientHello
		clear  bool
		want   renego.Kind
	}{
		{"secure", signalsBySCSV, hello(info(clientVerify)), false, renego.KindSecure},
		{"secure after the extension", signalsByExtension, hello(info(clientVerify)), false, renego.KindSecure},
		{"secure, though the first said nothing", silent, hello(info(clientVerify)), false, renego.KindSecure},

		{"reset after the SCSV", signalsBySCSV, hello(scsv), false, renego.KindReset},
		{"reset after the extension", signalsByExtension, hello(scsv), false, renego.KindReset},
		{"the SCSV where the first said nothing", silent, hello(scsv), false, renego.KindForged},

		// Negative test 6.
		{"first half", signalsBySCSV, hello(info(clientVerify[:6])), false, renego.KindForged},
		{"both sides' values", signalsBySCSV, hello(info(both)), false, renego.KindForged},
		{"the server's value", signalsBySCSV, hello(info(serverVerify)), false, renego.KindForged},
		{"empty", signalsBySCSV, hello(info(nil)), false, renego.KindForged},
		{"empty, where the first said nothing", silent, hello(info(nil)), false, renego.KindForged},
		{"zeros", signalsBySCSV, hello(info(make([]byte, 12))), false, renego.KindForged},
		{"one byte more", signalsBySCSV, hello(info(append(slices.Clone(clientVerify), 0))), false, renego.KindForged},
		{"one byte less", signalsBySCSV, hello(info(clientVerify[:11])), false, renego.KindForged},
		{"right, and the SCSV", signalsBySCSV, hello(info(clientVerify), scsv), false, renego.KindForged},
		{"empty, and the SCSV", signalsBySCSV, hello(info(nil), scsv), false, renego.KindForged},
		{"an extension without its length", signalsBySCSV, hello(malformedInfo()), false, renego.KindForged},
		{"a length that promises more", signalsBySCSV, hello(malformedInfo(13, 1, 2)), false, renego.KindForged},
		{"bytes behind the right value", signalsBySCSV, hello(malformedInfo(append(append([]byte{12}, clientVerify...), 0)...)), false, renego.KindForged},

		// RFC 8446, section 4.1.2: crypto/tls and GnuTLS offer it again; the server stays with its version.
		{"TLS 1.3 offered beside the right value", signalsBySCSV, hello(info(clientVerify), versions(wire.VersionTLS13, wire.VersionTLS12)), false, renego.KindSecure},
		{"TLS 1.3 offered beside a wrong value", signalsBySCSV, hello(info(serverVerify), versions(wire.VersionTLS13, wire.VersionTLS12)), false, renego.KindForged},
		{"TLS 1.3 offered by a reset hello", signalsBySCSV, hello(scsv, versions(wire.VersionTLS13, wire.VersionTLS12)), false, renego.KindForged},
		{"TLS 1.3 offered by a bare hello", silent, hello(versions(wire.VersionTLS13)), false, renego.KindForged},
		{"supported_versions without TLS 1.3", signalsBySCSV, hello(scsv, versions(wire.VersionTLS12)), false, renego.KindReset},

		{"bare", silent, hello(), false, renego.KindBare},
		{"bare, though the first signalled", signalsBySCSV, hello(), false, renego.KindBare},

		{"restart", signalsBySCSV, hello(info(nil)), true, renego.KindRestart},
		{"restart of a silent client", silent, hello(), true, renego.KindRestart},
		{"in clear nothing is proved by the right value", signalsBySCSV, hello(info(clientVerify)), true, renego.KindRestart},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := renego.Classify(connection(wire.VersionTLS12, c.first), c.second, !c.clear)
			if v.Kind != c.want {
				t.Errorf("is %s by %q, want %s", v.Kind, v.Proof, c.want)
			}
			if len(v.Proof) == 0 {
				t.Error("nothing proves the kind")
			}
		})
	}
}

func TestAnEmptyBindingEqualsNothing(t *testing.T) {
	c := connection(wire.VersionTLS12, hello(scsv))
	for _, binding := range [][]byte{nil, {}} {
		c.ClientVerifyData = binding
		for _, extension := range []change{info(nil), info([]byte{}), info(clientVerify)} {
			if v := renego.Classify(c, hello(extension), true); v.Kind != renego.KindForged {
				t.Errorf("without a binding the hello is %s", v.Kind)
			}
		}
	}
}

func TestSSL3ComparesThirtySixBytes(t *testing.T) {
	c := connection(wire.VersionSSL30, hello(scsv))
	c.ClientVerifyData = bytes.Repeat([]byte{7}, 36)
	whole := renego.Classify(c, hello(info(c.ClientVerifyData)), true)
	if whole.Kind != renego.KindSecure || !whole.SSL30 {
		t.Errorf("36 equal bytes are %s, SSL 3.0 %v", whole.Kind, whole.SSL30)
	}
	if v := renego.Classify(c, hello(info(c.ClientVerifyData[:12])), true); v.Kind != renego.KindForged {
		t.Errorf("12 of 36 bytes are %s", v.Kind)
	}
}

// Proofs are printed: they must say nothing of what they compare.
func TestProofShowsNoVerifyData(t *testing.T) {
	c := connection(wire.VersionTLS12, hello(scsv))
	for _, h := range []*wire.ClientHello{hello(info(clientVerify)), hello(info([]byte("client-veriX"))), hello(info(clientVerify), scsv)} {
		if proof := strings.Join(renego.Classify(c, h, true).Proof, "; "); strings.Contains(proof, "veri") && strings.Contains(proof, "client-") {
			t.Errorf("the proof shows what it compares: %s", proof)
		}
	}
}

func TestResumesOnlyTheSessionInUse(t *testing.T) {
	ems := extension(wire.ExtendedMasterSecretExtension())
	otherID := func(h *wire.ClientHello) { h.SessionID = bytes.Repeat([]byte{0xb2}, 32) }
	otherTicket := extension(wire.SessionTicketExtension([]byte("another's")))
	without := func(id wire.SuiteID) change {
		return func(h *wire.ClientHello) {
			h.CipherSuites = slices.DeleteFunc(slices.Clone(h.CipherSuites), func(s wire.SuiteID) bool { return s == id })
		}
	}
	old := func(h *wire.ClientHello) { h.Version = wire.VersionTLS11 }
	for _, c := range []struct {
		name   string
		second *wire.ClientHello
		ems    bool // the session has it
		want   bool
	}{
		{"by id", hello(scsv, offersID), false, true},
		{"by ticket", hello(scsv, offersTicket), false, true},
		{"by ticket, whatever the id", hello(scsv, offersTicket, otherID), false, true},
		{"nothing offered", hello(scsv), false, false},
		{"another id", hello(scsv, otherID), false, false},
		{"part of the id", hello(scsv, func(h *wire.ClientHello) { h.SessionID = sessionID[:31] }), false, false},
		{"another ticket", hello(scsv, otherTicket), false, false},
		{"another ticket beside the right id", hello(scsv, otherTicket, offersID), false, false},
		{"a lower version", hello(scsv, offersID, old), false, false},
		{"without the session's suite", hello(scsv, offersID, without(sessionSuite)), false, false},
		{"Extended Master Secret on both sides", hello(scsv, offersID, ems), true, true},
		{"Extended Master Secret offered and not in the session", hello(scsv, offersID, ems), false, false},
		{"Extended Master Secret in the session and not offered", hello(scsv, offersID), true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn := connection(wire.VersionTLS12, hello(scsv))
			conn.Session.ExtendedMasterSecret = c.ems
			v := renego.Classify(conn, c.second, true)
			if v.Resumes != c.want || v.Resumes != (v.WhyNotResumed == "") {
				t.Errorf("resumes: %v (%s), want %v", v.Resumes, v.WhyNotResumed, c.want)
			}
		})
	}
}

func TestASessionWithoutNameIsOfferedByNobody(t *testing.T) {
	c := connection(wire.VersionTLS12, hello(scsv))
	c.Session.ID, c.Session.Tickets = nil, nil
	for _, h := range []*wire.ClientHello{hello(scsv), hello(scsv, offersID), hello(scsv, offersTicket), hello(scsv, func(h *wire.ClientHello) { h.SessionID = []byte{} })} {
		if renego.Classify(c, h, true).Resumes {
			t.Error("a session that has no name was resumed")
		}
	}
}

func TestLikeFirstLeavesOutSessionAndRandomOnly(t *testing.T) {
	first := hello(scsv)
	random := func(h *wire.ClientHello) { h.Random[0]++ }
	for _, c := range []struct {
		name   string
		second *wire.ClientHello
		want   bool
	}{
		{"the same", hello(scsv), true},
		{"another random", hello(scsv, random), true},
		{"a session id", hello(scsv, offersID), true},
		{"a ticket in place of an empty one", hello(scsv, func(h *wire.ClientHello) { h.Extensions[1] = wire.SessionTicketExtension(ticket) }), true},
		{"no ticket extension", hello(scsv, func(h *wire.ClientHello) { h.Extensions = h.Extensions[:1] }), true},
		{"another version", hello(scsv, func(h *wire.ClientHello) { h.Version = wire.VersionTLS11 }), false},
		{"another suite", hello(scsv, func(h *wire.ClientHello) { h.CipherSuites[0]++ }), false},
		{"one suite more", hello(scsv, scsv), false},
		{"another compression", hello(scsv, func(h *wire.ClientHello) { h.CompressionMethods = []uint8{1, 0} }), false},
		{"another name", hello(scsv, func(h *wire.ClientHello) { h.Extensions[0] = wire.ServerNameExtension("b.test") }), false},
		{"one extension more", hello(scsv, extension(wire.ExtendedMasterSecretExtension())), false},
	} {
		v := renego.Classify(connection(wire.VersionTLS12, first), c.second, true)
		if v.LikeFirst != c.want || v.LikeFirst != (v.Unlike == "") {
			t.Errorf("%s: like the first: %v (%s), want %v", c.name, v.LikeFirst, v.Unlike, c.want)
		}
	}
}
