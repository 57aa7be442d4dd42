package keys

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

func TestExporterRefusesWhatItMust(t *testing.T) {
	master := NewSecret(make([]byte, MasterLen))
	for name, c := range map[string]struct {
		version wire.Version
		label   string
		context []byte
		n       int
	}{
		"SSL 3.0":                   {wire.VersionSSL30, "EXPORTER-a", nil, 10},
		"TLS's client Finished":     {wire.VersionTLS12, "client finished", nil, 12},
		"TLS's server Finished":     {wire.VersionTLS12, "server finished", nil, 12},
		"TLS's master secret":       {wire.VersionTLS12, "master secret", nil, 48},
		"TLS's extended master":     {wire.VersionTLS12, "extended master secret", nil, 48},
		"TLS's keys":                {wire.VersionTLS12, "key expansion", nil, 48},
		"a context of 65536 bytes":  {wire.VersionTLS12, "EXPORTER-a", make([]byte, 1<<16), 10},
		"less than nothing":         {wire.VersionTLS12, "EXPORTER-a", nil, -1},
		"more than a peer can want": {wire.VersionTLS12, "EXPORTER-a", nil, MaxExport + 1},
	} {
		if out, err := ExportKeyingMaterial(c.version, sha256Suite, master, clientRandom, serverRandom, c.label, c.context, c.n); err == nil || out != nil {
			t.Errorf("%s: %d bytes and error %v", name, len(out), err)
		}
	}
}

func TestExporterTellsNoContextFromAnEmptyOne(t *testing.T) {
	master := NewSecret(make([]byte, MasterLen))
	seen := map[string]string{}
	for name, context := range map[string][]byte{"none": nil, "empty": {}, "one byte": {0}, "longest": make([]byte, 0xffff)} {
		out, err := ExportKeyingMaterial(wire.VersionTLS12, sha256Suite, master, clientRandom, serverRandom, "EXPORTER-a", context, 32)
		if err != nil || len(out) != 32 {
			t.Fatalf("%s: %d bytes, error %v", name, len(out), err)
		}
		if other, ok := seen[string(out)]; ok {
			t.Errorf("context %s gives the same as %s", name, other)
		}
		seen[string(out)] = name
	}
}

// The standard library judges contexts, which OpenSSL's s_client cannot send.
func TestExporterAgreesWithTheStandardLibrary(t *testing.T) {
	state, master, client, server := standardLibrarySession(t)
	s := suite.ByID(wire.SuiteID(state.CipherSuite))
	for _, context := range [][]byte{nil, {}, []byte("a context")} {
		want, err := state.ExportKeyingMaterial("EXPORTER-a", context, 77)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ExportKeyingMaterial(wire.VersionTLS12, s, master, client, server, "EXPORTER-a", context, 77)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "exported", got, want)
	}
}

// standardLibrarySession has crypto/tls speak TLS 1.2 with itself and gives what
// it exports from.
func standardLibrarySession(t *testing.T) (state tls.ConnectionState, master Secret, client, server *[32]byte) {
	t.Helper()
	near, far := net.Pipe()
	defer near.Close()
	defer far.Close()
	peer := tls.Server(far, &tls.Config{Certificates: []tls.Certificate{selfSigned(t)}, MaxVersion: tls.VersionTLS12})
	go peer.Handshake()

	var keyLog strings.Builder
	recorded := &recorder{Conn: near}
	conn := tls.Client(recorded, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12, KeyLogWriter: &keyLog})
	if err := conn.Handshake(); err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(keyLog.String()) // CLIENT_RANDOM, the random, the master secret
	helloRandom := wire.RecordHeaderLen + wire.MessageHeaderLen + 2
	return conn.ConnectionState(), NewSecret(unhex(t, words[2])), (*[32]byte)(unhex(t, words[1])), (*[32]byte)(recorded.read.Bytes()[helloRandom:])
}

// A recorder is a connection that remembers what was read from it.
type recorder struct {
	net.Conn
	read bytes.Buffer
}

func (r *recorder) Read(b []byte) (int, error) {
	n, err := r.Conn.Read(b)
	r.read.Write(b[:n])
	return n, err
}

func selfSigned(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
