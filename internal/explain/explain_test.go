package explain_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/explain"
	"github.com/parley-tls/parley/internal/trace"
)

const (
	nobody = trace.Nobody
	client = trace.Client
	server = trace.Server
)

// A logged line is one of a real program, and what it must become.
type logged struct {
	line    string
	message string
	fault   trace.Side // which side found fault
	ids     string     // the causes' ids, from the first on
}

func (l logged) check(t *testing.T) {
	t.Helper()
	r := explain.Explain(l.line)
	if len(r.Items) != 1 {
		t.Errorf("%s\nbecomes %d messages; nearest %q", l.line, len(r.Items), r.Nearest)
		return
	}
	i := r.Items[0]
	if i.Message != l.message {
		t.Errorf("%s\nis taken for %q, not %q", l.line, i.Message, l.message)
		return
	}
	if i.Fault != l.fault {
		t.Errorf("%s\nfault is found by %s, not by %s", l.line, i.Fault, l.fault)
	}
	var ids []string
	for _, c := range i.Causes {
		if c.Finding != "" {
			ids = append(ids, c.Finding)
		}
	}
	if want := strings.Fields(l.ids); len(ids) < len(want) || !slices.Equal(ids[:len(want)], want) {
		t.Errorf("%s\nhas the causes %q, not %q first", l.line, ids, want)
	}
	if i.Meaning == "" || i.Capture == "" || i.Parley == "" || i.Client == "" || i.Who == "" {
		t.Errorf("%s\nlacks a part: %+v", l.line, i)
	}
}

func checkAll(t *testing.T, lines []logged) {
	t.Helper()
	for _, l := range lines {
		l.check(t)
	}
}

