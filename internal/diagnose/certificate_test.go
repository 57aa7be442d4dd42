package diagnose_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// A paper is a certificate to be made.
type paper struct {
	name, issuer string // the issuer's key does not matter: nobody verifies here
	dns          []string
	from, to     time.Time
	key, signer  crypto.Signer
}

var ecKey = sync.OnceValue(func() crypto.Signer {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return k
})

var smallKey = sync.OnceValue(func() crypto.Signer {
	k, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		panic(err)
	}
	return k
})

func (p paper) der(t *testing.T) []byte {
	t.Helper()
	if p.key == nil {
		p.key = ecKey()
	}
	if p.signer == nil {
		p.signer = ecKey()
	}
	if p.from.IsZero() {
		p.from, p.to = start.AddDate(-1, 0, 0), start.AddDate(1, 0, 0)
	}
	if p.issuer == "" {
		p.issuer = p.name
	}
	cert := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: p.name}, DNSNames: p.dns, NotBefore: p.from, NotAfter: p.to}
	parent := &x509.Certificate{Subject: pkix.Name{CommonName: p.issuer}}
	der, err := x509.CreateCertificate(rand.Reader, cert, parent, p.key.Public(), p.signer)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// sha1Signed makes a certificate say that it is signed with SHA-1: Go signs none
// so, and nobody verifies it here. The two algorithms' numbers differ at their end.
func sha1Signed(t *testing.T, p paper) []byte {
	t.Helper()
	p.signer = smallKey()
	sha256, sha1 := []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11}, []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5}
	return bytes.ReplaceAll(p.der(t), sha256, sha1)
}

func named(name string) *wire.ClientHello {
	return offering(wire.VersionTLS12, []wire.SuiteID{wire.TLS_RSA_WITH_AES_128_CBC_SHA}, wire.ServerNameExtension(name))
}

func TestACertificateThatTheClientRefuses(t *testing.T) {
	good := paper{name: "www.example", issuer: "CA 1", dns: []string{"www.example"}}.der(t)
	intermediate := paper{name: "CA 1", issuer: "Root"}.der(t)
	for _, test := range []struct {
		name    string
		chain   [][]byte
		alert   wire.Alert
		id      string
		culprit diagnose.Culprit
		sure    diagnose.Confidence
		says    []string
	}{
		{"alone, not known", [][]byte{good}, wire.AlertUnknownCA, "cert-unknown-ca", diagnose.CulpritServer, diagnose.Likely, []string{"intermediate certificate", "CN=CA 1"}},
		{"self-signed", [][]byte{paper{name: "www.example", dns: []string{"www.example"}}.der(t)}, wire.AlertUnknownCA, "cert-unknown-ca", diagnose.CulpritServer, diagnose.Likely, []string{"self-signed"}},
		{"whole", [][]byte{good, intermediate}, wire.AlertUnknownCA, "cert-unknown-ca", diagnose.CulpritClient, diagnose.Likely, []string{"does not know its root", "CN=Root"}},
		{"whole, in another order", [][]byte{good, paper{name: "Root"}.der(t), intermediate}, wire.AlertUnknownCA, "cert-unknown-ca", diagnose.CulpritClient, diagnose.Likely, nil},
		{"with a gap", [][]byte{good, paper{name: "CA 2", issuer: "Root"}.der(t)}, wire.AlertUnknownCA, "cert-unknown-ca", diagnose.CulpritServer, diagnose.Sure, []string{"not whole"}},
		{"expired", [][]byte{paper{name: "www.example", issuer: "CA 1", dns: []string{"www.example"}, from: start.AddDate(-2, 0, 0), to: start.AddDate(-1, 0, 0)}.der(t)}, wire.AlertCertificateExpired, "cert-expired", diagnose.CulpritServer, diagnose.Sure, []string{"had expired on 2025-11-24"}},
		{"expired above", [][]byte{good, paper{name: "CA 1", issuer: "Root", from: start.AddDate(-2, 0, 0), to: start.AddDate(-1, 0, 0)}.der(t)}, wire.AlertCertificateExpired, "cert-expired", diagnose.CulpritServer, diagnose.Sure, []string{"certificate 2 of the chain"}},
		{"not expired", [][]byte{good, intermediate}, wire.AlertCertificateExpired, "cert-expired", diagnose.CulpritClient, diagnose.Likely, []string{"clock"}},
		{"with another name", [][]byte{paper{name: "other.example", issuer: "CA 1", dns: []string{"other.example"}}.der(t)}, wire.AlertBadCertificate, "cert-name", diagnose.CulpritServer, diagnose.Likely, []string{`not for "www.example"`, "other.example"}},
		{"with a common name alone", [][]byte{paper{name: "www.example", issuer: "CA 1"}.der(t)}, wire.AlertCertificateUnknown, "cert-name", diagnose.CulpritServer, diagnose.Likely, []string{"common name alone"}},
		{"with a small key", [][]byte{paper{name: "www.example", issuer: "CA 1", dns: []string{"www.example"}, key: smallKey()}.der(t)}, wire.AlertUnsupportedCertificate, "cert-key-size", diagnose.CulpritServer, diagnose.Likely, []string{"1024 bits"}},
		{"signed with SHA-1", [][]byte{sha1Signed(t, paper{name: "www.example", issuer: "CA 1", dns: []string{"www.example"}})}, wire.AlertBadCertificate, "cert-sha1", diagnose.CulpritServer, diagnose.Likely, []string{"SHA1-RSA"}},
		{"below a root that is signed with SHA-1", [][]byte{good, intermediate, sha1Signed(t, paper{name: "Root"})}, wire.AlertBadCertificate, "cert-refused", diagnose.CulpritUnknown, diagnose.Sure, nil},
		{"and nothing amiss", [][]byte{good, intermediate}, wire.AlertCertificateUnknown, "cert-refused", diagnose.CulpritUnknown, diagnose.Sure, []string{"Java and browsers"}},
		{"revoked", [][]byte{good, intermediate}, wire.AlertCertificateRevoked, "cert-refused", diagnose.CulpritUnknown, diagnose.Sure, []string{"revoked"}},
		{"that nobody can read", [][]byte{{1, 2, 3}}, wire.AlertUnknownCA, "cert-unknown-ca", diagnose.CulpritUnknown, diagnose.Sure, nil},
		{"and none at all", nil, wire.AlertBadCertificate, "cert-refused", diagnose.CulpritUnknown, diagnose.Sure, nil},
	} {
		d := captured().hello(named("www.example")).serverHello().certificate(server, test.chain...).fatal(client, test.alert).closes(client).diagnosis()
		f := d.Findings[0]
		if f.ID != test.id || f.Culprit != test.culprit || f.Confidence != test.sure {
			t.Errorf("%s: %s, %s, %s: %s", test.name, f.ID, f.Culprit, f.Confidence, f.Sentence)
			continue
		}
		says(t, f, test.says...)
		for _, fault := range unsound(d) {
			t.Errorf("%s: %s", test.name, fault)
		}
		charge := d.Charges[len(d.Charges)-1]
		if guilty := f.Culprit == diagnose.CulpritServer && f.Confidence == diagnose.Sure; guilty && charge.Verdict != diagnose.Did {
			t.Errorf("%s: the charge is %s: %s: %s", test.name, charge.What, charge.Verdict, charge.Why)
		}
		if f.Culprit == diagnose.CulpritClient && charge.Verdict != diagnose.DidNot {
			t.Errorf("%s: the charge is %s: %s: %s", test.name, charge.What, charge.Verdict, charge.Why)
		}
	}
}

