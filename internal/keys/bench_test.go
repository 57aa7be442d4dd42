package keys

import (
	"testing"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// benchmarkEach measures what for the combinations that clients really use.
func benchmarkEach(b *testing.B, what func(wire.Version, *suite.Suite)) {
	for _, c := range []struct {
		name    string
		version wire.Version
		suite   wire.SuiteID
	}{
		{"SSL30", wire.VersionSSL30, wire.TLS_RSA_WITH_AES_128_CBC_SHA},
		{"TLS10", wire.VersionTLS10, wire.TLS_RSA_WITH_AES_128_CBC_SHA},
		{"TLS12-SHA256", wire.VersionTLS12, wire.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256},
		{"TLS12-SHA384", wire.VersionTLS12, wire.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				what(c.version, suite.ByID(c.suite))
			}
		})
	}
}

func BenchmarkMasterSecret(b *testing.B) {
	premaster := make([]byte, 48)
	benchmarkEach(b, func(v wire.Version, s *suite.Suite) {
		MasterSecret(v, s, premaster, clientRandom, serverRandom)
	})
}

func BenchmarkKeyBlock(b *testing.B) {
	master := NewSecret(make([]byte, MasterLen))
	benchmarkEach(b, func(v wire.Version, s *suite.Suite) {
		KeyBlock(v, s, master, clientRandom, serverRandom)
	})
}

// BenchmarkTranscript is all that a full handshake asks of its transcript.
func BenchmarkTranscript(b *testing.B) {
	master := NewSecret(make([]byte, MasterLen))
	hello, certificate, finished := make([]byte, 250), make([]byte, 2500), make([]byte, 16)
	benchmarkEach(b, func(v wire.Version, s *suite.Suite) {
		tr := NewTranscript()
		tr.Write(hello)
		tr.Choose(v, s)
		tr.Write(certificate)
		tr.ClientVerifyData(master)
		tr.Write(finished)
		tr.ServerVerifyData(master)
	})
}