func TestOpenSSL(t *testing.T) {
	checkAll(t, []logged{
		{`error:1408F10B:SSL routines:SSL3_GET_RECORD:wrong version number:s3_pkt.c:337:`, "wrong version number", nobody, "reneg-reset-hello reneg-restart-hello not-tls-http"},
		{`error:0A00010B:SSL routines::wrong version number`, "wrong version number", nobody, "reneg-reset-hello reneg-restart-hello not-tls-http"},
		{`140735242416000:error:1408F10B:SSL routines:ssl3_get_record:wrong version number:../deps/openssl/openssl/ssl/record/ssl3_record.c:332:`, "wrong version number", nobody, "reneg-reset-hello"},
		{`ssl.SSLError: [SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1129)`, "wrong version number", nobody, "reneg-reset-hello"},
		{`TLS error: 268435703:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER`, "wrong version number", nobody, "reneg-reset-hello"},
		{`Error: write EPROTO 4567:error:1408F10B:SSL routines:ssl3_get_record:wrong version number { code: 'ERR_SSL_WRONG_VERSION_NUMBER' }`, "wrong version number", nobody, "reneg-reset-hello"},
		{`error:14094410:SSL routines:ssl3_read_bytes:sslv3 alert handshake failure:s3_pkt.c:1256:SSL alert number 40`, "handshake_failure", nobody, "suite-none-shared reneg-reset-hello"},
		{`error:14077410:SSL routines:SSL23_GET_SERVER_HELLO:sslv3 alert handshake failure:s23_clnt.c:741:`, "handshake_failure", server, "suite-none-shared client-cert-missing"},
		{`error:0A000410:SSL routines::sslv3 alert handshake failure`, "handshake_failure", nobody, "suite-none-shared"},
		{`error:0A00042E:SSL routines::tlsv1 alert protocol version`, "protocol_version", nobody, "version-none-shared reneg-reset-hello"},
		{`error:1407742E:SSL routines:SSL23_GET_SERVER_HELLO:tlsv1 alert protocol version`, "protocol_version", server, "version-none-shared"},
		{`error:140C5042:SSL routines:ssl_undefined_function:called a function you should not call; error:140940F5:SSL routines:SSL3_READ_BYTES:unexpected record:s3_pkt.c:1420:`, "unexpected record", nobody, "reneg-data-crossed"},
		{`error:1408A159:SSL routines:SSL3_GET_CLIENT_HELLO:scsv received when renegotiating`, "scsv received when renegotiating", server, "reneg-reset-hello reneg-forged-hello"},
		{`error:0A000159:SSL routines::scsv received when renegotiating`, "scsv received when renegotiating", server, "reneg-reset-hello"},
		{`error:1412E151:SSL routines:SSL_PARSE_SERVERHELLO_RENEGOTIATE_EXT:renegotiation mismatch`, "renegotiation mismatch", client, "reneg-reset-hello"},
		{`error:1412F151:SSL routines:SSL_PARSE_CLIENTHELLO_RENEGOTIATE_EXT:renegotiation mismatch`, "renegotiation mismatch", server, "reneg-forged-hello"},
		{`error:1412E150:SSL routines:ssl_parse_serverhello_renegotiate_ext:renegotiation encoding err`, "renegotiation encoding err", client, "reneg-reset-hello"},
		{`curl: (35) error:0A000152:SSL routines::unsafe legacy renegotiation disabled`, "unsafe legacy renegotiation disabled", client, ""},
		{`error:14080152:SSL routines:SSL3_ACCEPT:unsafe legacy renegotiation disabled`, "unsafe legacy renegotiation disabled", nobody, "reneg-bare-hello reneg-reset-hello"},
		{`error:14094153:SSL routines:SSL3_READ_BYTES:no renegotiation`, "no renegotiation", nobody, "reneg-refused reneg-secure-hello reneg-reset-hello reneg-bare-hello"},
		{`error:140940F4:SSL routines:ssl3_read_bytes:unexpected message`, "unexpected message", nobody, "reneg-data-crossed"},
		{`error:140A1175:SSL routines:SSL_BYTES_TO_CIPHER_LIST:inappropriate fallback`, "inappropriate fallback", server, "fallback-scsv-refused"},
		{`error:1408A0C1:SSL routines:SSL3_GET_CLIENT_HELLO:no shared cipher`, "no shared cipher", server, "suite-none-shared signature-none-shared curve-none-shared"},
		{`error:0A0000C1:SSL routines::no shared cipher`, "no shared cipher", server, "suite-none-shared"},
		{`error:14209102:SSL routines:tls_early_post_process_client_hello:unsupported protocol`, "unsupported protocol", server, "version-none-shared"},
		{`[SSL: UNSUPPORTED_PROTOCOL] unsupported protocol (_ssl.c:1056)`, "unsupported protocol", nobody, "version-none-shared"},
		{`error:14082174:SSL routines:SSL3_CHECK_CERT_AND_ALGORITHM:dh key too small`, "dh key too small", client, ""},
		{`error:141A318A:SSL routines:tls_process_ske_dhe:dh key too small`, "dh key too small", client, ""},
		{`SSL_CTX_use_certificate:ee key too small`, "ee key too small", nobody, "cert-key-size client-cert-refused"},
		{`error:140AB18E:SSL routines:SSL_CTX_use_certificate:ca md too weak`, "ca md too weak", nobody, "cert-sha1 client-cert-refused"},
		{`error:140770FC:SSL routines:SSL23_GET_SERVER_HELLO:unknown protocol`, "unknown protocol", client, "version-none-shared"},
		{`error:140760FC:SSL routines:SSL23_GET_CLIENT_HELLO:unknown protocol`, "unknown protocol", server, "not-tls-http version-none-shared hello-ssl2"},
		{`error:1407609C:SSL routines:SSL23_GET_CLIENT_HELLO:http request`, "http request", server, "not-tls-http"},
		{`error:1408F119:SSL routines:SSL3_GET_RECORD:decryption failed or bad record mac`, "decryption failed or bad record mac", nobody, "reneg-restart-hello record-mac alert-in-clear"},
		{`error:14094418:SSL routines:ssl3_read_bytes:tlsv1 alert unknown ca`, "unknown_ca", nobody, "cert-unknown-ca client-cert-refused"},
		{`error:14090086:SSL routines:ssl3_get_server_certificate:certificate verify failed`, "certificate verify failed", client, "cert-unknown-ca cert-expired"},
		{`error:140890C7:SSL routines:SSL3_GET_CLIENT_CERTIFICATE:peer did not return a certificate`, "peer did not return a certificate", server, "client-cert-missing"},
		{`error:0A000126:SSL routines::unexpected eof while reading`, "unexpected eof while reading", nobody, "handshake-abandoned truncated tcp-reset"},
		{`error:1408D07B:SSL routines:ssl3_get_key_exchange:bad signature`, "bad signature", client, ""},
		{`error:1417C172:SSL routines:tls_process_client_key_exchange:wrong signature type`, "wrong signature type", nobody, "signature-none-shared"},
		{`error:0A000139:SSL routines::record layer failure`, "record layer failure", nobody, "reneg-restart-hello record-mac"},
		{`error:1408C095:SSL routines:SSL3_GET_FINISHED:digest check failed`, "digest check failed", nobody, "reneg-forged-hello"},
		{`error:0A00009F:SSL routines::length mismatch`, "length mismatch", nobody, "hello-malformed"},
		{`error:1409E0E5:SSL routines:ssl3_write_bytes:ssl handshake failure`, "ssl handshake failure", nobody, "suite-none-shared"},
		{`error:14095085:SSL routines:ssl3_read_n:ccs received early`, "ccs received early", nobody, "reneg-reset-hello"},
		{`error:14094458:SSL routines:ssl3_read_bytes:tlsv1 unrecognized name`, "unrecognized_name", nobody, "cert-name"},
		{`error:0A0000EB:SSL routines::no application protocol`, "no application protocol", server, ""},
		{`SSL3 alert read:fatal:certificate expired`, "certificate_expired", nobody, "cert-expired"},
		{`SSL3 alert write:fatal:protocol version`, "protocol_version", nobody, "version-none-shared"},
		{`verify error:num=20:unable to get local issuer certificate`, "unable to get local issuer certificate", nobody, "cert-unknown-ca"},
		{`Verify return code: 10 (certificate has expired)`, "certificate has expired", nobody, "cert-expired"},
		{`error:14094412:SSL routines:SSL3_READ_BYTES:sslv3 alert bad certificate`, "bad_certificate", nobody, "cert-refused"},
		{`error:0A000415:SSL routines::sslv3 alert certificate expired:SSL alert number 45`, "certificate_expired", nobody, "cert-expired"},
		{`error:1409441B:SSL routines:ssl3_read_bytes:tlsv1 alert decrypt error`, "decrypt_error", nobody, "client-cert-refused"},
		{`error:0A00045C:SSL routines::tlsv13 alert certificate required`, "certificate_required", nobody, "client-cert-missing"},
		{`error:0A000438:SSL routines::tlsv1 alert internal error:SSL alert number 80`, "internal_error", nobody, ""},
	})
}

