package sanitize_test

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/keys"
	"github.com/parley-tls/parley/internal/sanitize"
	"github.com/parley-tls/parley/internal/wire"
)

// vector is text behind its length, in so many bytes.
func vector(length int, text string) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(len(text)))
	return string(b[8-length:]) + text
}

// inRecord is a handshake message in a record of a version.
func inRecord(v wire.Version, t wire.MessageType, body string) string {
	message := wire.NewMessage(t, []byte(body))
	return string(wire.RecordHeader{Type: wire.TypeHandshake, Version: v, Length: len(message)}.Append(nil)) + string(message)
}

// serverCertificate is that of the captures' server.
func serverCertificate(t *testing.T) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode(read(t, captures+"server.crt"))
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// answer is a server's flight up to its certificate.
func answer(t *testing.T, v wire.Version, suite string) string {
	t.Helper()
	hello := string(binary.BigEndian.AppendUint16(nil, uint16(v))) + strings.Repeat("a server's rand.", 2) + "\x00" + suite + "\x00"
	return inRecord(v, wire.MessageServerHello, hello) +
		inRecord(v, wire.MessageCertificate, vector(3, vector(3, string(serverCertificate(t).Raw))))
}

// account makes a capture anew and gives what is said of it, too.
func account(t *testing.T, file []byte, keys *dissect.Keyring) ([]byte, *sanitize.Account) {
	t.Helper()
	var out bytes.Buffer
	a, err := sanitize.Sanitize(t.Context(), bytes.NewReader(file), &out, sanitize.Options{Keys: keys, Random: seeded(1), Disguise: shared(t), Spool: &memory{}})
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), a
}

func TestParametersOfDHEAreSigned(t *testing.T) {
	const suite = "\x00\x33" // TLS_DHE_RSA_WITH_AES_128_CBC_SHA
	size := serverCertificate(t).PublicKey.(*rsa.PublicKey).Size()
	params := vector(2, strings.Repeat("prime", 50)) + vector(2, "\x02") + vector(2, strings.Repeat("value", 50))
	noise := vector(2, strings.Repeat("*", size))
	for _, x := range []struct {
		version   wire.Version
		algorithm string
	}{
		{wire.VersionTLS10, ""},
		{wire.VersionTLS12, "\x04\x01"},
		{wire.VersionTLS12, "\x02\x01"},
	} {
		file := asCapture(t, []said{opening(t)[0], s(answer(t, x.version, suite) +
			inRecord(x.version, wire.MessageServerKeyExchange, params+x.algorithm+noise))}, 1460)
		if was := notarized(t, file, dissect.NewKeyring()); was.wrong != 1 {
			t.Errorf("%v: %d were wrong", x.version, was.wrong)
		}
		made, a := account(t, file, nil)
		if is := notarized(t, made, dissect.NewKeyring()); is.keyExchanges != 1 || is.wrong != 0 || len(a.Unsigned) != 0 {
			t.Errorf("%v: %d are right, %d wrong, %v", x.version, is.keyExchanges, is.wrong, a.Unsigned)
		}
	}
}

func TestASignatureThatCannotBeMadeIsNoiseAndIsTold(t *testing.T) {
	const suite = "\xc0\x2f" // TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
	params := "\x03\x00\x1d" + vector(1, strings.Repeat("k", 32))
	size := serverCertificate(t).PublicKey.(*rsa.PublicKey).Size()
	flight := answer(t, wire.VersionTLS12, suite)
	hello, certificate := flight[:5+4+38], flight[5+4+38:]
	for name, x := range map[string]struct {
		before, algorithm string
		length            int
		why               string
	}{
		"no certificate":    {hello, "\x04\x01", size, "is not in the capture"},
		"no hello":          {certificate, "\x04\x01", size, ""},
		"another key":       {flight, "\x04\x03", size, "does not fit"},
		"another length":    {flight, "\x04\x01", size - 1, "of the length"},
		"unknown algorithm": {flight, "\x99\x99", size, "does not fit"},
	} {
		old := strings.Repeat("SIGNATURE ", 100)[:x.length]
		file := asCapture(t, []said{opening(t)[0], s(x.before + inRecord(wire.VersionTLS12, wire.MessageServerKeyExchange, params+x.algorithm+vector(2, old)))}, 1460)
		made, a := account(t, file, nil)
		if bytes.Contains(joined(t, made), []byte("SIGNATURE")) {
			t.Errorf("%s: it is left", name)
		}
		if x.why == "" {
			continue
		}
		var out strings.Builder
		if err := sanitize.Tell(&out, "shared", a, &sanitize.Proof{}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), "1 signature in handshakes, in whose place noise stands: ") || !strings.Contains(out.String(), x.why) {
			t.Errorf("%s:\n%s", name, out.String())
		}
	}
}

