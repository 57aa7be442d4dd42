package wire

import (
	"bytes"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

func opaque(least, most int) *rapid.Generator[[]byte] {
	return rapid.SliceOfN(rapid.Byte(), least, most)
}

func listOf[T ~uint16](least, most int) *rapid.Generator[[]T] {
	return rapid.SliceOfN(rapid.Map(rapid.Uint16(), func(v uint16) T { return T(v) }), least, most)
}

var anyExtensions = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Extension {
	return Extension{ExtensionType(rapid.Uint16().Draw(t, "type")), opaque(0, 300).Draw(t, "data")}
}), 0, 20)

var anyClientHello = rapid.Custom(func(t *rapid.T) *ClientHello {
	h := &ClientHello{
		Version:            Version(rapid.Uint16().Draw(t, "version")),
		SessionID:          opaque(0, 32).Draw(t, "session_id"),
		CipherSuites:       listOf[SuiteID](1, 100).Draw(t, "cipher_suites"),
		CompressionMethods: opaque(1, 255).Draw(t, "compression_methods"),
		HasExtensions:      rapid.Bool().Draw(t, "has extensions"),
	}
	copy(h.Random[:], opaque(32, 32).Draw(t, "random"))
	if h.HasExtensions {
		h.Extensions = anyExtensions.Draw(t, "extensions")
	}
	return h
})

func TestAClientHelloReadsAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := anyClientHello.Draw(t, "hello")
		m := h.Marshal()
		got, err := ParseClientHello(m)
		if err != nil {
			t.Fatal(err)
		}
		readAll(got)
		h.Raw = m
		if !reflect.DeepEqual(got, h) {
			t.Errorf("got  %+v\nwant %+v", got, h)
		}
		if !bytes.Equal(got.Clone().Marshal(), m) {
			t.Error("a clone marshals to other bytes")
		}
	})
}

func TestACutClientHelloIsRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyClientHello.Draw(t, "hello").Marshal()
		body := m.Body()
		n := rapid.IntRange(0, len(body)-1).Draw(t, "length")
		h, err := ParseClientHello(NewMessage(MessageClientHello, body[:n]))
		if legal := n == endOfCompressionMethods(body); legal != (err == nil) || legal && h.HasExtensions {
			t.Errorf("%d of %d bytes: %v", n, len(body), err)
		}
	})
}

// The forms that only TLS 1.0 and 1.1 have come from no file of testdata.
func TestMessagesBeforeTLS12ReadAsTheyWereWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.SampledFrom([]Version{VersionSSL30, VersionTLS10, VersionTLS11, VersionTLS12}).Draw(t, "version")
		var scheme SignatureScheme
		var schemes []SignatureScheme
		if v == VersionTLS12 {
			schemes = listOf[SignatureScheme](1, 20).Draw(t, "schemes")
			scheme = schemes[0]
		}
		signature := opaque(0, 300).Draw(t, "signature")

		verify := &CertificateVerify{scheme, signature}
		gotVerify, err := ParseCertificateVerify(verify.Marshal(v), v)
		same(t, gotVerify, verify, err)

		exchange := &ServerKeyExchange{
			Group: Group(rapid.Uint16().Draw(t, "group")), PublicKey: opaque(1, 255).Draw(t, "public"),
			Scheme: scheme, Signature: signature,
		}
		m := exchange.Marshal(v)
		exchange.Params = AppendECDHParams(nil, exchange.Group, exchange.PublicKey)
		gotExchange, err := ParseServerKeyExchange(m, v)
		same(t, gotExchange, exchange, err)

		request := &CertificateRequest{
			Types: []CertificateType{CertificateTypeRSASign, CertificateTypeECDSASign}, Schemes: schemes,
			Authorities: rapid.SliceOfN(opaque(1, 100), 1, 10).Draw(t, "authorities"),
		}
		gotRequest, err := ParseCertificateRequest(request.Marshal(v), v)
		same(t, gotRequest, request, err)
	})
}

func same(t *rapid.T, got, want any, err error) {
	t.Helper()
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
	}
}