// TestWhatServersSaidToTheFoundingClient has the lines that real servers and
// OpenSSL 1.0.1j as their client logged: a reset hello and a hello in clear.
func TestWhatServersSaidToTheFoundingClient(t *testing.T) {
	checkAll(t, []logged{
		{`40B72816FF7E0000:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../ssl/record/ssl3_record.c:330:`, "wrong version number", nobody, "reneg-reset-hello reneg-restart-hello"},
		{`139839813800224:error:1409442E:SSL routines:SSL3_READ_BYTES:tlsv1 alert protocol version:../deps/openssl/openssl/ssl/s3_pkt.c:1292:SSL alert number 70`, "protocol_version", nobody, "version-none-shared reneg-reset-hello"},
		{`140548950577440:error:14094153:SSL routines:SSL3_READ_BYTES:no renegotiation:../deps/openssl/openssl/ssl/s3_pkt.c:1278:`, "no renegotiation", nobody, "reneg-refused reneg-secure-hello reneg-reset-hello"},
		{`139935569178912:error:140770FC:SSL routines:SSL23_GET_SERVER_HELLO:unknown protocol:../deps/openssl/openssl/ssl/s23_clnt.c:795:`, "unknown protocol", client, "version-none-shared reneg-restart-hello"},
		{`4057302D927F0000:error:0A000119:SSL routines:ssl3_get_record:decryption failed or bad record mac:../ssl/record/ssl3_record.c:616:`, "decryption failed or bad record mac", nobody, "reneg-restart-hello"},
		{`139895117037856:error:140940F6:SSL routines:SSL3_READ_BYTES:unknown alert type:../deps/openssl/openssl/ssl/s3_pkt.c:1302:`, "unknown alert type", client, "reneg-restart-hello"},
		{`Error: A packet with illegal or unsupported version was received.`, "A packet with illegal or unsupported version was received.", nobody, "version-none-shared reneg-reset-hello reneg-restart-hello"},
		{`Error in rehandshake: Safe renegotiation failed.`, "Safe renegotiation failed.", nobody, "reneg-reset-hello"},
		{`tls: received record with version 301 when expecting version 303`, "tls: received record with version … when expecting version", nobody, "reneg-reset-hello reneg-restart-hello"},
		{`local error: tls: bad record MAC`, "bad_record_mac", nobody, "reneg-restart-hello"},
		{`error:140943F2:SSL routines:SSL3_READ_BYTES:sslv3 alert unexpected message:s3_pkt.c:1292:SSL alert number 10`, "unexpected_message", nobody, "reneg-data-crossed reneg-reset-hello"},
	})
}

func TestCodesOfOpenSSLAlone(t *testing.T) {
	checkAll(t, []logged{
		{`1408F10B`, "wrong version number", nobody, "reneg-reset-hello"},
		{`0A00010B`, "wrong version number", nobody, "reneg-reset-hello"},
		{`error:0x1408A159`, "scsv received when renegotiating", server, "reneg-reset-hello"},
		{`error:14094410`, "handshake_failure", nobody, "suite-none-shared"},
		{`openssl error 336130315`, "wrong version number", nobody, "reneg-reset-hello"}, // 0x1408F10B
		{`error 167772427`, "wrong version number", nobody, "reneg-reset-hello"},         // 0x0A00010B
		{`error:14082174:lib(20):func(130):reason(372)`, "dh key too small", client, ""},
		{`error:0A0000C1:lib(20)::reason(193)`, "no shared cipher", server, "suite-none-shared"},
	})
	for _, line := range []string{
		"error:0A0C0103:SSL routines::internal error", // a reason that all libraries have
		"error:0B080074:x509 certificate routines",    // another library
		"123456789",
	} {
		if r := explain.Explain(line); r.Explained() {
			t.Errorf("%s becomes %q", line, r.Items[0].Message)
		}
	}
}