func TestARefusalOfACertificateThatWasNotSeen(t *testing.T) {
	modern := captured()
	modern.version = wire.VersionTLS13
	f := find(t, modern.hello(foundingHello()).serverHello().fatal(client, wire.AlertUnknownCA).diagnosis(), "cert-unknown-ca", diagnose.Failure)
	says(t, f, "sealed in TLS 1.3")
	late := captured().gap(client, trace.GapLate, 0).fatal(client, wire.AlertBadCertificate).diagnosis()
	says(t, find(t, late, "cert-refused", diagnose.Failure), "begin the capture")
}

func TestNamesFromPeersAreShownTame(t *testing.T) {
	wild := strings.Repeat("a\x1b[31m\n", 300)
	cert := paper{name: wild, issuer: wild + "x", dns: []string{strings.Repeat("b", 5000)}}.der(t)
	for _, alert := range []wire.Alert{wire.AlertBadCertificate, wire.AlertUnknownCA} {
		d := captured().hello(named(wild)).serverHello().certificate(server, cert).fatal(client, alert).closes(client).diagnosis()
		for _, fault := range unsound(d) {
			t.Error(fault)
		}
	}
	for _, fault := range unsound(captured().hello(named(wild)).fatal(server, wire.AlertUnrecognizedName).diagnosis()) {
		t.Error(fault)
	}
}

func TestFlawsThatAClientOverlooksAreRisks(t *testing.T) {
	expired := paper{name: "other.example", issuer: "CA", dns: []string{"other.example"}, key: smallKey(), from: start.AddDate(-2, 0, 0), to: start.AddDate(-1, 0, 0)}.der(t)
	d := captured().hello(named("www.example")).serverHello().certificate(server, expired).finished().data(1, 1).goodbye().diagnosis()
	for _, id := range []string{"cert-expired", "cert-name", "cert-key-size"} {
		find(t, d, id, diagnose.Risk)
	}
	if d.Failed() {
		t.Error(ids(d))
	}
}

