package passage

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/tape"
	"github.com/parley-tls/parley/internal/wire"
)

// handshakes makes a handshake through a passage, and leaves the connections to
// whoever writes records of his own.
func handshakes(b testing.TB, x *talk) {
	b.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}, &x509.Certificate{}, key.Public(), key)
	if err != nil {
		b.Fatal(err)
	}
	server := tls.Server(x.backend, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MaxVersion: tls.VersionTLS12})
	client := tls.Client(x.client, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12})
	done := make(chan error, 1)
	go func() { done <- server.Handshake() }()
	if err := client.Handshake(); err != nil {
		b.Fatal(err)
	}
	if err := <-done; err != nil {
		b.Fatal(err)
	}
}

// BenchmarkPassing passes whole records in one direction: moved by the system,
// and observed.
func BenchmarkPassing(b *testing.B) {
	for name, tap := range map[string]func() tape.Tap{
		"moved": func() tape.Tap { return nil }, "observed": func() tape.Tap { return NewObservatory().Observe(&net.TCPAddr{}, &net.TCPAddr{}, nil) },
	} {
		b.Run(name, func(b *testing.B) {
			x := begin(b, "tcp", Options{Tap: tap()})
			for _, c := range []Conn{x.client, x.backend} {
				if err := c.SetDeadline(time.Time{}); err != nil {
					b.Fatal(err)
				}
			}
			handshakes(b, x)
			record := append(wire.RecordHeader{Type: wire.TypeApplicationData, Version: wire.VersionTLS12, Length: wire.MaxPlaintext}.Append(nil), make([]byte, wire.MaxPlaintext)...)
			b.SetBytes(int64(len(record)))
			b.ReportAllocs()
			b.ResetTimer()
			go func() {
				for range b.N {
					if _, err := x.client.Write(record); err != nil {
						return
					}
				}
				_ = x.client.CloseWrite()
			}()
			if n, err := io.Copy(io.Discard, x.backend); err != nil || n != int64(b.N*len(record)) {
				b.Fatalf("%d bytes arrived, %v", n, err)
			}
			x.backend.Close()
			x.end(b)
		})
	}
}