func TestAlerts(t *testing.T) {
	checkAll(t, []logged{
		{`alert 70`, "protocol_version", nobody, "version-none-shared reneg-reset-hello"},
		{`SSL alert number 40`, "handshake_failure", nobody, "suite-none-shared reneg-reset-hello"},
		{`alert 0x46`, "protocol_version", nobody, "version-none-shared"},
		{`Alert: 100`, "no_renegotiation", nobody, "reneg-refused"},
		{`tlsv1 alert protocol version`, "protocol_version", nobody, "version-none-shared"},
		{`15 03 01 00 02 02 28`, "handshake_failure", nobody, "suite-none-shared"},
		{`0000  15:03:03:00:02:02:46`, "protocol_version", nobody, "version-none-shared"},
		{`15030100020246`, "protocol_version", nobody, "version-none-shared"},
		{`protocol_version`, "protocol_version", nobody, "version-none-shared"},
		{`unknown_ca`, "unknown_ca", nobody, "cert-unknown-ca"},
		{`fatal alert bad_record_mac`, "bad_record_mac", nobody, "reneg-restart-hello record-mac"},
		{`Alert (Level: Fatal, Description: Handshake Failure)`, "handshake_failure", nobody, "suite-none-shared"},
		{`<<< TLS 1.2, Alert [length 0002], fatal handshake_failure`, "handshake_failure", nobody, "suite-none-shared"},
	})
	for _, text := range []string{"alert 7", "alert 0xff", "alert 999"} {
		if r := explain.Explain(text); r.Explained() {
			t.Errorf("%s, which is no alert, becomes %q", text, r.Items[0].Message)
		}
	}
}

func TestANumberAloneIsAnAlerts(t *testing.T) {
	for number, name := range map[string]string{"40": "handshake_failure", "0x28": "handshake_failure", " 70 ": "protocol_version", "0": "close_notify"} {
		if r := explain.Explain(number); len(r.Items) != 1 || r.Items[0].Message != name {
			t.Errorf("%q: %+v", number, r.Items)
		}
	}
	if r := explain.Explain("255"); r.Explained() {
		t.Errorf("255: %+v", r.Items)
	}
}

func TestGnuTLS(t *testing.T) {
	checkAll(t, []logged{
		{`*** Fatal error: A TLS fatal alert has been received.`, "A TLS fatal alert has been received.", nobody, "suite-none-shared"},
		{`*** Received alert [40]: Handshake failed`, "handshake_failure", nobody, "suite-none-shared"},
		{`*** Received alert [70]: Error in protocol version`, "protocol_version", nobody, "version-none-shared"},
		{`*** Fatal error: A packet with illegal or unsupported version was received.`, "A packet with illegal or unsupported version was received.", nobody, "version-none-shared reneg-reset-hello"},
		{`|<1>| GNUTLS_E_UNSUPPORTED_VERSION_PACKET`, "A packet with illegal or unsupported version was received.", nobody, "version-none-shared"},
		{`gnutls_handshake() failed: An unexpected TLS packet was received.`, "An unexpected TLS packet was received.", nobody, "not-tls"},
		{`gnutls_handshake() failed: Could not negotiate a supported cipher suite.`, "Could not negotiate a supported cipher suite.", nobody, "suite-none-shared"},
		{`GnuTLS recv error (-110): The TLS connection was non-properly terminated.`, "The TLS connection was non-properly terminated.", nobody, "truncated"},
		{`GnuTLS recv error (-9): Error decoding the received TLS packet.`, "Error decoding the received TLS packet.", nobody, "reneg-restart-hello"},
		{`Fatal error: Safe renegotiation failed.`, "Safe renegotiation failed.", nobody, "reneg-reset-hello reneg-bare-hello"},
		{`GNUTLS_E_UNSAFE_RENEGOTIATION_DENIED`, "Unsafe renegotiation denied.", nobody, "reneg-bare-hello"},
		{`gnutls error -108`, "Unsafe renegotiation denied.", nobody, "reneg-bare-hello"},
		{`TLS Application data were received, while expecting handshake data.`, "TLS Application data were received, while expecting handshake data.", nobody, "reneg-data-crossed"},
		{`GnuTLS error -37`, "Rehandshake was requested by the peer.", nobody, "reneg-secure-hello"},
		{`GNUTLS_E_SESSION_USER_ID_CHANGED`, "Peer's certificate or username has changed during a rehandshake.", nobody, "reneg-identity-changed"},
	})
}

