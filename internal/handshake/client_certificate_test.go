package handshake

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

var template = &x509.Certificate{
	SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a client"},
	NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0), BasicConstraintsValid: true,
}

// asks is settings that ask for a client certificate.
func asks(auth ClientAuth) *Settings {
	s := everything()
	s.ClientAuth = auth
	return s
}

func client(t testing.TB, key crypto.Signer, scheme wire.SignatureScheme) clientKey {
	return clientKey{key: key, chain: [][]byte{selfSigned(t, key.Public())}, scheme: scheme}
}

func TestClientCertificatesOfEveryKindAreProved(t *testing.T) {
	for v := wire.VersionTLS10; v <= wire.VersionTLS12; v++ {
		for _, key := range []crypto.Signer{rsaKey(), ecdsaKey(), must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))} {
			used := []wire.SignatureScheme{0}
			if v == wire.VersionTLS12 {
				used = slices.DeleteFunc(slices.Clone(clientSchemes), func(id wire.SignatureScheme) bool { return !schemes[id].signsWith(key.Public()) })
			}
			for _, id := range used {
				for _, exchange := range []wire.SuiteID{wire.TLS_RSA_WITH_AES_128_CBC_SHA, wire.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA} {
					t.Run(fmt.Sprintf("%s %T %s %s", v, key, id, exchange), func(t *testing.T) {
						l := climb(t, asks(ClientAuthRequired), rsaKey(), clientHello(version(v), suites(exchange)))
						l.client = client(t, key, id)
						o := l.complete()
						if !slices.EqualFunc(o.ClientChain, l.client.chain, slices.Equal) {
							t.Error("the outcome has another certificate")
						}
					})
				}
			}
		}
	}
}

func TestClientWithoutCertificatePassesWhereNoneIsRequired(t *testing.T) {
	l := climb(t, asks(ClientAuthRequest), rsaKey(), clientHello())
	if o := l.complete(); o.ClientChain != nil {
		t.Error("a certificate out of nothing")
	}
	l = climb(t, asks(ClientAuthRequired), rsaKey(), clientHello())
	refused(t, l.run(), wire.AlertHandshakeFailure, "client-cert-missing")
	l = climb(t, everything(), rsaKey(), clientHello())
	l.complete()
	if l.request != nil {
		t.Error("a certificate was asked for though settings do not")
	}
}

func TestCertificateRequestSaysWhatWeTake(t *testing.T) {
	settings := asks(ClientAuthRequest)
	settings.ClientCAs = [][]byte{{0x30, 0x00}, {0x30, 0x02, 0x31, 0x00}}
	for v := wire.VersionTLS10; v <= wire.VersionTLS12; v++ {
		l := climb(t, settings, rsaKey(), clientHello(version(v)))
		l.complete()
		if !slices.Equal(l.request.Types, []wire.CertificateType{wire.CertificateTypeRSASign, wire.CertificateTypeECDSASign}) ||
			!slices.EqualFunc(l.request.Authorities, settings.ClientCAs, slices.Equal) {
			t.Errorf("%s: %+v", v, l.request)
		}
		if got := len(l.request.Schemes) > 0; got != (v == wire.VersionTLS12) {
			t.Errorf("%s: schemes %v", v, l.request.Schemes)
		}
	}
}

// misproved runs a handshake whose CertificateVerify is altered.
func misproved(t *testing.T, key clientKey, v wire.Version, alter func(*ladder) wire.Message) error {
	l := climb(t, asks(ClientAuthRequest), rsaKey(), clientHello(version(v), suites(wire.TLS_RSA_WITH_AES_128_CBC_SHA)))
	l.client = key
	for _, step := range []func() error{l.begin, l.certificate, l.keyExchange} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	return l.say(alter(l))
}

func TestASignatureThatDoesNotProveIsRefused(t *testing.T) {
	flip := func(l *ladder) wire.Message { m := l.proof(); m[len(m)-1] ^= 1; return m }
	other := func(l *ladder) wire.Message { // another's certificate, our own key
		l.client.key = map[bool]crypto.Signer{true: must(rsa.GenerateKey(rand.Reader, 2048)), false: must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))}[l.client.key == crypto.Signer(rsaKey())]
		return l.proof()
	}
	early := func(l *ladder) wire.Message { // over another handshake
		l.transcript.Write([]byte{1})
		return l.proof()
	}
	empty := func(l *ladder) wire.Message {
		return (&wire.CertificateVerify{Scheme: l.client.scheme}).Marshal(l.serverHello.Version)
	}
	for v := wire.VersionTLS10; v <= wire.VersionTLS12; v++ {
		for _, key := range []clientKey{client(t, rsaKey(), wire.SchemeRSAPKCS1SHA256), client(t, ecdsaKey(), wire.SchemeECDSAP256SHA256)} {
			for name, alter := range map[string]func(*ladder) wire.Message{"a flipped bit": flip, "another's key": other, "another handshake": early, "nothing": empty} {
				t.Run(fmt.Sprintf("%s %T %s", v, key.key, name), func(t *testing.T) {
					refused(t, misproved(t, key, v, alter), wire.AlertDecryptError, "client-cert-refused")
				})
			}
		}
	}
}

