package proxy

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"os"
	"strings"
	"testing"
)

func TestCertificatesFindTheirKeysWhateverTheOrder(t *testing.T) {
	k := testKeys()
	ec, old := certificateFor(t, k.ec), certificateFor(t, k.rsa)
	ecCert := writeFile(t, "ec.crt", certBlock(ec.Certificate[0]), certBlock(old.Certificate[0])) // a chain, of sorts
	oldCert := writeFile(t, "old.crt", certBlock(old.Certificate[0]))
	ecKey := writeFile(t, "ec.key", sec1(t, k.ec))
	oldKey := writeFile(t, "old.key", &pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(k.rsa)})
	for name, keys := range map[string][]string{"in order": {ecKey, oldKey}, "the other way": {oldKey, ecKey}, "one twice": {oldKey, ecKey, oldKey}} {
		t.Run(name, func(t *testing.T) {
			got, err := loadCertificates([]string{ecCert, oldCert}, keys)
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != 2 || !k.ec.Equal(got[0].PrivateKey) || !k.rsa.Equal(got[1].PrivateKey) {
				t.Errorf("the keys are %T and %T", got[0].PrivateKey, got[1].PrivateKey)
			}
			if len(got[0].Certificate) != 2 {
				t.Errorf("the chain has %d certificates", len(got[0].Certificate))
			}
		})
	}
}

func sec1(t *testing.T, key *ecdsa.PrivateKey) *pem.Block {
	t.Helper()
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return &pem.Block{Type: "EC PRIVATE KEY", Bytes: der}
}

func TestKeyInTheCertificatesFile(t *testing.T) {
	k := testKeys()
	both := writeFile(t, "both.pem", keyBlock(t, k.rsa), certBlock(certificateFor(t, k.rsa).Certificate[0]))
	got, err := loadCertificates([]string{both}, nil)
	if err != nil || len(got) != 1 || !k.rsa.Equal(got[0].PrivateKey) {
		t.Errorf("%v, %v", got, err)
	}
	if got, err = loadCertificates([]string{both}, []string{both}); err != nil || len(got) != 1 {
		t.Errorf("named as both: %v, %v", got, err)
	}
}

func TestCertificateErrorsNameTheFileAndWhatToDo(t *testing.T) {
	k := testKeys()
	cert := func(key crypto.Signer) *pem.Block { return certBlock(certificateFor(t, key).Certificate[0]) }
	good, goodKey := writeFile(t, "good.crt", cert(k.rsa)), writeFile(t, "good.key", keyBlock(t, k.rsa))
	strange := writeFile(t, "strange.key", keyBlock(t, k.otherRSA))
	turned := writeFile(t, "turned.crt", cert(k.ec), cert(k.rsa))
	empty := writeFile(t, "empty.pem")
	encrypted := writeFile(t, "encrypted.key", &pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte{1}})
	oldEncrypted := writeFile(t, "old-encrypted.key", &pem.Block{Type: "RSA PRIVATE KEY", Bytes: []byte{1}, Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "DES-EDE3-CBC,00"}})
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ed := writeFile(t, "ed.pem", cert(edKey), keyBlock(t, edKey))
	dsa := writeFile(t, "dsa.key", &pem.Block{Type: "DSA PRIVATE KEY", Bytes: []byte{1}})
	broken := writeFile(t, "broken.crt", &pem.Block{Type: "CERTIFICATE", Bytes: []byte{1}})
	cut := writeFile(t, "cut.crt", cert(k.rsa), cert(k.ec))
	if err := os.Truncate(cut, fileSize(t, cut)-40); err != nil {
		t.Fatal(err)
	}
	brokenKey := writeFile(t, "broken.key", &pem.Block{Type: "PRIVATE KEY", Bytes: []byte{1}})

	for name, test := range map[string]struct {
		certs, keys []string
		names, says string
	}{
		"certificate without key":   {[]string{good}, nil, good, "the file of its key"},
		"key of another":            {[]string{good}, []string{strange}, good, "the file of its key"},
		"key without certificate":   {[]string{good}, []string{goodKey, strange}, strange, "the file of its certificate"},
		"leaf is not first":         {[]string{turned}, []string{goodKey}, turned, "must come first"},
		"empty file":                {[]string{empty}, []string{goodKey}, empty, "PEM"},
		"chain cut short":           {[]string{cut}, []string{goodKey}, cut, "1 of the 2 PEM blocks"},
		"no such file":              {[]string{good + ".no"}, []string{goodKey}, good + ".no", "no such file"},
		"key where cert should be":  {[]string{goodKey}, []string{goodKey}, goodKey, "no certificate"},
		"cert where key should be":  {[]string{good}, []string{good}, good, "no private key"},
		"encrypted":                 {[]string{good}, []string{encrypted}, encrypted, "openssl pkey"},
		"encrypted, the old way":    {[]string{good}, []string{oldEncrypted}, oldEncrypted, "openssl pkey"},
		"Ed25519":                   {[]string{ed}, nil, ed, "Ed25519"},
		"DSA":                       {[]string{good}, []string{dsa}, dsa, "RSA or ECDSA"},
		"certificate that is none":  {[]string{broken}, []string{goodKey}, broken, "certificate 1"},
		"key that cannot be parsed": {[]string{good}, []string{brokenKey}, brokenKey, "private key"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := loadCertificates(test.certs, test.keys)
			if err == nil {
				t.Fatal("there is no error")
			}
			if !strings.Contains(err.Error(), test.names) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%q does not say %q and %q", err, test.names, test.says)
			}
		})
	}
}

func TestClientAuthorities(t *testing.T) {
	authority := certificateFor(t, testKeys().ec)
	if _, err := loadPool(writeFile(t, "ca.pem", certBlock(authority.Certificate[0]))); err != nil {
		t.Error(err)
	}
	for name, file := range map[string]string{
		"none":    writeFile(t, "none.pem", keyBlock(t, testKeys().ec)),
		"missing": "there/is/no/such.pem",
	} {
		if _, err := loadPool(file); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestKeyLogIsForItsOwnerAlone(t *testing.T) {
	name := writeFile(t, "keys.log")
	f, err := openKeyLog(name)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	if err := os.Chmod(name, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := openKeyLog(name); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a file that others read: %v", err)
	}
	fresh := name + ".new"
	if f, err = openKeyLog(fresh); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if info, err := os.Stat(fresh); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("a new file has %v, %v", info.Mode(), err)
	}
}

func TestKeysAreLoggedForEveryVersion(t *testing.T) {
	name := writeFile(t, "keys.log")
	d := serve(t, Options{KeyLog: name})
	for label, version := range map[string]uint16{"CLIENT_RANDOM ": tls.VersionTLS12, "CLIENT_TRAFFIC_SECRET_0 ": tls.VersionTLS13} {
		c := d.dial(version)
		writes(t, c, "x")
		reads(t, c, "x")
		c.Close()
		if text, err := os.ReadFile(name); err != nil || !strings.Contains(string(text), label) {
			t.Errorf("no %q in the key log, %v", label, err)
		}
	}
	d.stop()
	if strings.Contains(d.log.String(), "CLIENT_RANDOM") {
		t.Error("keys are in the log")
	}
	if len(d.log.all(t, "the keys of all connections are written to a file: whoever reads it reads them")) != 1 {
		t.Error("nobody was warned of the key log")
	}
}