func TestAClientThatLeavesAtTheCertificate(t *testing.T) {
	other := paper{name: "other.example", issuer: "CA", dns: []string{"other.example"}}.der(t)
	d := captured().hello(named("www.example")).serverHello().certificate(server, other).closes(client).diagnosis()
	if f := find(t, d, "cert-name", diagnose.Failure); f.Confidence != diagnose.Possible {
		t.Error(f.Confidence)
	}
	good := paper{name: "www.example", issuer: "CA", dns: []string{"www.example"}}.der(t)
	d = captured().hello(named("www.example")).serverHello().certificate(server, good).closes(client).diagnosis()
	says(t, find(t, d, "handshake-abandoned", diagnose.Failure), "often do not accept it")
}

func TestWithoutADateNothingHasExpired(t *testing.T) {
	old := paper{name: "www.example", issuer: "CA", dns: []string{"www.example"}, from: start.AddDate(-2, 0, 0), to: start.AddDate(-1, 0, 0)}.der(t)
	talk := captured().hello(named("www.example")).serverHello().certificate(server, old).finished().data(1, 1).goodbye()
	talk.c.Start = time.Time{}
	if d := talk.diagnosis(); d.Findings[0].ID != "healthy" {
		t.Error(ids(d))
	}
}

// asked is a handshake up to the server's request for a client certificate.
func asked(authorities ...[]byte) *talk {
	return captured().hello(foundingHello()).serverHello().certificate(server).
		message(server, wire.MessageCertificateRequest, 40, &wire.CertificateRequest{Authorities: authorities})
}

func TestAServerThatWantsAClientCertificate(t *testing.T) {
	ours := paper{name: "device", issuer: "Devices"}.der(t)
	parsed, err := x509.ParseCertificate(ours)
	if err != nil {
		t.Fatal(err)
	}
	old := paper{name: "device", issuer: "Devices", from: start.AddDate(-2, 0, 0), to: start.AddDate(-1, 0, 0)}.der(t)
	for _, test := range []struct {
		name    string
		talk    *talk
		id      string
		culprit diagnose.Culprit
		says    string
	}{
		{"none", asked().certificate(client).fatal(server, wire.AlertHandshakeFailure), "client-cert-missing", diagnose.CulpritClient, "--client-auth request"},
		{"expired", asked().certificate(client, old).fatal(server, wire.AlertBadCertificate), "client-cert-refused", diagnose.CulpritClient, "had expired"},
		{"revoked", asked().certificate(client, ours).fatal(server, wire.AlertCertificateRevoked), "client-cert-revoked", diagnose.CulpritClient, "new certificate"},
		{"revoked, by our own log", asked().certificate(client, ours).fatal(server, wire.AlertCertificateRevoked).ended("client-cert-revoked", "serial number 7"), "client-cert-revoked", diagnose.CulpritClient, "serial number 7"},
		{"not named, by our own log", asked().certificate(client, ours).fatal(server, wire.AlertAccessDenied).ended("client-cert-not-allowed", "none of its names"), "client-cert-not-allowed", diagnose.CulpritClient, "none of its names"},
		{"of another authority", asked([]byte("another")).certificate(client, ours).fatal(server, wire.AlertUnknownCA), "client-cert-refused", diagnose.CulpritClient, "none of the authorities"},
		{"of the right one", asked(parsed.RawIssuer).certificate(client, ours).fatal(server, wire.AlertBadCertificate), "client-cert-refused", diagnose.CulpritUnknown, "--client-ca"},
		{"with a wrong signature", asked().certificate(client, ours).message(client, wire.MessageCertificateVerify, 260, nil).fatal(server, wire.AlertDecryptError), "client-cert-refused", diagnose.CulpritClient, "signature over the handshake"},
	} {
		f := test.talk.closes(server).diagnosis().Findings[0]
		if f.ID != test.id || f.Culprit != test.culprit {
			t.Errorf("%s: %s, %s: %s", test.name, f.ID, f.Culprit, f.Sentence)
			continue
		}
		says(t, f, test.says)
	}
}

func TestAnIdentityThatChanges(t *testing.T) {
	a, b := paper{name: "a"}.der(t), paper{name: "b"}.der(t)
	talk := asked().certificate(client, a).finished().data(1, 1)
	talk.second(1, wire.VersionTLS12).certificate(client, b).finished().data(1, 1).goodbye()
	find(t, talk.diagnosis(), "reneg-identity-changed", diagnose.Risk)

	talk = asked().certificate(client, a).finished().data(1, 1)
	talk.second(1, wire.VersionTLS12).certificate(client, b).fatal(server, wire.AlertHandshakeFailure)
	find(t, talk.diagnosis(), "reneg-identity-changed", diagnose.Failure)
}
