package proxy

import (
	"encoding/pem"
	"testing"
)

func FuzzPEM(f *testing.F) {
	f.Add([]byte("no PEM"))
	f.Add(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte{0x30, 0}}))
	f.Add(pem.EncodeToMemory(&pem.Block{Type: "EC PARAMETERS", Bytes: []byte{6, 0}}))
	f.Add(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte{0x30, 0}}))
	f.Add(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: []byte{1}, Headers: map[string]string{"Proc-Type": "4,ENCRYPTED"}}))
	f.Fuzz(func(t *testing.T, text []byte) {
		if file, err := parsePEM(text); (file == nil) == (err == nil) {
			t.Errorf("%v, %v", file, err)
		}
	})
}

// FuzzOptions: words that are settings' names are settings or are named in an error.
func FuzzOptions(f *testing.F) {
	f.Add("127.0.0.1:1", "unix:/b", "10.0.0.0/8", "2027-01-01", "TLSv1.2", "AES128-SHA,DES-CBC3-SHA", "10s")
	f.Add("[::1]:x", ":", "::/0", "2027-13-01", "ssl", ",", "-0s")
	f.Fuzz(func(t *testing.T, listen, backend, from, until, version, suites, duration string) {
		s, err := Options{
			Listen: listen, Backend: backend, Bare: "trust", TrustFrom: []string{from}, TrustUntil: until, MinVersion: version,
			Suites: []string{suites}, IdleTimeout: duration,
		}.Check()
		if (s == nil) == (err == nil) {
			t.Fatalf("%v, %v", s, err)
		}
		if s != nil && (s.Trust.none() || s.Trust.Until.IsZero()) {
			t.Errorf("trust without bounds: %+v", s.Trust)
		}
	})
}