func TestJava(t *testing.T) {
	checkAll(t, []logged{
		{`javax.net.ssl.SSLHandshakeException: Received fatal alert: handshake_failure`, "handshake_failure", nobody, "suite-none-shared client-cert-missing"},
		{`javax.net.ssl.SSLException: Received fatal alert: protocol_version`, "protocol_version", nobody, "version-none-shared"},
		{`javax.net.ssl.SSLHandshakeException: Received fatal alert: certificate_unknown`, "certificate_unknown", nobody, "cert-refused cert-unknown-ca"},
		{`javax.net.ssl.SSLHandshakeException: Inconsistent secure renegotiation indication`, "Inconsistent secure renegotiation indication", nobody, "reneg-reset-hello"},
		{`javax.net.ssl.SSLException: Unrecognized SSL message, plaintext connection?`, "Unsupported or unrecognized SSL message", nobody, "not-tls-http"},
		{`javax.net.ssl.SSLException: Unsupported or unrecognized SSL message`, "Unsupported or unrecognized SSL message", nobody, "not-tls-http"},
		{`javax.net.ssl.SSLHandshakeException: no cipher suites in common`, "no cipher suites in common", server, "suite-none-shared"},
		{`javax.net.ssl.SSLHandshakeException: No appropriate protocol (protocol is disabled or cipher suites are inappropriate)`, "No appropriate protocol (protocol is disabled or cipher suites are inappropriate)", nobody, "version-none-shared"},
		{`javax.net.ssl.SSLHandshakeException: Client requested protocol TLSv1 is not enabled or supported in server context`, "Client requested protocol … not enabled or not supported", server, "version-none-shared"},
		{`javax.net.ssl.SSLHandshakeException: The server selected protocol version TLS10 is not accepted by client preferences [TLS12]`, "The server selected protocol version … is not accepted by client preferences", client, "version-none-shared"},
		{`javax.net.ssl.SSLHandshakeException: SSLv2Hello is disabled`, "SSLv2Hello is disabled", server, "hello-ssl2"},
		{`sun.security.validator.ValidatorException: PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification path to requested target`, "PKIX path building failed", nobody, "cert-unknown-ca"},
		{`java.security.cert.CertificateException: No subject alternative DNS name matching dev.example found.`, "No subject alternative names present", client, "cert-name"},
		{`javax.net.ssl.SSLHandshakeException: Remote host closed connection during handshake`, "Remote host closed connection during handshake", nobody, "handshake-abandoned"},
		{`java.io.EOFException: SSL peer shut down incorrectly`, "SSL peer shut down incorrectly", nobody, "handshake-abandoned"},
		{`javax.net.ssl.SSLProtocolException: handshake alert:  unrecognized_name`, "handshake alert: unrecognized_name", client, ""},
		{`java.security.InvalidAlgorithmParameterException: Prime size must be multiple of 64, and can only range from 512 to 1024 (inclusive)`, "Could not generate DH keypair", client, ""},
		{`javax.net.ssl.SSLHandshakeException: Client initiated renegotiation is not allowed`, "Client initiated renegotiation is not allowed", server, "reneg-secure-hello"},
		{`javax.net.ssl.SSLHandshakeException: Unsafe renegotiation is not allowed`, "Unsafe renegotiation is not allowed", nobody, "reneg-bare-hello"},
		{`javax.crypto.AEADBadTagException: Tag mismatch!`, "Tag mismatch!", nobody, "reneg-restart-hello record-mac"},
		{`javax.net.ssl|ERROR|01|main|Fatal (HANDSHAKE_FAILURE): Couldn't kickstart handshaking ( "throwable" : { No appropriate protocol`, "No appropriate protocol (protocol is disabled or cipher suites are inappropriate)", nobody, "version-none-shared"},
	})
}

func TestGo(t *testing.T) {
	checkAll(t, []logged{
		{`http: TLS handshake error from 10.0.0.9:51234: remote error: tls: bad certificate`, "bad_certificate", client, "cert-refused"},
		{`http: TLS handshake error from 10.0.0.9:51234: remote error: tls: unknown certificate authority`, "unknown_ca", client, "cert-unknown-ca"},
		{`http: TLS handshake error from 10.0.0.9:51234: tls: client offered only unsupported versions: [301]`, "tls: client offered only unsupported versions", server, "version-none-shared"},
		{`http: TLS handshake error from 10.0.0.9:51234: tls: no cipher suite supported by both client and server; client offered: [5 4 a]`, "tls: no cipher suite supported by both client and server", server, "suite-none-shared"},
		{`http: TLS handshake error from 10.0.0.9:51234: tls: first record does not look like a TLS handshake`, "tls: first record does not look like a TLS handshake", server, "not-tls-http"},
		{`http: TLS handshake error from 10.0.0.9:51234: EOF`, "EOF", server, "handshake-abandoned"},
		{`http: TLS handshake error from 10.0.0.9:51234: read tcp 10.0.0.1:443->10.0.0.9:51234: i/o timeout`, "i/o timeout", server, "handshake-timeout"},
		{`tls: received record with version 301 when expecting version 303`, "tls: received record with version … when expecting version", nobody, "reneg-reset-hello"},
		{`tls: received unexpected handshake message of type *tls.clientHelloMsg when waiting for *tls.helloRequestMsg`, "tls: received unexpected handshake message of type *tls.clientHelloMsg when waiting for *tls.helloRequestMsg", server, "reneg-reset-hello reneg-secure-hello"},
		{`remote error: tls: handshake failure`, "handshake_failure", nobody, "suite-none-shared"},
		{`local error: tls: no renegotiation`, "no_renegotiation", nobody, "reneg-refused"},
		{`remote error: tls: protocol version not supported`, "protocol_version", nobody, "version-none-shared"},
		{`Get "https://10.0.0.1/": x509: certificate signed by unknown authority`, "x509: certificate signed by unknown authority", nobody, "cert-unknown-ca"},
		{`Get "https://10.0.0.1/": http: server gave HTTP response to HTTPS client`, "http: server gave HTTP response to HTTPS client", client, "not-tls"},
		{`tls: failed to verify certificate: x509: certificate is valid for a.example, not b.example`, "x509: certificate is valid for … not", nobody, "cert-name"},
		{`tls: client using inappropriate protocol fallback`, "tls: client using inappropriate protocol fallback", server, "fallback-scsv-refused"},
	})
}