func TestAClientsSignatureInSSL3IsNoise(t *testing.T) {
	const v = wire.VersionSSL30
	server := serverCertificate(t)
	file := asCapture(t, []said{
		opening(t)[0],
		s(answer(t, v, "\x00\x2f") + inRecord(v, wire.MessageCertificateRequest, "\x01\x01\x00\x00") + inRecord(v, wire.MessageServerHelloDone, "")),
		c(inRecord(v, wire.MessageCertificate, vector(3, vector(3, string(server.Raw)))) +
			inRecord(v, wire.MessageClientKeyExchange, strings.Repeat("premaster secret", 16)) +
			inRecord(v, wire.MessageCertificateVerify, vector(2, strings.Repeat("SIGNATURE ", 30)[:256]))),
	}, 1460)
	made, a := account(t, file, nil)
	if bytes.Contains(joined(t, made), []byte("SIGNATURE")) || a.Unsigned["not all that they sign is known where they stand"] != 1 {
		t.Errorf("%v", a.Unsigned)
	}
}

// A delegated credential signs in the place of a certificate's key (RFC 9345, section 4.1.1).
func TestWhoIsDelegatedDoesNotSignWithTheCertificatesKey(t *testing.T) {
	const v = wire.VersionTLS12
	server := serverCertificate(t)
	hello := opening(t)[0]
	const extensions = "\x00\x2b\x00\x02\x03\x04" // supported_versions: TLS 1.3
	greeting := inRecord(v, wire.MessageServerHello, "\x03\x03"+strings.Repeat("a server's rand.", 2)+"\x00\x13\x01\x00"+vector(2, extensions))
	secret := []byte(strings.Repeat("traffic.", 4))
	log := fmt.Appendf(nil, "SERVER_HANDSHAKE_TRAFFIC_SECRET %x %x\n", hello.text[11:][:32], secret)
	for credential, right := range map[string]int{"": 1, "\x00\x22" + vector(2, "a credential, as it were"): 0} {
		var flight []byte
		flight = append(flight, wire.NewMessage(wire.MessageEncryptedExtensions, []byte{0, 0})...)
		flight = append(flight, wire.NewMessage(wire.MessageCertificate, []byte(vector(1, "")+vector(3, vector(3, string(server.Raw))+vector(2, credential))))...)
		flight = append(flight, wire.NewMessage(wire.MessageCertificateVerify, []byte("\x08\x04"+vector(2, strings.Repeat("*", 256))))...)
		h := wire.RecordHeader{Type: wire.TypeApplicationData, Version: v, Length: len(flight) + 1 + 16}
		sealed := append(h.Append(nil), dissect.NewModernSealer(wire.TLS_AES_128_GCM_SHA256, keys.NewSecret(secret)).Seal(h, 0, wire.TypeHandshake, flight)...)
		ring := dissect.NewKeyring()
		if err := ring.AddLog("log", bytes.NewReader(log)); err != nil {
			t.Fatal(err)
		}
		made, a := account(t, asCapture(t, []said{hello, s(greeting + string(sealed))}, 1460), ring)
		is := notarized(t, made, dissect.NewKeyring())
		if is.verifies != right || is.verifies+is.wrong != 1 || len(a.Unsigned) != 1-right {
			t.Errorf("%d are right, %d wrong, %v", is.verifies, is.wrong, a.Unsigned)
		}
	}
}
