package dissect_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

// What is wrong with a key file is said with file and line, and what to do.
func TestKeyFilesThatAreNone(t *testing.T) {
	good := string(read(t, captures+"server.key"))
	ec, err := x509.MarshalPKCS8PrivateKey(identities().ecdsa.PrivateKey.(*ecdsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]struct{ text, want, do string }{
		"certificate":    {string(read(t, captures+"server.crt")), "f.pem:1: this is a certificate", "give the private key"},
		"encrypted":      {"\n\n-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n", "f.pem:3: the key is encrypted", "openssl rsa"},
		"encrypted old":  {"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n", "f.pem:1: the key is encrypted", "openssl rsa"},
		"EC":             {string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: ec})), "f.pem:1: an EC private key cannot open any connection", "give a key log"},
		"EC old":         {"-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n", "an EC private key", "give a key log"},
		"damaged":        {"-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n", "f.pem:1: the private key cannot be read", "copy the file again"},
		"cut":            {good[:len(good)/2], "f.pem:1: the PEM block is not whole", "copy the file again"},
		"empty":          {" \n", "f.pem: the file is empty", "give an RSA private key"},
		"key log":        {"CLIENT_RANDOM 00 00\n", "f.pem:1: this looks like a key log", "--keylog"},
		"DER":            {"\x30\x82\x01\x00", "f.pem: this looks like DER", "openssl pkey"},
		"something else": {"hello\n", "f.pem:1: no PEM block", "-----BEGIN"},
	} {
		err := dissect.NewKeyring().AddKey("f.pem", []byte(x.text))
		if err == nil || !strings.Contains(err.Error(), x.want) || !strings.Contains(err.Error(), x.do) {
			t.Errorf("%s: %v", name, err)
		}
	}
	both := string(read(t, captures+"server.crt")) + good
	if err := dissect.NewKeyring().AddKey("f.pem", []byte(both)); err != nil {
		t.Errorf("a key behind a certificate: %v", err)
	}
}

// And so with a key log.
func TestKeyLogsThatAreNone(t *testing.T) {
	random, master := strings.Repeat("ab", 32), strings.Repeat("cd", 48)
	for name, x := range map[string]struct{ text, want string }{
		"short":       {"# made by hand\nCLIENT_RANDOM abcd " + master + "\n", "f.log:2: a line CLIENT_RANDOM has values of 2 and 48 bytes"},
		"no hex":      {"CLIENT_RANDOM " + random + " xyz\n", "f.log:1: a line CLIENT_RANDOM has a value that is not hexadecimal"},
		"one value":   {"CLIENT_RANDOM " + random + "\n", "f.log:1: a line CLIENT_RANDOM has 1 values"},
		"PEM":         {string(read(t, captures+"server.key")), "f.log:1: this is PEM and no key log: give it with --key"},
		"prose":       {"hello there\n", `f.log:1: "hello" begins no line of a key log`},
		"empty":       {"\n", "f.log: it has no line of a key log"},
		"binary":      {strings.Repeat("\x00\xff", 10_000), "f.log:1: a line of more than"},
		"wrong label": {"SERVER_TRAFFIC_SECRET_0 " + random + " abcd\n", "f.log:1: a line SERVER_TRAFFIC_SECRET_0 has a secret of 2 bytes"},
	} {
		err := dissect.NewKeyring().AddLog("f.log", strings.NewReader(x.text))
		if err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string]string{
		"other labels":        "EXPORTER_SECRET " + random + " " + master + "\n",
		"still being written": "CLIENT_RANDOM " + random + " " + master + "\r\nCLIENT_RANDOM " + random[:10],
	} {
		if err := dissect.NewKeyring().AddLog("f.log", strings.NewReader(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Every form that a key log has opens a connection: by client random, by how the
// encrypted premaster secret begins, by session id, and from inside the capture.
func TestEveryFormOfKeyLogOpens(t *testing.T) {
	var premaster []byte
	l := play(t, scene{client: legacyclient.Options{
		Suites:    []wire.SuiteID{wire.TLS_RSA_WITH_AES_128_CBC_SHA},
		Premaster: func(b []byte) { premaster = bytes.Clone(b) },
	}, act: echo})
	sealed := told(dissect.NewKeyring(), l.heard)
	encrypted := exchangeOf(t, l.heard)
	id := sessionOf(t, l.heard)
	master := strings.Fields(string(l.log))[2]
	for name, log := range map[string]string{
		"client random": string(l.log),
		"premaster":     fmt.Sprintf("RSA %x %x\n", encrypted[:8], premaster),
		"session id":    fmt.Sprintf("RSA Session-ID:%x Master-Key:%s\n", id, master),
	} {
		t.Run(name, func(t *testing.T) { opened(t, told(withLog(t, []byte(log)), l.heard), 1, 1) })
	}
	inside := dissect.NewKeyring()
	if err := inside.AddSecrets(capture.SecretsBlock{Type: capture.SecretsTLSKeyLog, Data: l.log}); err != nil {
		t.Fatal(err)
	}
	opened(t, told(inside, l.heard), 1, 1)
	if err := dissect.NewKeyring().AddSecrets(capture.SecretsBlock{Type: 1, Data: []byte("of another kind")}); err != nil {
		t.Errorf("a block of another kind: %v", err)
	}
	if t.Failed() {
		t.Log(words(sealed))
	}
}

// exchangeOf finds the encrypted premaster secret in what a client said.
func exchangeOf(t *testing.T, said []heard) []byte {
	t.Helper()
	for _, h := range said {
		m := wire.Message(h.bytes[wire.RecordHeaderLen:])
		if h.direction == capture.AtoB && m.Type() == wire.MessageClientKeyExchange {
			return m[wire.MessageHeaderLen+2:]
		}
	}
	t.Fatal("no ClientKeyExchange")
	return nil
}

func sessionOf(t *testing.T, said []heard) []byte {
	t.Helper()
	m := said[1].bytes[wire.RecordHeaderLen:]
	hello, err := wire.ParseServerHello(m[:wire.MessageHeaderLen+int(m[2])<<8+int(m[3])])
	if err != nil {
		t.Fatal(err)
	}
	return hello.SessionID
}

// It is what a customer sends whose client never got in.
func TestTheKeyLogOfAHandshakeThatFailedIsNoError(t *testing.T) {
	if err := dissect.NewKeyring().AddLog("keys.log", strings.NewReader("# SSL/TLS secrets log file, generated by OpenSSL\n")); err != nil {
		t.Error(err)
	}
}
