package fields_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/report/fields"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// secret is what no field and no shown byte may hold.
var secret = bytes.Repeat([]byte{0x5e, 0xc2, 0xe7}, 4)

func hello() *wire.ClientHello {
	return &wire.ClientHello{
		Version:            wire.VersionTLS12,
		SessionID:          secret,
		CipherSuites:       []wire.SuiteID{wire.TLS_RSA_WITH_AES_128_GCM_SHA256, wire.SuiteEmptyRenegotiationInfoSCSV},
		CompressionMethods: []uint8{0},
		HasExtensions:      true,
		Extensions: []wire.Extension{
			wire.ServerNameExtension("device.example"),
			wire.GroupsExtension([]wire.Group{wire.GroupSecp256r1, wire.GroupX25519}),
			wire.PointFormatsExtension(nil),
			wire.SignatureAlgorithmsExtension([]wire.SignatureScheme{wire.SchemeRSAPKCS1SHA256}),
			wire.ALPNExtension([]string{"http/1.1"}),
			wire.SessionTicketExtension(secret),
			wire.RenegotiationInfoExtension(secret),
			wire.SupportedVersionsExtension([]wire.Version{wire.VersionTLS13, wire.VersionTLS12}),
			wire.ExtendedMasterSecretExtension(),
			{Type: 60000, Data: secret},
		},
	}
}

func event(m wire.Message) trace.Event {
	return trace.Event{Name: trace.Message, Detail: trace.MessageDetail{Type: m.Type(), Length: len(m), Raw: m}}
}

func find(t *testing.T, list []fields.Field, name string) fields.Field {
	t.Helper()
	i := slices.IndexFunc(list, func(f fields.Field) bool { return f.Name == name })
	if i < 0 {
		t.Fatalf("no field %q in %+v", name, list)
	}
	return list[i]
}

func TestClientHelloIsToldInWords(t *testing.T) {
	m := hello().Marshal()
	got := fields.Of(event(m))
	for name, want := range map[string]string{
		"msg_type":                               "ClientHello (1)",
		"client_version":                         "TLS 1.2 (0x0303)",
		"session_id":                             "12 bytes, not shown",
		"cipher_suites":                          "2 suites",
		"compression_methods":                    "null (0)",
		"extensions":                             "10 extensions",
		"server_name":                            "device.example",
		"supported_groups":                       "secp256r1, x25519",
		"ec_point_formats":                       "uncompressed",
		"signature_algorithms":                   "rsa_pkcs1_sha256",
		"application_layer_protocol_negotiation": "http/1.1",
		"session_ticket":                         "12 bytes, not shown",
		"renegotiation_info":                     "12 bytes of verify_data, not shown",
		"supported_versions":                     "TLS 1.3 (0x0304), TLS 1.2 (0x0303)",
		"extended_master_secret":                 "present, empty",
	} {
		if f := find(t, got, name); f.Value != want {
			t.Errorf("%s: %q, not %q", name, f.Value, want)
		}
	}
	suites := find(t, got, "cipher_suites")
	if b := m[suites.Offset : suites.Offset+suites.Length]; !bytes.Equal(b, []byte{0, 4, 0, 0x9c, 0, 0xff}) {
		t.Errorf("cipher_suites are the bytes %x", b)
	}
}

func TestSecretsAreNotShown(t *testing.T) {
	server := &wire.ServerHello{
		Version: wire.VersionTLS12, SessionID: secret, HasExtensions: true,
		Extensions: []wire.Extension{wire.RenegotiationInfoExtension(secret)},
	}
	many := hello()
	many.CipherSuites = make([]wire.SuiteID, 1989) // about where the number of fields is bounded
	old := hello()
	old.SSL2Format = true
	for name, e := range map[string]trace.Event{
		"ClientHello":              event(hello().Marshal()),
		"ClientHello, many suites": event(many.Marshal()),
		"ClientHello, SSL 2.0":     {Detail: trace.MessageDetail{Type: wire.MessageClientHello, Hello: &wire.ClientHello{SSL2Format: true, Raw: old.Marshal()}}},
		"ServerHello":              event(server.Marshal()),
		"Finished":                 event((&wire.Finished{VerifyData: secret}).Marshal()),
		"NewSessionTicket":         event((&wire.NewSessionTicket{Ticket: secret}).Marshal()),
		"ClientKeyExchange":        event(wire.MarshalRSAClientKeyExchange(secret, wire.VersionTLS12)),
	} {
		var shown []byte
		for _, b := range fields.Bytes(e) {
			shown = append(shown, b.Value)
		}
		if bytes.Contains(shown, secret[:3]) {
			t.Errorf("%s: the bytes shown hold a secret: %x", name, shown)
		}
		for _, f := range fields.Of(e) {
			if strings.Contains(f.Value, string(secret[:3])) || strings.Contains(f.Value, "5ec2e7") {
				t.Errorf("%s: %s tells a secret: %q", name, f.Name, f.Value)
			}
		}
	}
}