func TestASchemeThatWeDidNotAskForIsRefused(t *testing.T) {
	as := func(id wire.SignatureScheme) func(*ladder) wire.Message {
		return func(l *ladder) wire.Message {
			return (&wire.CertificateVerify{Scheme: id, Signature: []byte{1}}).Marshal(l.serverHello.Version)
		}
	}
	rsaClient, ecdsaClient := client(t, rsaKey(), wire.SchemeRSAPKCS1SHA256), client(t, ecdsaKey(), wire.SchemeECDSAP256SHA256)
	for _, id := range []wire.SignatureScheme{0, 0x0101, 0x0301, 0x0303, wire.SchemeEd25519, 0xffff} {
		refused(t, misproved(t, rsaClient, wire.VersionTLS12, as(id)), wire.AlertIllegalParameter, "client-cert-refused")
		refused(t, misproved(t, ecdsaClient, wire.VersionTLS12, as(id)), wire.AlertIllegalParameter, "client-cert-refused")
	}
	refused(t, misproved(t, rsaClient, wire.VersionTLS12, as(wire.SchemeECDSAP256SHA256)), wire.AlertIllegalParameter, "client-cert-refused")
	refused(t, misproved(t, ecdsaClient, wire.VersionTLS12, as(wire.SchemeRSAPKCS1SHA256)), wire.AlertIllegalParameter, "client-cert-refused")
}

func TestACertificateThatCannotProveIsRefused(t *testing.T) {
	edwards, _, _ := ed25519.GenerateKey(rand.Reader)
	long := &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), maxRSABits, 1), E: 65537}
	for _, c := range []struct {
		name  string
		der   []byte
		alert wire.Alert
	}{
		{"unreadable", []byte("not DER"), wire.AlertBadCertificate},
		{"of a kind that does not sign here", selfSigned(t, edwards), wire.AlertUnsupportedCertificate},
		{"too long a key", selfSigned(t, long), wire.AlertBadCertificate},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := climb(t, asks(ClientAuthRequest), rsaKey(), clientHello())
			l.client.chain = [][]byte{c.der}
			refused(t, l.run(), c.alert, "client-cert-refused")
		})
	}
}

// Whoever shows a certificate proves it, and nobody proves what was not shown.
func TestProofAndCertificateComeTogether(t *testing.T) {
	l := climb(t, asks(ClientAuthRequest), rsaKey(), clientHello())
	l.client = client(t, rsaKey(), wire.SchemeRSAPKCS1SHA256)
	for _, step := range []func() error{l.begin, l.certificate, l.keyExchange} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	refused(t, l.finish(), wire.AlertUnexpectedMessage, "")

	l = climb(t, asks(ClientAuthRequest), rsaKey(), clientHello())
	for _, step := range []func() error{l.begin, l.certificate, l.keyExchange} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	l.client = client(t, rsaKey(), wire.SchemeRSAPKCS1SHA256)
	refused(t, l.say(l.proof()), wire.AlertUnexpectedMessage, "")
}

// The certificate of a resumed session is the session's.
func TestResumptionKeepsTheCertificate(t *testing.T) {
	l := climb(t, asks(ClientAuthRequired), rsaKey(), clientHello(ems))
	l.client = client(t, ecdsaKey(), wire.SchemeECDSAP256SHA256)
	o := l.complete()
	next := climb(t, asks(ClientAuthRequired), rsaKey(), clientHello(ems, offering(o.Session.ID)))
	next.session, next.offered = o.Stored, o.Master
	if again := next.complete(); !again.Resumed || !slices.EqualFunc(again.ClientChain, o.ClientChain, slices.Equal) {
		t.Errorf("resumed %v with another certificate", again.Resumed)
	}
}

// A renegotiation may show one; the question says what it would change.
func TestACertificateInARenegotiationIsVerified(t *testing.T) {
	l := climb(t, asks(ClientAuthRequest), rsaKey(), clientHello())
	o := l.complete()
	next := l.again(renego.TermsSecure, o, clientHello())
	next.client = client(t, rsaKey(), wire.SchemeRSAPSSRSAESHA256)
	var chain [][]byte
	next.verify = func(q VerifyQuestion) error { chain = q.Chain; return fault(wire.AlertAccessDenied, "", "not you") }
	refused(t, next.run(), wire.AlertAccessDenied, "")
	if len(chain) != 1 || next.finished || next.server.Done() != nil {
		t.Errorf("%d certificates were shown; finished %v", len(chain), next.finished)
	}
	if next.suite.KeyExchange == suite.KeyExchangeECDHE && next.exchange == nil {
		t.Error("no key exchange")
	}
}
