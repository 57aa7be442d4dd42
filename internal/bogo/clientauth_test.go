package bogo

import (
	"testing"

	"github.com/parley-tls/parley/internal/wire"
)

func TestClientCertificates(t *testing.T) {
	shows := func(name string) []client {
		return []client{legacy(peer{Certificate: identity(name)}, handshake, inverted)}
	}
	none := []client{legacy(peer{}, handshake, inverted)}
	required := "-require-any-client-certificate"
	runPlays(t, []play{
		{name: "required, RSA", flags: []string{required, "-expect-peer-cert-file", "client-rsa.pem"}, clients: shows("client-rsa")},
		{name: "required, ECDSA", flags: []string{required, "-trust-cert", "authority.pem"}, clients: shows("client-ecdsa")},
		{name: "required on TLS 1.0", flags: []string{required},
			clients: []client{legacy(peer{Version: wire.VersionTLS10, Certificate: identity("client-rsa")}, handshake, inverted)}},
		{name: "any will do", flags: []string{required, "-trust-cert", "authority.pem"}, clients: shows("stranger")},
		{name: "required and missing", flags: []string{required},
			clients: []client{legacy(peer{}, alerted(wire.AlertHandshakeFailure, handshake))},
			status:  1, reason: "[client-cert-missing]", boring: ":PEER_DID_NOT_RETURN_A_CERTIFICATE:", process: true},
		{name: "asked for and missing", flags: []string{"-verify-peer"}, clients: none},
		{name: "verified", flags: []string{"-verify-peer", "-trust-cert", "authority.pem"}, clients: shows("client-ecdsa")},
		{name: "not verified", flags: []string{"-verify-peer", "-trust-cert", "authority.pem"},
			clients: []client{legacy(peer{Certificate: identity("stranger")}, alerted(wire.AlertUnknownCA, handshake))},
			status:  1, reason: "[client-cert-refused]", boring: ":CERTIFICATE_VERIFY_FAILED:"},
		{name: "another than expected", flags: []string{required, "-expect-peer-cert-file", "client-rsa.pem"},
			clients: []client{legacy(peer{Certificate: identity("client-ecdsa")}, handshake)},
			status:  1, reason: "the client's certificate 0 is not the one in"},
		{name: "fewer than expected", flags: []string{"-expect-peer-cert-file", "client-rsa.pem"},
			clients: []client{legacy(peer{}, handshake)}, status: 1, reason: "has more"},
		{name: "not asked for", flags: []string{"-trust-cert", "authority.pem"}, clients: shows("client-rsa")},
	})
}