func TestAHelloThatEndsEarlyIsToldAsFarAsItGoes(t *testing.T) {
	whole := hello().Marshal()
	for n := range whole {
		list := fields.Of(event(whole[:n]))
		if n > 0 && len(list) == 0 {
			t.Fatalf("%d bytes: nothing is told", n)
		}
		for _, f := range list {
			if f.Offset > n || f.Offset+f.Length > n {
				t.Fatalf("%d bytes: %s stands at %d, %d bytes long", n, f.Name, f.Offset, f.Length)
			}
		}
	}
	last := fields.Of(event(whole[:60]))
	if f := last[len(last)-1]; !strings.Contains(f.Value, "are left") {
		t.Errorf("the last field does not say that bytes are missing: %+v", f)
	}
}

func TestCertificateIsNamed(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "device\x1b[2J"}, DNSNames: []string{"device.example"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1e9, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	m := (&wire.Certificate{Chain: [][]byte{der, {1, 2, 3}}}).Marshal()
	got := fields.Of(event(m))
	for name, want := range map[string]string{
		"certificate_list":     "2 certificates",
		"subjectPublicKeyInfo": "ECDSA, P-256",
		"signatureAlgorithm":   "ECDSA-SHA256",
		"subjectAltName":       "device.example",
		"validity":             "1970-01-01 00:00:00 to 2001-09-09 01:46:40 UTC",
	} {
		if f := find(t, got, name); f.Value != want {
			t.Errorf("%s: %q, not %q", name, f.Value, want)
		}
	}
	subject, issuer := find(t, got, "subject"), find(t, got, "issuer")
	if strings.Contains(subject.Value, "\x1b") {
		t.Errorf("an escape sequence in the subject: %q", subject.Value)
	}
	if subject.Offset <= issuer.Offset || issuer.Offset < 0 {
		t.Errorf("issuer at %d, subject at %d", issuer.Offset, subject.Offset)
	}
	if f := find(t, got, "certificate"); !strings.HasPrefix(f.Value, "cannot be read") {
		t.Errorf("three bytes are told as %q", f.Value)
	}
}

func TestMessagesOfTLS13AreReadInTheirOwnForm(t *testing.T) {
	entry := []byte{0, 0, 3, 1, 2, 3, 0, 0}
	m := wire.NewMessage(wire.MessageCertificate, slices.Concat([]byte{0, 0, 0, byte(len(entry))}, entry))
	if f := find(t, fields.Of(event(m)), "certificate_list"); f.Value != "1 certificate" || f.Offset != 5 {
		t.Errorf("the list is %+v", f)
	}
	alpn := wire.ALPNExtension([]string{"h2"})
	block := slices.Concat([]byte{0, 16, 0, byte(len(alpn.Data))}, alpn.Data)
	m = wire.NewMessage(wire.MessageEncryptedExtensions, slices.Concat([]byte{0, byte(len(block))}, block))
	if f := find(t, fields.Of(event(m)), "application_layer_protocol_negotiation"); f.Value != "h2" {
		t.Errorf("ALPN is %+v", f)
	}
}

func TestServerKeyExchangeIsReadInItsOwnVersion(t *testing.T) {
	x := &wire.ServerKeyExchange{Group: wire.GroupSecp256r1, PublicKey: make([]byte, 65), Scheme: wire.SchemeRSAPKCS1SHA1, Signature: make([]byte, 256)}
	for v, schemes := range map[wire.Version]int{wire.VersionTLS10: 0, wire.VersionTLS12: 1} {
		got := fields.Of(event(x.Marshal(v)))
		n := 0
		for _, f := range got {
			if f.Name == "algorithm" {
				n++
			}
		}
		if n != schemes {
			t.Errorf("%s: %d signature algorithms in %+v", v, n, got)
		}
		if f := find(t, got, "signature"); f.Value != "256 bytes" {
			t.Errorf("%s: the signature is %q", v, f.Value)
		}
	}
}

