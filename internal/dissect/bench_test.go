package dissect_test

import (
	"bytes"
	"testing"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/wire"
)

// How fast a long download in packets is dissected, opened and sealed.
func BenchmarkDownload(b *testing.B) {
	for _, id := range []wire.SuiteID{wire.TLS_RSA_WITH_AES_128_GCM_SHA256, wire.TLS_RSA_WITH_AES_128_CBC_SHA, wire.TLS_RSA_WITH_RC4_128_SHA} {
		s := newScript(b, wire.VersionTLS12, id)
		s.handshake(s.hello(), []byte{})
		for range 64 {
			s.say(capture.BtoA, wire.TypeApplicationData, bytes.Repeat([]byte("download"), wire.MaxPlaintext/8))
		}
		for how, ring := range map[string]*dissect.Keyring{"opened": withKey(b), "sealed": dissect.NewKeyring()} {
			b.Run(id.String()+"/"+how, func(b *testing.B) {
				total := 0
				for _, h := range s.said {
					total += len(h.bytes)
				}
				b.SetBytes(int64(total))
				for b.Loop() {
					mark := capture.Mark{Frame: 1, Time: beginning}
					d := dissect.New(capture.Connection{Number: 1, A: clientAddress, B: serverAddress, Begin: mark, Whole: true}, dissect.Options{Keys: ring})
					for _, h := range s.said {
						for rest := h.bytes; len(rest) > 0; {
							mark.Frame++
							n := min(len(rest), 1448)
							d.Bytes(h.direction, mark, rest[:n])
							rest = rest[n:]
						}
					}
					d.Finish(mark)
				}
			})
		}
	}
}
