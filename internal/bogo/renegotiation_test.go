package bogo

import (
	"testing"

	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

func TestRenegotiation(t *testing.T) {
	proper := legacyclient.Hello{Kind: legacyclient.HelloProper}
	reset := legacyclient.Hello{Kind: legacyclient.HelloReset}
	bare := legacyclient.Hello{Kind: legacyclient.HelloBare}
	info := func(data []byte) legacyclient.Hello {
		return legacyclient.Hello{Kind: legacyclient.HelloProper, Change: func(h *wire.ClientHello) {
			legacyclient.SetRenegotiationInfo(h, data)
		}}
	}
	old := peer{NoSCSV: true}
	reacts := func(r legacyclient.Reaction) peer { return peer{HelloRequest: r} }
	first := func(o peer, steps ...step) []client {
		return []client{legacy(o, append([]step{handshake, inverted}, steps...)...)}
	}
	runPlays(t, []play{
		{name: "proper", clients: first(peer{}, renegotiates(proper), inverted), process: true},
		{name: "proper on TLS 1.0", clients: first(peer{Version: wire.VersionTLS10}, renegotiates(proper), inverted)},
		{name: "proper, five times", clients: first(peer{}, renegotiates(proper), renegotiates(proper), inverted,
			renegotiates(proper), renegotiates(proper), renegotiates(proper), inverted)},
		{name: "reset, bound by session id", clients: first(peer{}, renegotiates(reset), resumed(true), inverted), process: true},
		{name: "reset, bound by ticket", clients: first(peer{SessionTickets: true}, renegotiates(reset), resumed(true), inverted)},
		{name: "reset on TLS 1.0", clients: first(peer{Version: wire.VersionTLS10}, renegotiates(reset), resumed(true), inverted)},
		{name: "reset without the session",
			clients: first(peer{}, alerted(wire.AlertHandshakeFailure, renegotiates(legacyclient.Hello{Kind: legacyclient.HelloReset, NoSession: true}))),
			status:  1, reason: "[reneg-reset-hello]"},
		{name: "bare is refused, and the connection lives",
			clients: first(old, refused(renegotiates(bare)), inverted),
			status:  1, reason: "[reneg-bare-hello]", boring: ":UNSAFE_LEGACY_RENEGOTIATION_DISABLED:"},
		{name: "bare is trusted", flags: []string{"-allow-unsafe-legacy-renegotiation"},
			clients: first(old, renegotiates(bare), inverted), process: true},
		{name: "all are rejected", flags: []string{"-reject-peer-renegotiations"},
			clients: first(peer{}, refused(renegotiates(proper)), inverted), status: 1, boring: ":NO_RENEGOTIATION:"},
		{name: "forged, empty", clients: first(peer{}, alerted(wire.AlertHandshakeFailure, renegotiates(info(nil)))),
			status: 1, reason: "[reneg-forged-hello]", boring: ":RENEGOTIATION_MISMATCH:"},
		{name: "forged, wrong", clients: first(peer{}, alerted(wire.AlertHandshakeFailure, renegotiates(info(make([]byte, 12))))),
			status: 1, reason: "[reneg-forged-hello]", boring: ":RENEGOTIATION_MISMATCH:", process: true},
		{name: "in a first hello", clients: []client{legacy(peer{}, alerted(wire.AlertHandshakeFailure, hello(func(h *wire.ClientHello) {
			legacyclient.SetRenegotiationInfo(h, make([]byte, 12))
		})))}, status: 1, reason: "[reneg-forged-hello]"},
		{name: "restart in clear is a bad record",
			clients: first(peer{}, alerted(wire.AlertBadRecordMAC, renegotiates(legacyclient.Hello{Kind: legacyclient.HelloRestart}))),
			status:  1, boring: ":DECRYPTION_FAILED_OR_BAD_RECORD_MAC:"},
		{name: "asked", flags: []string{"-renegotiate"},
			clients: []client{legacy(reacts(legacyclient.ReactProper), handshake, reads("hello"), inverted)}, process: true},
		{name: "asked, and hello once", flags: []string{"-renegotiate", "-shim-writes-first"},
			clients: []client{legacy(reacts(legacyclient.ReactProper), handshake, reads("hello"), inverted)}},
		{name: "asked, a reset hello", flags: []string{"-renegotiate"},
			clients: []client{legacy(reacts(legacyclient.ReactReset), handshake, reads("hello"), inverted)}},
		{name: "asked and declined", flags: []string{"-renegotiate"},
			clients: []client{legacy(reacts(legacyclient.ReactDecline), handshake, closed)}, status: 1, reason: "refused to renegotiate"},
		{name: "asked, a victim's hello spliced in", flags: []string{"-renegotiate"},
			clients: []client{legacy(reacts(legacyclient.ReactSplice), handshake, alerted(wire.AlertHandshakeFailure, reads("hello")))},
			status:  1, reason: "[reneg-reset-hello]"},
		{name: "signalled", flags: []string{"-expect-secure-renegotiation"},
			clients: []client{legacy(peer{}, handshake, inverted)}},
		{name: "signalled by the extension", flags: []string{"-expect-secure-renegotiation"},
			clients: []client{legacy(peer{RenegotiationInfo: true}, handshake, inverted)}},
		{name: "not signalled", flags: []string{"-expect-no-secure-renegotiation"},
			clients: []client{legacy(old, handshake, inverted)}},
		{name: "not signalled as expected", flags: []string{"-expect-secure-renegotiation"},
			clients: []client{legacy(old, handshake)}, status: 1, reason: "secure renegotiation was expected"},
		{name: "signalled against expectation", flags: []string{"-expect-no-secure-renegotiation"},
			clients: []client{legacy(peer{}, handshake)}, status: 1, reason: "secure renegotiation was not expected"},
	})
}