func TestDiffieHellmanPrimeHasItsBits(t *testing.T) {
	prime := bytes.Repeat([]byte{0xff}, 64)
	body := slices.Concat([]byte{0, 64}, prime, []byte{0, 1, 2, 0, 64}, prime, []byte{0, 2, 9, 9})
	got := fields.Of(event(wire.NewMessage(wire.MessageServerKeyExchange, body)))
	if f := find(t, got, "dh_p"); f.Value != "a prime of 512 bits" {
		t.Errorf("dh_p is %q", f.Value)
	}
}

func TestAMessageWithoutBytesIsToldByWhatIsKnownOfIt(t *testing.T) {
	got := fields.Of(trace.Event{Name: trace.Message, Detail: trace.MessageDetail{
		Type: wire.MessageNewSessionTicket, Length: 174, Parsed: &wire.NewSessionTicket{LifetimeHint: 300},
	}})
	for name, want := range map[string]string{
		"msg_type": "NewSessionTicket", "length": "170 bytes", "ticket_lifetime_hint": "300 s", "ticket": "not shown",
	} {
		if f := find(t, got, name); f.Value != want || f.Offset != -1 {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if b := fields.Bytes(trace.Event{Detail: trace.MessageDetail{Type: wire.MessageFinished}}); b != nil {
		t.Errorf("there are bytes: %v", b)
	}
}

func TestCertificateRequestIsReadInItsOwnVersion(t *testing.T) {
	r := &wire.CertificateRequest{Types: []wire.CertificateType{wire.CertificateTypeRSASign}, Schemes: []wire.SignatureScheme{wire.SchemeRSAPKCS1SHA256}}
	for v, has := range map[wire.Version]bool{wire.VersionTLS10: false, wire.VersionTLS12: true} {
		got := fields.Of(event(r.Marshal(v)))
		if slices.ContainsFunc(got, func(f fields.Field) bool { return f.Name == "supported_signature_algorithms" }) != has {
			t.Errorf("%s: %+v", v, got)
		}
		if f := find(t, got, "certificate_authorities"); f.Value != "empty: any authority" {
			t.Errorf("%s: authorities %q", v, f.Value)
		}
	}
}

func TestRecordAndAlertHaveTheirBytes(t *testing.T) {
	sealed := trace.Event{Name: trace.Record, Detail: trace.RecordDetail{
		Type: wire.TypeHandshake, Header: wire.VersionTLS10, Negotiated: wire.VersionTLS12, Length: 513, Sealed: true, Why: "no key was given",
	}}
	got := fields.Of(sealed)
	if f := find(t, got, "version"); f.Value != "TLS 1.0 (0x0301)" || f.Offset != 1 || f.Length != 2 {
		t.Errorf("version: %+v", f)
	}
	if f := find(t, got, "fragment"); f.Value != "encrypted, not opened: no key was given" {
		t.Errorf("fragment: %+v", f)
	}
	if b := fields.Bytes(sealed); len(b) != 5 || b[4].Value != 1 || !b[4].Shown {
		t.Errorf("the header is %v", b)
	}
	alert := trace.Event{Name: trace.AlertEvent, Detail: trace.AlertDetail{Level: wire.LevelFatal, Alert: wire.AlertProtocolVersion}}
	if f := find(t, fields.Of(alert), "description"); f.Value != "protocol_version (70)" {
		t.Errorf("alert: %+v", f)
	}
}

func FuzzOf(f *testing.F) {
	f.Add([]byte(hello().Marshal()))
	f.Add([]byte((&wire.Certificate{Chain: [][]byte{{1}}}).Marshal()))
	f.Add([]byte(wire.NewMessage(wire.MessageServerKeyExchange, []byte{3, 0, 23, 1, 4, 0, 0})))
	f.Add([]byte(wire.NewMessage(wire.MessageCertificateRequest, []byte{1, 1, 0, 0})))
	f.Add([]byte(wire.NewMessage(wire.MessageServerHello, make([]byte, 40))))
	f.Fuzz(func(t *testing.T, b []byte) {
		e := event(b)
		bytes := fields.Bytes(e)
		for _, field := range fields.Of(e) {
			if field.Offset >= 0 && field.Offset+field.Length > len(b) {
				t.Fatalf("%+v is not in %d bytes", field, len(b))
			}
			for i := field.Offset; field.Secret && i < field.Offset+field.Length; i++ {
				if bytes[i].Shown {
					t.Fatalf("byte %d of the secret %+v is shown", i, field)
				}
			}
		}
	})
}