func TestNSSAndBrowsers(t *testing.T) {
	checkAll(t, []logged{
		{`Error code: SSL_ERROR_NO_CYPHER_OVERLAP`, "SSL_ERROR_NO_CYPHER_OVERLAP", nobody, "suite-none-shared"},
		{`Cannot communicate securely with peer: no common encryption algorithm(s).`, "SSL_ERROR_NO_CYPHER_OVERLAP", nobody, "suite-none-shared"},
		{`Error code: SSL_ERROR_UNSUPPORTED_VERSION`, "SSL_ERROR_UNSUPPORTED_VERSION", nobody, "version-none-shared"},
		{`SSL_ERROR_RX_RECORD_TOO_LONG`, "SSL_ERROR_RX_RECORD_TOO_LONG", nobody, "not-tls-http"},
		{`-12263`, "SSL_ERROR_RX_RECORD_TOO_LONG", nobody, "not-tls-http"},
		{`SSL_ERROR_RENEGOTIATION_NOT_ALLOWED`, "SSL_ERROR_RENEGOTIATION_NOT_ALLOWED", nobody, "reneg-secure-hello"},
		{`SSL_ERROR_UNSAFE_NEGOTIATION`, "SSL_ERROR_UNSAFE_NEGOTIATION", nobody, "reneg-bare-hello"},
		{`SEC_ERROR_UNKNOWN_ISSUER`, "SEC_ERROR_UNKNOWN_ISSUER", nobody, "cert-unknown-ca"},
		{`SSL_ERROR_HANDSHAKE_FAILURE_ALERT`, "SSL_ERROR_HANDSHAKE_FAILURE_ALERT", nobody, "suite-none-shared"},
		{`net::ERR_SSL_VERSION_OR_CIPHER_MISMATCH`, "ERR_SSL_VERSION_OR_CIPHER_MISMATCH", client, "suite-none-shared"},
	})
}

func TestSchannelAndDotNet(t *testing.T) {
	checkAll(t, []logged{
		{`Schannel 36887: A fatal alert was received from the remote endpoint. The TLS protocol defined fatal alert code is 40.`, "handshake_failure", nobody, "suite-none-shared"},
		{`The following fatal alert was received: 46.`, "certificate_unknown", nobody, "cert-refused"},
		{`The following fatal alert was generated: 10. The internal error state is 1203.`, "unexpected_message", nobody, "reneg-data-crossed"},
		{`Event ID 36888: A fatal alert was generated and sent to the remote endpoint. This may result in termination of the connection. The TLS protocol defined fatal error code is 70. The Windows SChannel error state is 105.`, "protocol_version", nobody, "version-none-shared"},
		{`Event ID 36874: An TLS 1.2 connection request was received from a remote client application, but none of the cipher suites supported by the client application are supported by the server.`, "event 36874", server, "suite-none-shared"},
		{`Source: Schannel Event ID: 36871`, "event 36871", nobody, ""},
		{`The certificate received from the remote server was issued by an untrusted certificate authority.`, "event 36882", client, "cert-unknown-ca"},
		{`schannel: next InitializeSecurityContext failed: SEC_E_ILLEGAL_MESSAGE (0x80090326)`, "SEC_E_ILLEGAL_MESSAGE", client, "suite-none-shared"},
		{`System.ComponentModel.Win32Exception (0x80090331): The client and server cannot communicate, because they do not possess a common algorithm`, "SEC_E_ALGORITHM_MISMATCH", nobody, "suite-none-shared"},
		{`0x80090308`, "SEC_E_INVALID_TOKEN", nobody, "not-tls-http"},
		{`The request was aborted: Could not create SSL/TLS secure channel.`, "Could not create SSL/TLS secure channel", client, "version-none-shared"},
		{`System.IO.IOException: Authentication failed because the remote party has closed the transport stream.`, "Authentication failed because the remote party has closed the transport stream", nobody, "handshake-abandoned"},
	})
}

