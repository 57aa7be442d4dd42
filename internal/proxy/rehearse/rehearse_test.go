package rehearse

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient/profiles"
	"github.com/parley-tls/parley/internal/wire"
)

// helloOf is what crypto/tls says first.
func helloOf(t *testing.T, config *tls.Config) *wire.ClientHello {
	t.Helper()
	near, far := net.Pipe()
	config.ServerName = "rehearse.example"
	go func() { _ = tls.Client(far, config).Handshake(); far.Close() }()
	defer near.Close()
	b := make([]byte, 1<<14)
	n, err := near.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	hello, err := wire.ParseClientHello(wire.Message(b[wire.RecordHeaderLen:n]))
	if err != nil {
		t.Fatal(err)
	}
	return hello
}

func TestEveryKnownClientGetsWithoutTheKeyWhatItGetsWithIt(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "x"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	real := []tls.Certificate{{Certificate: [][]byte{der}, Leaf: leaf, PrivateKey: key}}
	for _, p := range profiles.All() {
		c := Client{Hello: p.Hello, Header: p.Header}
		with, without := Play(&parley.Config{Certificates: real}, c), Play(&parley.Config{Certificates: Keyless(real)}, c)
		if with != without {
			t.Errorf("%s: %+v with the key, %+v without", p.Name, with, without)
		}
	}
}

func TestAnswersAreNamed(t *testing.T) {
	for name, test := range map[string]*struct {
		server parley.Config
		client *tls.Config
		want   Served
	}{
		"TLS 1.3":    {client: &tls.Config{MaxVersion: tls.VersionTLS13}, want: Served{Version: wire.VersionTLS13, Suite: wire.TLS_AES_128_GCM_SHA256}},
		"TLS 1.2":    {client: &tls.Config{MaxVersion: tls.VersionTLS12}, want: Served{Version: wire.VersionTLS12, Suite: wire.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}},
		"too old":    {server: parley.Config{MinVersion: tls.VersionTLS12}, client: &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, want: Served{Finding: "version-none-shared"}},
		"no suite":   {server: parley.Config{CipherSuites: []uint16{tls.TLS_RSA_WITH_RC4_128_SHA}}, client: &tls.Config{MaxVersion: tls.VersionTLS12}, want: Served{Finding: "suite-none-shared"}},
		"1.3 needed": {server: parley.Config{MinVersion: tls.VersionTLS13}, client: &tls.Config{MaxVersion: tls.VersionTLS12}, want: Served{Finding: "version-none-shared"}},
	} {
		t.Run(name, func(t *testing.T) {
			test.server.Certificates = AnyCertificate()
			got := Play(&test.server, Client{Hello: helloOf(t, test.client), Header: wire.VersionTLS10})
			if (got.Why == "") != (test.want.Finding == "") {
				t.Errorf("%+v", got)
			}
			if got.Why = ""; got != test.want {
				t.Errorf("%+v, not %+v", got, test.want)
			}
		})
	}
}

func TestAnyCertificateIsOneOfEachKind(t *testing.T) {
	for i, suite := range []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256} {
		config := &parley.Config{Certificates: AnyCertificate(), CipherSuites: []uint16{suite}}
		got := Play(config, Client{Hello: helloOf(t, &tls.Config{MaxVersion: tls.VersionTLS12}), Header: wire.VersionTLS10})
		if got.Suite != wire.SuiteID(suite) {
			t.Errorf("certificate %d: %+v", i, got)
		}
	}
}

func TestServerHearsWhereTheClientIsFrom(t *testing.T) {
	from := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 7}
	var heard net.Addr
	config := &parley.Config{Certificates: AnyCertificate()}
	config.ForClient = func(_ context.Context, hello *parley.ClientInfo) (*parley.Config, error) {
		heard = hello.RemoteAddr
		return nil, nil
	}
	founding, _ := profiles.Named("founding")
	if got := Play(config, Client{Hello: founding.Hello, Header: founding.Header, From: from}); got.Why != "" || heard != from {
		t.Errorf("%+v, from %v", got, heard)
	}
}

func FuzzServerHello(f *testing.F) {
	f.Add([]byte((&wire.ServerHello{Version: wire.VersionTLS12, CipherSuite: wire.TLS_RSA_WITH_AES_128_CBC_SHA}).Marshal()))
	f.Fuzz(func(t *testing.T, record []byte) {
		if h, err := firstServerHello(record); err == nil && h == nil {
			t.Error("neither a hello nor an error")
		}
	})
}
