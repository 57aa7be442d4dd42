package listen

import (
	"crypto/tls"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/proxy"
	"github.com/parley-tls/parley/internal/wire"
)

// certificates are made once: they are slow to make.
var certificates = sync.OnceValue(func() []tls.Certificate {
	c, err := proxy.SelfSigned(time.Now())
	if err != nil {
		panic(err)
	}
	return c
})

// hello is one that OpenSSL 1.0 could send.
func hello(v wire.Version, suites ...wire.SuiteID) *wire.ClientHello {
	h := &wire.ClientHello{
		Version: v, CipherSuites: append(suites, wire.SuiteEmptyRenegotiationInfoSCSV), CompressionMethods: []uint8{0}, HasExtensions: true,
		Extensions: []wire.Extension{
			wire.GroupsExtension([]wire.Group{wire.GroupSecp256r1}),
			wire.PointFormatsExtension(nil),
			wire.SignatureAlgorithmsExtension([]wire.SignatureScheme{wire.SchemeRSAPKCS1SHA256, wire.SchemeECDSAP256SHA256}),
		},
	}
	h.Raw = h.Marshal()
	return h
}

func TestRehearsalSaysWhatServesAHello(t *testing.T) {
	ecdsaOnly := certificates()[:1]
	for name, c := range map[string]struct {
		hello        *wire.ClientHello
		certificates []tls.Certificate
		says         string
	}{
		"an ordinary one":   {hello(wire.VersionTLS12, wire.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256), certificates(), "without a flag"},
		"TLS 1.0":           {hello(wire.VersionTLS10, wire.TLS_RSA_WITH_AES_128_CBC_SHA), certificates(), "without a flag"},
		"RC4 and 3DES only": {hello(wire.VersionTLS12, wire.TLS_RSA_WITH_RC4_128_SHA, wire.TLS_RSA_WITH_3DES_EDE_CBC_SHA), certificates(), "--suites default,TLS_RSA_WITH_3DES_EDE_CBC_SHA takes it"},
		"RC4 only":          {hello(wire.VersionTLS10, wire.TLS_ECDHE_RSA_WITH_RC4_128_SHA), certificates(), "--suites default,TLS_ECDHE_RSA_WITH_RC4_128_SHA takes it (weak: RC4"},
		"RSA where the certificate is ECDSA": {hello(wire.VersionTLS12, wire.TLS_RSA_WITH_AES_128_CBC_SHA), ecdsaOnly,
			"a second one whose key is of the other kind"},
		"SSL 3.0":          {hello(wire.VersionSSL30, wire.TLS_RSA_WITH_AES_128_CBC_SHA), certificates(), "no setting of parley serve takes it: the client offers no version"},
		"suites of others": {hello(wire.VersionTLS12, 0x0088), certificates(), "no setting of parley serve takes it"},
		"SSL 2.0's format": {&wire.ClientHello{SSL2Format: true, Version: wire.VersionTLS12}, certificates(), "the format of SSL 2.0"},
	} {
		t.Run(name, func(t *testing.T) {
			s := stage{certificates: c.certificates, both: certificates()}
			if got := s.rehearse(c.hello).text(); !strings.Contains(got, c.says) {
				t.Errorf("it says %q, not %q", got, c.says)
			}
		})
	}
}

func TestRehearsalOfAHelloLongerThanARecord(t *testing.T) {
	h := hello(wire.VersionTLS12, wire.TLS_RSA_WITH_AES_128_CBC_SHA)
	h.Extensions = append(h.Extensions, wire.Extension{Type: wire.ExtensionPadding, Data: make([]byte, 20_000)})
	h.Raw = h.Marshal()
	s := stage{certificates: certificates(), both: certificates()}
	if r := s.rehearse(h); !r.served {
		t.Error(r.text())
	}
}

func TestAlikeHellosAreRehearsedOnceAndCountedTogether(t *testing.T) {
	var o offers
	s := stage{certificates: certificates(), both: certificates()}
	weak := hello(wire.VersionTLS12, wire.TLS_RSA_WITH_3DES_EDE_CBC_SHA)
	for number := 1; number <= 3; number++ {
		if of, first := o.add(weak, number, s); first != (number == 1) || len(of.connections) != number {
			t.Errorf("connection %d: first %v, of %v", number, first, of.connections)
		}
	}
	o.add(hello(wire.VersionTLS12, wire.TLS_RSA_WITH_AES_128_CBC_SHA), 4, s)
	if got := o.settings(); len(got) != 1 || got[0] != "parley serve needs --suites default,TLS_RSA_WITH_3DES_EDE_CBC_SHA" {
		t.Errorf("%q", got)
	}
}

func TestKindsOfHelloAreBounded(t *testing.T) {
	var o offers
	s := stage{certificates: certificates(), both: certificates()}
	for n := range mostOffers + 2 {
		o.add(hello(wire.VersionTLS12, wire.SuiteID(0xe000+n), wire.TLS_RSA_WITH_AES_128_CBC_SHA), n, s)
	}
	if len(o.list) != mostOffers || o.beyond != 2 {
		t.Errorf("%d kinds kept, %d beyond", len(o.list), o.beyond)
	}
}