func TestMbedTLSAndWolfSSL(t *testing.T) {
	checkAll(t, []logged{
		{`mbedtls_ssl_handshake returned -0x7780`, "MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE", nobody, "suite-none-shared"},
		{`-0x7780`, "MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE", nobody, "suite-none-shared"},
		{`0x7780`, "MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE", nobody, "suite-none-shared"},
		{`ssl_handshake failed: -30592`, "MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE", nobody, "suite-none-shared"},
		{`MBEDTLS_ERR_SSL_INVALID_RECORD`, "MBEDTLS_ERR_SSL_INVALID_RECORD", nobody, "not-tls"},
		{`POLARSSL_ERR_SSL_NO_CIPHER_CHOSEN`, "MBEDTLS_ERR_SSL_NO_CIPHER_CHOSEN", server, "suite-none-shared"},
		{`E (5321) esp-tls-mbedtls: mbedtls_ssl_handshake returned -0x7200`, "MBEDTLS_ERR_SSL_INVALID_RECORD", nobody, "not-tls"},
		{`E (4711) esp-tls-mbedtls: mbedtls_ssl_handshake returned -0x2700`, "MBEDTLS_ERR_X509_CERT_VERIFY_FAILED", nobody, "cert-unknown-ca"},
		{`ssl_msg.c:4978: is a fatal alert message (msg 70)`, "protocol_version", nobody, "version-none-shared"},
		{`ssl_srv.c:0088: received RENEGOTIATION SCSV during renegotiation`, "received RENEGOTIATION SCSV during renegotiation", server, "reneg-reset-hello"},
		{`wolfSSL_connect error -313: received alert fatal error`, "FATAL_ERROR", server, "suite-none-shared"},
		{`wolfSSL error: record layer version error`, "VERSION_ERROR", nobody, "version-none-shared"},
		{`wolfSSL_accept failed: -326`, "VERSION_ERROR", server, "version-none-shared"},
		{`wolfSSL error -188`, "ASN_NO_SIGNER_E", nobody, "cert-unknown-ca"},
	})
}

func TestOtherLibrariesAndTools(t *testing.T) {
	checkAll(t, []logged{
		{`CFNetwork SSLHandshake failed (-9824)`, "errSSLPeerHandshakeFail", nobody, "suite-none-shared"},
		{`CFNetwork SSLHandshake failed (-9836)`, "errSSLPeerProtocolVersion", nobody, "version-none-shared"},
		{`errSSLUnknownRootCert`, "errSSLUnknownRootCert", nobody, "cert-unknown-ca"},
		{`TLS server: In state hello at tls_record.erl:539 generated SERVER ALERT: Fatal - Protocol Version`, "protocol_version", server, "version-none-shared"},
		{`TLS :server: In state :certify received CLIENT ALERT: Fatal - Unknown CA`, "unknown_ca", client, "cert-unknown-ca"},
		{`Description: Handshake Failure (40)`, "handshake_failure", nobody, "suite-none-shared"},
		{`TLSv1.2 Record Layer: Alert (Level: Fatal, Description: Protocol Version)`, "protocol_version", nobody, "version-none-shared"},
		{`Alert level fatal value handshake_failure`, "handshake_failure", nobody, "suite-none-shared"},
		{`javax.net.ssl.SSLHandshakeException: SSL handshake aborted: ssl=0x7f: Failure in SSL library, usually a protocol error error:1408F10B:SSL routines:SSL3_GET_RECORD:wrong version number (external/openssl/ssl/s3_pkt.c:337)`, "wrong version number", nobody, "not-tls-http"},
		{`TLS error on connection from dev.example [10.0.0.7] (gnutls_handshake): A TLS packet with unexpected length was received.`, "Error decoding the received TLS packet.", nobody, "not-tls-http"},
		{`TLS error on connection from dev.example [10.0.0.7] (SSL_accept): error:1408A0C1:SSL routines:ssl3_get_client_hello:no shared cipher`, "no shared cipher", server, "suite-none-shared"},
		{`LOG:  could not accept SSL connection: unsupported protocol`, "unsupported protocol", server, "version-none-shared"},
		{`SSL connection error: error:1425F102:SSL routines:ssl_choose_client_version:unsupported protocol`, "unsupported protocol", client, "version-none-shared"},
		{`SSL_connect returned=1 errno=0 peeraddr=10.0.0.1:443 state=error: certificate verify failed (self-signed certificate)`, "self signed certificate", client, "cert-unknown-ca"},
		{`javax.net.ssl.SSLPeerUnverifiedException: peer not authenticated`, "peer not authenticated", nobody, "cert-unknown-ca"},
	})
	if r := explain.Explain("Content Type: Alert (21)"); r.Explained() {
		t.Errorf("the type of a record is taken for %q", r.Items[0].Message)
	}
}

