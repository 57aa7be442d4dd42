package proxy

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"net"
	"strconv"
	"testing"

	"github.com/pires/go-proxyproto"
	"github.com/pires/go-proxyproto/tlvparse"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/proxy/upstream"
	"github.com/parley-tls/parley/internal/wire"
)

// The bytes are those of the protocol's section 2.2, written out by hand.
func TestHeaderIsWrittenAsTheProtocolHasIt(t *testing.T) {
	certificate := &x509.Certificate{Raw: []byte("DER")}
	certificate.Subject.CommonName = "d7"
	state := parley.State{
		Version: tls.VersionTLS12, CipherSuite: uint16(wire.TLS_RSA_WITH_AES_128_CBC_SHA), Curve: tls.CurveP256, ServerName: "a.b", ALPN: "x",
		PeerCertificates: []*x509.Certificate{certificate}, VerifiedChains: [][]*x509.Certificate{{certificate}},
	}
	got, err := formatHeader(upstream.HeaderV2Certificate, &net.TCPAddr{IP: net.IP{192, 0, 2, 1}, Port: 0x1234}, &net.TCPAddr{IP: net.IP{192, 0, 2, 2}, Port: 0x20fb}, "17", state)
	if err != nil {
		t.Fatal(err)
	}
	want := "\r\n\r\n\x00\r\nQUIT\n" + // signature
		"\x21\x11\x00\x51" + // version 2, PROXY; TCP over IPv4; the length of what follows
		"\xc0\x00\x02\x01\xc0\x00\x02\x02\x12\x34\x20\xfb" +
		"\x05\x00\x0217" + // PP2_TYPE_UNIQUE_ID
		"\x01\x00\x01x" + // PP2_TYPE_ALPN
		"\x02\x00\x03a.b" + // PP2_TYPE_AUTHORITY
		"\x20\x00\x33" + "\x07" + "\x00\x00\x00\x00" + // PP2_TYPE_SSL: by TLS, a certificate now and in the session; verified
		"\x21\x00\x07TLSv1.2" +
		"\x22\x00\x02d7" + // the common name
		"\x28\x00\x03DER" + // the certificate
		"\x26\x00\x09secp256r1" +
		"\x23\x00\x0aAES128-SHA"
	if string(got) != want {
		t.Errorf("%q\nis not\n%q", got, want)
	}
}

// Who is not verified has no identity in the header, whatever his certificate says.
func TestHeaderHasVerifiedIdentitiesOnly(t *testing.T) {
	c := clientCertificate(t, "the boss")
	leaf, err := x509.ParseCertificate(c.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	ssl := sslTLV(upstream.HeaderV2Certificate, parley.State{PeerCertificates: []*x509.Certificate{leaf}})
	if _, named := ssl.ClientCN(); named || ssl.Verify == 0 {
		t.Errorf("%+v", ssl)
	}
	if _, shown := ssl.ClientCert(); shown {
		t.Error("the certificate is passed on")
	}
}

func TestHeaderNeverGrowsBeyondWhatReceiversRead(t *testing.T) {
	large := &x509.Certificate{Raw: make([]byte, maxCertificate+1)}
	state := parley.State{PeerCertificates: []*x509.Certificate{large}, VerifiedChains: [][]*x509.Certificate{{large}}}
	got, err := formatHeader(upstream.HeaderV2Certificate, &net.TCPAddr{}, &net.TCPAddr{}, "1", state)
	if err != nil || len(got) > 1024 {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// identityOf reads the header that a stream of the daemon begins with.
func identityOf(t *testing.T, v *visit) (id string, ssl tlvparse.PP2SSL) {
	t.Helper()
	header, err := proxyproto.Read(bufio.NewReaderSize(v, 1<<16))
	if err != nil {
		t.Fatal(err)
	}
	tlvs, err := header.TLVs()
	if err != nil {
		t.Fatal(err)
	}
	for _, tlv := range tlvs {
		if tlv.Type == proxyproto.PP2_TYPE_UNIQUE_ID {
			id = string(tlv.Value)
		}
	}
	ssl, _ = tlvparse.FindSSL(tlvs)
	return id, ssl
}

func TestBackendIsShownTheCertificateOnlyIfItAsks(t *testing.T) {
	device := clientCertificate(t, "device 7")
	ca := writeFile(t, "ca.pem", certBlock(device.Certificate[0]))
	for word, shown := range map[string]bool{"v2": false, "v2-cert": true} {
		t.Run(word, func(t *testing.T) {
			b := newBackend(t)
			d := serve(t, Options{Backend: b.Addr().String(), SendProxy: word, ClientAuth: "require", ClientCA: ca})
			for _, version := range versions {
				d.dial(version, func(c *tls.Config) { c.Certificates = []tls.Certificate{device} })
				_, ssl := identityOf(t, b.next(t))
				if der, got := ssl.ClientCert(); got != shown || shown && !bytes.Equal(der, device.Certificate[0]) {
					t.Errorf("the certificate is there: %v", got)
				}
			}
		})
	}
}

// The backend's log and ours have one name for a stream, for the second half of an
// isolated connection too.
func TestHeaderNamesTheStreamAsTheLogDoes(t *testing.T) {
	b := newBackend(t)
	d := serve(t, Options{Backend: b.Addr().String(), SendProxy: "v2", Restart: "isolate"})
	m := named(t, "restart")
	c := d.legacy(t, m, legacyclient.Options{})
	first, _ := identityOf(t, b.next(t))
	if err := m.Run(c); err != nil {
		t.Fatal(err)
	}
	fresh := b.next(t)
	second, _ := identityOf(t, fresh)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	fresh.Close() // the stream ends when both sides do
	var names []string
	for n := 1; n <= 2; n++ {
		line := d.log.wait(t, "connection", n)
		name := strconv.FormatFloat(line["conn"].(float64), 'f', -1, 64)
		if after, ok := line["after_isolation"].(float64); ok {
			name += "." + strconv.FormatFloat(after, 'f', -1, 64)
		}
		names = append(names, name)
	}
	if first == second || names[0] != first && names[1] != first || names[0] != second && names[1] != second {
		t.Errorf("the headers say %s and %s, the log %v", first, second, names)
	}
}
