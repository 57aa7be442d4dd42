package wire

import (
	"bytes"
	"testing"
)

// fuzz holds again to the promise that what parses marshals to the same bytes;
// that it never panics is held by the fuzzer itself.
func fuzz(f *testing.F, again func(Message) (Message, error), seeds ...string) {
	for _, name := range seeds {
		f.Add([]byte(readHex(f, name)))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, err := again(b); err == nil && !bytes.Equal(got, b) {
			t.Errorf("got  %x\nwant %x", got, b)
		}
	})
}

func FuzzClientHello(f *testing.F) {
	fuzz(f, func(m Message) (Message, error) {
		h, err := ParseClientHello(m)
		readAll(h)
		return h.Clone().Marshal(), err
	}, names(f, "hellos")...)
}

func FuzzSSL2ClientHello(f *testing.F) {
	f.Add(ssl2Hello())
	fuzz(f, againSSL2ClientHello)
}

func FuzzServerHello(f *testing.F) {
	fuzz(f, func(m Message) (Message, error) {
		h, err := ParseServerHello(m)
		_, _, _ = h.RenegotiationInfo()
		_, _ = h.ALPN()
		_, _ = h.SelectedVersion()
		return h.Clone().Marshal(), err
	}, "messages/server-hello", "messages/server-hello-secure", "messages/server-hello-30")
}

func FuzzCertificate(f *testing.F) { fuzz(f, againCertificate, "messages/certificate") }

func FuzzServerKeyExchange(f *testing.F) {
	fuzz(f, againServerKeyExchange(VersionTLS12), "messages/server-key-exchange-tls12")
}

func FuzzServerKeyExchangeTLS10(f *testing.F) {
	fuzz(f, againServerKeyExchange(VersionTLS10), "messages/server-key-exchange-tls12")
}

func FuzzCertificateRequest(f *testing.F) {
	fuzz(f, againCertificateRequest(VersionTLS12), "messages/certificate-request-tls12")
}

func FuzzCertificateRequestTLS10(f *testing.F) {
	fuzz(f, againCertificateRequest(VersionTLS10), "messages/certificate-request-tls12")
}

func FuzzCertificateVerify(f *testing.F) {
	fuzz(f, againCertificateVerify(VersionTLS12), "messages/certificate-verify-tls12")
}

func FuzzRSAClientKeyExchange(f *testing.F) {
	fuzz(f, againRSA(VersionTLS12), "messages/client-key-exchange-rsa")
}

func FuzzRSAClientKeyExchangeSSL30(f *testing.F) {
	fuzz(f, againRSA(VersionSSL30), "messages/client-key-exchange-rsa")
}

func FuzzECDHEClientKeyExchange(f *testing.F) {
	fuzz(f, againECDHE, "messages/client-key-exchange-ecdhe")
}

func FuzzNewSessionTicket(f *testing.F) {
	fuzz(f, againNewSessionTicket, "messages/new-session-ticket")
}

func FuzzFinished(f *testing.F) { fuzz(f, againFinished, "messages/finished") }

func FuzzRecordHeader(f *testing.F) {
	f.Add([]byte{22, 3, 1, 0, 5})
	f.Fuzz(func(t *testing.T, b []byte) {
		h, ok := ParseRecordHeader(b)
		if ok != (len(b) >= RecordHeaderLen) {
			t.Fatalf("%d bytes: %v", len(b), ok)
		}
		if ok && !bytes.Equal(h.Append(nil), b[:RecordHeaderLen]) {
			t.Errorf("%x became %x", b[:RecordHeaderLen], h.Append(nil))
		}
	})
}

// readAll asks a hello for everything it can tell.
func readAll(h *ClientHello) {
	_, _ = h.ServerName()
	_, _ = h.ALPN()
	_, _ = h.Groups()
	_, _ = h.PointFormats()
	_, _ = h.SignatureSchemes()
	_, _ = h.Versions()
	_, _, _ = h.RenegotiationInfo()
	_, _ = h.SessionTicket()
	_, _ = h.DuplicateExtension()
	_, _ = h.JA3()
	_ = h.OffersVersion(VersionTLS12)
	_ = h.JA4()
}