func TestProgramsAroundLibraries(t *testing.T) {
	checkAll(t, []logged{
		{`2024/05/01 12:00:00 [info] 31#31: *77 SSL_do_handshake() failed (SSL: error:1408F10B:SSL routines:ssl3_get_record:wrong version number) while SSL handshaking, client: 10.0.0.7, server: 0.0.0.0:443`, "wrong version number", server, "not-tls-http not-tls record-version"},
		{`2024/05/01 12:00:00 [info] 31#31: *77 SSL_read() failed (SSL: error:1408F10B:SSL routines:SSL3_GET_RECORD:wrong version number) while waiting for request, client: 10.0.0.7`, "wrong version number", server, "reneg-reset-hello reneg-restart-hello record-version"},
		{`2024/05/01 12:00:00 [error] 31#31: *78 SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::wrong version number) while SSL handshaking to upstream, client: 10.0.0.7`, "wrong version number", client, "not-tls record-version"},
		{`2024/05/01 12:00:00 [crit] 31#31: *79 SSL_do_handshake() failed (SSL: error:14209102:SSL routines:tls_early_post_process_client_hello:unsupported protocol) while SSL handshaking, client: 10.0.0.7`, "unsupported protocol", server, "version-none-shared version-fallback"},
		{`2024/05/01 12:00:00 [notice] 31#31: *80 SSL renegotiation disabled while waiting for request, client: 10.0.0.7`, "SSL renegotiation disabled", server, "reneg-secure-hello reneg-bare-hello reneg-reset-hello"},
		{`2024/05/01 12:00:00 [info] 31#31: *81 peer closed connection in SSL handshake while SSL handshaking, client: 10.0.0.7`, "peer closed connection in SSL handshake", server, "handshake-abandoned"},
		{`2024/05/01 12:00:00 [info] 31#31: *82 client sent plain HTTP request to HTTPS port while reading client request headers`, "client sent plain HTTP request to HTTPS port", server, "not-tls-http"},
		{`2024/05/01 12:00:00 [info] 31#31: *83 client SSL certificate verify error: (10:certificate has expired) while reading client request headers`, "certificate has expired", server, "client-cert-refused"},
		{`haproxy[12]: 10.0.0.7:4711 [01/May/2024:12:00:00.000] fe/1: SSL handshake failure (error:0A000418:SSL routines::tlsv1 alert unknown ca)`, "unknown_ca", nobody, "cert-unknown-ca"},
		{`haproxy[12]: 10.0.0.7:4711 [01/May/2024:12:00:00.000] fe/1: SSL handshake failure`, "SSL handshake failure", nobody, "suite-none-shared"},
		{`haproxy[12]: 10.0.0.7:4711 [01/May/2024:12:00:00.000] fe/1: Connection closed during SSL handshake`, "Connection closed during SSL handshake", server, "handshake-abandoned"},
		{`[ssl:error] [pid 9] AH02042: rejecting client initiated renegotiation`, "rejecting client initiated renegotiation", server, "reneg-secure-hello"},
		{`[ssl:error] [pid 9] [client 10.0.0.7:4711] AH02261: Re-negotiation handshake failed`, "Re-negotiation handshake failed", server, "reneg-server-asked"},
		{`LOG3[5]: SSL_accept: ../ssl/statem/statem_srvr.c:1685: error:0A000102:SSL routines::unsupported protocol`, "unsupported protocol", server, "version-none-shared"},
		{`LOG3[0]: SSL_accept: 1408F10B: error:1408F10B:SSL routines:SSL3_GET_RECORD:wrong version number`, "wrong version number", server, "not-tls-http"},
		{`curl: (35) OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to 10.0.0.1:443`, "OpenSSL SSL_connect: SSL_ERROR_SYSCALL", client, "handshake-abandoned"},
		{`curl: (60) SSL certificate problem: self-signed certificate`, "self signed certificate", client, "cert-unknown-ca"},
		{`curl: (60) SSL: no alternative certificate subject name matches target host name '10.0.0.1'`, "hostname mismatch", client, "cert-name"},
		{`curl: (56) OpenSSL SSL_read: error:14094410:SSL routines:ssl3_read_bytes:sslv3 alert handshake failure, errno 0`, "handshake_failure", server, "reneg-reset-hello reneg-bare-hello"},
		{`curl: (35) error:1400442E:SSL routines:CONNECT_CR_SRVR_HELLO:tlsv1 alert protocol version`, "protocol_version", server, "version-none-shared"},
		{`ssl.SSLError: EOF occurred in violation of protocol (_ssl.c:1129)`, "EOF occurred in violation of protocol", nobody, "handshake-abandoned"},
		{`Error: Client network socket disconnected before secure TLS connection was established`, "Client network socket disconnected before secure TLS connection was established", client, "handshake-abandoned"},
		{`read ECONNRESET`, "Connection reset by peer", nobody, "tcp-reset"},
		{`Caused by: received fatal alert: HandshakeFailure`, "handshake_failure", nobody, "suite-none-shared"},
		{`peer is incompatible: NoCipherSuitesInCommon`, "peer is incompatible: NoCipherSuitesInCommon", nobody, "suite-none-shared"},
		{`Postfix/smtpd[1]: SSL_accept error from dev.example[10.0.0.7]: -1`, "SSL_accept error from", server, "suite-none-shared"},
	})
}
