package proxy

import (
	"bufio"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/pires/go-proxyproto"
	"github.com/pires/go-proxyproto/tlvparse"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/proxy/upstream"
)

func TestBackendSeesTheClientsAddress(t *testing.T) {
	for _, v := range []string{"v1", "v2"} {
		t.Run(v, func(t *testing.T) {
			b := newBackend(t)
			d := serve(t, Options{Backend: b.Addr().String(), SendProxy: v})
			eachVersion(t, func(t *testing.T, version uint16) {
				c := d.dial(version)
				writes(t, c, "behind the header")
				r := bufio.NewReader(b.next(t))
				header, err := proxyproto.Read(r)
				if err != nil {
					t.Fatal(err)
				}
				from, to, ok := header.TCPAddrs()
				if !ok || from.String() != c.LocalAddr().String() || to.String() != c.RemoteAddr().String() {
					t.Errorf("the header says from %v to %v", from, to)
				}
				reads(t, r, "behind the header")
			})
		})
	}
}

func TestHeaderOfVersion2TellsWhatTLSAgreedOn(t *testing.T) {
	b := newBackend(t)
	d := serve(t, Options{Backend: b.Addr().String(), SendProxy: "v2", ALPN: []string{"mqtt"}})
	for version, want := range map[uint16]string{tls.VersionTLS10: "TLSv1", tls.VersionTLS12: "TLSv1.2", tls.VersionTLS13: "TLSv1.3"} {
		d.dial(version, func(c *tls.Config) { c.NextProtos = []string{"mqtt"} })
		header, err := proxyproto.Read(bufio.NewReader(b.next(t)))
		if err != nil {
			t.Fatal(err)
		}
		tlvs, err := header.TLVs()
		if err != nil {
			t.Fatal(err)
		}
		ssl, found := tlvparse.FindSSL(tlvs)
		if !found || !ssl.ClientSSL() || ssl.Verified() || ssl.ClientCertSess() {
			t.Errorf("SSL: %+v", ssl)
		}
		if got, _ := ssl.SSLVersion(); got != want {
			t.Errorf("the version is %q, not %q", got, want)
		}
		if cipher, _ := ssl.SSLCipher(); cipher == "" {
			t.Error("there is no cipher")
		}
		texts := map[proxyproto.PP2Type]string{proxyproto.PP2_TYPE_ALPN: "mqtt", proxyproto.PP2_TYPE_AUTHORITY: "proxy.example"}
		for _, tlv := range tlvs {
			if want, ok := texts[tlv.Type]; ok && string(tlv.Value) == want {
				delete(texts, tlv.Type)
			}
		}
		if len(texts) > 0 {
			t.Errorf("what is missing: %v", texts)
		}
	}
}

func TestHeaderTellsOfAClientCertificate(t *testing.T) {
	device := clientCertificate(t, "device 7")
	ca := writeFile(t, "ca.pem", certBlock(device.Certificate[0]))
	b := newBackend(t)
	d := serve(t, Options{Backend: b.Addr().String(), SendProxy: "v2", ClientAuth: "require", ClientCA: ca})
	eachVersion(t, func(t *testing.T, version uint16) {
		d.dial(version, func(c *tls.Config) { c.Certificates = []tls.Certificate{device} })
		header, err := proxyproto.Read(bufio.NewReader(b.next(t)))
		if err != nil {
			t.Fatal(err)
		}
		tlvs, err := header.TLVs()
		if err != nil {
			t.Fatal(err)
		}
		ssl, _ := tlvparse.FindSSL(tlvs)
		if name, _ := ssl.ClientCN(); name != "device 7" || !ssl.Verified() || !ssl.ClientCertConn() {
			t.Errorf("SSL: %+v", ssl)
		}
	})
}

// clientCertificate makes one that is its own authority.
func clientCertificate(t *testing.T, name string) tls.Certificate {
	t.Helper()
	key := testKeys().rsa
	template := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func TestHeaderForUnixClients(t *testing.T) {
	a := &net.UnixAddr{Net: "unix", Name: "/client"}
	b := &net.UnixAddr{Net: "unix", Name: "/server"}
	got, err := formatHeader(upstream.HeaderV1, a, b, "1", parley.State{})
	if err != nil || string(got) != "PROXY UNKNOWN\r\n" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := formatHeader(upstream.HeaderV2, a, b, "1", parley.State{}); err != nil {
		t.Error(err)
	}
}
