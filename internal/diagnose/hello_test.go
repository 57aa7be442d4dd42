package diagnose_test

import (
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// offering is a hello of a version with suites, and extensions if it has any.
func offering(v wire.Version, suites []wire.SuiteID, extensions ...wire.Extension) *wire.ClientHello {
	return raw(&wire.ClientHello{Version: v, CipherSuites: suites, CompressionMethods: []uint8{0}, HasExtensions: len(extensions) > 0, Extensions: extensions})
}

func TestAHelloThatIsRefusedNamesWhatIsMissing(t *testing.T) {
	ecdhe := []wire.SuiteID{wire.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}
	aes := []wire.SuiteID{wire.TLS_RSA_WITH_AES_128_CBC_SHA}
	for _, test := range []struct {
		name    string
		hello   *wire.ClientHello
		alert   wire.Alert
		id      string
		culprit diagnose.Culprit
		sure    diagnose.Confidence
		says    []string
	}{
		{"a client of SSL 3.0", offering(wire.VersionSSL30, aes), wire.AlertProtocolVersion, "version-none-shared", diagnose.CulpritClient, diagnose.Sure, []string{"SSL 3.0 at most", "does not serve SSL 3.0"}},
		{"the same, with another alert", offering(wire.VersionSSL30, aes), wire.AlertHandshakeFailure, "version-none-shared", diagnose.CulpritClient, diagnose.Likely, []string{"RFC 7568"}},
		{"a client of TLS 1.0", offering(wire.VersionTLS10, aes), wire.AlertProtocolVersion, "version-none-shared", diagnose.CulpritUnknown, diagnose.Sure, []string{"TLS 1.0 at most", "--min-version 1.0"}},
		{"a server of before TLS 1.2", offering(wire.VersionTLS12, ecdhe), wire.AlertProtocolVersion, "version-none-shared", diagnose.CulpritServer, diagnose.Sure, []string{"serves TLS 1.0 to 1.3 by default"}},
		{"RC4 alone", offering(wire.VersionTLS12, []wire.SuiteID{wire.TLS_RSA_WITH_RC4_128_SHA, wire.TLS_RSA_WITH_RC4_128_MD5}), wire.AlertHandshakeFailure, "suite-none-shared", diagnose.CulpritClient, diagnose.Likely, []string{"--suites default,TLS_RSA_WITH_RC4_128_SHA", "RFC 7465"}},
		{"suites of nobody", offering(wire.VersionTLS12, []wire.SuiteID{0x0003, 0x0014}), wire.AlertHandshakeFailure, "suite-none-shared", diagnose.CulpritClient, diagnose.Likely, []string{"none of the suites that the client offers"}},
		{"suites of TLS 1.2 in TLS 1.0", offering(wire.VersionTLS10, ecdhe), wire.AlertHandshakeFailure, "suite-none-shared", diagnose.CulpritClient, diagnose.Likely, nil},
		{"no curve", offering(wire.VersionTLS12, ecdhe, wire.GroupsExtension([]wire.Group{1, 2})), wire.AlertHandshakeFailure, "curve-none-shared", diagnose.CulpritClient, diagnose.Likely, []string{"secp256r1"}},
		{"no signature", offering(wire.VersionTLS12, ecdhe, wire.SignatureAlgorithmsExtension([]wire.SignatureScheme{wire.SchemeDSASHA1})), wire.AlertHandshakeFailure, "signature-none-shared", diagnose.CulpritClient, diagnose.Likely, []string{"rsa_pkcs1_sha256"}},
		{"suites that go out of use", offering(wire.VersionTLS12, aes), wire.AlertHandshakeFailure, "suite-none-shared", diagnose.CulpritUnknown, diagnose.Likely, []string{"nothing to set: its defaults serve this hello, with TLS 1.2 and TLS_RSA_WITH_AES_128_CBC_SHA"}},
		{"a rare curve", offering(wire.VersionTLS12, ecdhe, wire.GroupsExtension([]wire.Group{wire.GroupSecp521r1})), wire.AlertHandshakeFailure, "curve-none-shared", diagnose.CulpritUnknown, diagnose.Possible, []string{"secp521r1"}},
		{"nothing amiss", offering(wire.VersionTLS12, ecdhe), wire.AlertHandshakeFailure, "suite-none-shared", diagnose.CulpritUnknown, diagnose.Possible, []string{"with TLS 1.2 and TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "no such server name"}},
		{"nothing amiss, and the server says it is the suites", offering(wire.VersionTLS12, aes), wire.AlertInsufficientSecurity, "suite-none-shared", diagnose.CulpritUnknown, diagnose.Likely, nil},
		{"a client that falls back", offering(wire.VersionTLS10, append(aes, wire.SuiteFallbackSCSV)), wire.AlertInappropriateFallback, "fallback-scsv-refused", diagnose.CulpritClient, diagnose.Sure, []string{"TLS_FALLBACK_SCSV"}},
		{"a name that is not known", offering(wire.VersionTLS12, aes, wire.ServerNameExtension("old.example")), wire.AlertUnrecognizedName, "cert-name", diagnose.CulpritUnknown, diagnose.Sure, []string{`"old.example"`}},
		{"a server that stumbles", offering(wire.VersionTLS12, aes), wire.AlertDecodeError, "hello-malformed", diagnose.CulpritUnknown, diagnose.Possible, []string{"can be read to its end"}},
		{"an extension twice", offering(wire.VersionTLS12, aes, wire.SessionTicketExtension(nil), wire.SessionTicketExtension(nil)), wire.AlertDecodeError, "hello-malformed", diagnose.CulpritClient, diagnose.Likely, []string{"twice"}},
		{"TLS 1.3 without a suite for it", offering(wire.VersionTLS12, []wire.SuiteID{0x0003}, wire.SupportedVersionsExtension([]wire.Version{wire.VersionTLS13})), wire.AlertHandshakeFailure, "suite-none-shared", diagnose.CulpritClient, diagnose.Likely, nil},
	} {
		d := captured().hello(test.hello).fatal(server, test.alert).closes(server).diagnosis()
		f := d.Findings[0]
		if f.ID != test.id || f.Level != diagnose.Failure || f.Culprit != test.culprit || f.Confidence != test.sure {
			t.Errorf("%s: %s, %s, %s: %s", test.name, f.ID, f.Culprit, f.Confidence, f.Sentence)
			continue
		}
		says(t, f, test.says...)
		for _, fault := range unsound(d) {
			t.Errorf("%s: %s", test.name, fault)
		}
	}
}

func TestASilentServerIsJudgedByTheHelloAlone(t *testing.T) {
	d := captured().hello(offering(wire.VersionSSL30, []wire.SuiteID{wire.TLS_RSA_WITH_AES_128_CBC_SHA})).resets(server).diagnosis()
	if f := find(t, d, "version-none-shared", diagnose.Failure); f.Confidence != diagnose.Possible {
		t.Error(f.Confidence)
	}
	d = captured().hello(foundingHello()).closes(server).diagnosis()
	if f := find(t, d, "handshake-abandoned", diagnose.Failure); f.Culprit != diagnose.CulpritServer {
		t.Errorf("%s: %s", f.Culprit, f.Sentence)
	}
}

func TestAClientThatDoesNotTakeTheServersChoice(t *testing.T) {
	talk := captured().hello(foundingHello()).serverHello().fatal(client, wire.AlertProtocolVersion)
	says(t, find(t, talk.diagnosis(), "version-none-shared", diagnose.Failure), "TLS 1.2")

	old := captured()
	old.version = wire.VersionTLS11
	d := old.hello(foundingHello()).serverHello().certificate(server).fatal(client, wire.AlertInternalError).diagnosis()
	says(t, find(t, d, "version-none-shared", diagnose.Failure), "SECLEVEL")

	dhe := captured()
	dhe.suite = 0x0033 // TLS_DHE_RSA_WITH_AES_128_CBC_SHA
	d = dhe.hello(foundingHello()).serverHello().message(server, wire.MessageServerKeyExchange, 500, nil).fatal(client, wire.AlertHandshakeFailure).diagnosis()
	says(t, find(t, d, "suite-none-shared", diagnose.Failure), "old Java takes none above 1024 bits")
}

func TestAClientThatTakesTheWarningAboutANameForTheEnd(t *testing.T) {
	talk := captured().hello(named("old.example")).alert(server, wire.LevelWarning, wire.AlertUnrecognizedName).serverHello().fatal(client, wire.AlertHandshakeFailure)
	says(t, find(t, talk.diagnosis(), "cert-name", diagnose.Failure), "Java 7", `"old.example"`)
	well := captured().hello(named("old.example")).alert(server, wire.LevelWarning, wire.AlertUnrecognizedName).serverHello().finished().data(1, 1).goodbye()
	if text := ids(well.diagnosis()); text != "healthy (note)" {
		t.Error(text)
	}
}

func TestRisksOfAConnectionThatWorks(t *testing.T) {
	for _, test := range []struct {
		name  string
		hello *wire.ClientHello
		suite wire.SuiteID
		id    string
		sure  diagnose.Confidence
		says  string
	}{
		{"a fallback that says so", offering(wire.VersionTLS10, []wire.SuiteID{wire.TLS_RSA_WITH_AES_128_CBC_SHA, wire.SuiteFallbackSCSV}), wire.TLS_RSA_WITH_AES_128_CBC_SHA, "version-fallback", diagnose.Sure, "fell back"},
		{"a fallback that shows", offering(wire.VersionTLS10, []wire.SuiteID{wire.TLS_RSA_WITH_AES_128_GCM_SHA256, wire.TLS_RSA_WITH_AES_128_CBC_SHA}), wire.TLS_RSA_WITH_AES_128_CBC_SHA, "version-fallback", diagnose.Possible, "only TLS 1.2 has"},
		{"RC4, the client having nothing better", offering(wire.VersionTLS10, []wire.SuiteID{wire.TLS_RSA_WITH_RC4_128_SHA}), wire.TLS_RSA_WITH_RC4_128_SHA, "suite-weak", diagnose.Sure, "RFC 7465"},
		{"3DES, though the client has better", foundingHello(), wire.TLS_RSA_WITH_3DES_EDE_CBC_SHA, "suite-weak", diagnose.Sure, "leave it out of --suites"},
		{"DES", foundingHello(), 0x0009, "suite-weak", diagnose.Sure, "56 bits"},
	} {
		talk := captured()
		talk.suite, talk.version = test.suite, test.hello.Version
		d := talk.hello(test.hello).serverHello().finished().data(1, 1).goodbye().diagnosis()
		f := find(t, d, test.id, diagnose.Risk)
		if d.Failed() || f.Confidence != test.sure || f.Culprit != diagnose.CulpritNone {
			t.Errorf("%s: %s: %s", test.name, f.Confidence, ids(d))
		}
		says(t, f, test.says)
		find(t, d, "healthy", diagnose.Note)
	}
}

func TestHellosOfOtherShapes(t *testing.T) {
	old := foundingHello()
	old.SSL2Format = true
	find(t, captured().hello(old).serverHello().finished().data(1, 1).goodbye().diagnosis(), "hello-ssl2", diagnose.Note)
	d := captured().hello(old).fatal(server, wire.AlertProtocolVersion).diagnosis()
	says(t, find(t, d, "hello-ssl2", diagnose.Failure), "SSL_OP_NO_SSLv2")

	bad := captured().says(client, trace.Message, trace.MessageDetail{Type: wire.MessageClientHello, Length: 80, Hello: foundingHello(), Fault: "ClientHello: extensions need 9 bytes\nand have 3"})
	f := find(t, bad.fatal(server, wire.AlertDecodeError).diagnosis(), "hello-malformed", diagnose.Failure)
	if f.Confidence != diagnose.Sure || strings.Contains(f.Sentence, "\n") {
		t.Errorf("%s: %q", f.Confidence, f.Sentence)
	}

	large := captured().says(client, trace.Message, trace.MessageDetail{Type: wire.MessageClientHello, Length: 70000, Hello: foundingHello()})
	find(t, large.closes(server).diagnosis(), "hello-size", diagnose.Failure)
}

func TestASessionThatIsNotResumed(t *testing.T) {
	h := foundingHello()
	h.SessionID = make([]byte, 32)
	d := captured().hello(raw(h)).serverHello().finished().data(1, 1).goodbye().diagnosis()
	find(t, d, "resume-refused", diagnose.Note)
	if d.Findings[0].ID != "healthy" {
		t.Error(ids(d))
	}
	if text := ids(captured().established().data(1, 1).goodbye().diagnosis()); text != "healthy (note)" {
		t.Error(text)
	}
}
