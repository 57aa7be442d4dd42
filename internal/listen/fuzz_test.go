package listen

import (
	"strings"
	"testing"
	"unicode"

	"github.com/parley-tls/parley/internal/proxy/flight"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// Whatever a first hello holds, its rows are short and fit to be shown.
func FuzzOfferIsShortAndPrintable(f *testing.F) {
	f.Add([]byte(hello(wire.VersionTLS12, wire.TLS_RSA_WITH_AES_128_CBC_SHA).Raw))
	f.Add([]byte(hello(wire.VersionSSL30).Raw))
	named := hello(wire.VersionTLS12, wire.TLS_RSA_WITH_AES_128_CBC_SHA)
	named.Extensions = append(named.Extensions, wire.ServerNameExtension("device.example"), wire.ALPNExtension([]string{"h2\x1b[31m", strings.Repeat("x", 255)}))
	f.Add([]byte(named.Marshal()))
	f.Fuzz(func(t *testing.T, message []byte) {
		h, _ := wire.ParseClientHello(message) // with an error comes what could be read
		for _, row := range offer(h) {
			for _, text := range row {
				if len(text) > 4096 || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
					t.Fatalf("%q", text)
				}
			}
		}
	})
}

// Whatever a client begins with, it is judged without harm.
func FuzzFirstBytesAreJudged(f *testing.F) {
	ssl2 := (&wire.ClientHello{SSL2Format: true, Version: wire.VersionTLS10, CipherSuites: []wire.SuiteID{5}}).Marshal()
	f.Add(append([]byte{0x80, byte(len(ssl2))}, ssl2...), "hello-ssl2")
	f.Add([]byte{0x80}, "hello-ssl2")
	f.Add([]byte("GET / HTTP/1.1\r\n"), "not-tls-http")
	f.Add([]byte{}, "handshake-abandoned")
	f.Fuzz(func(t *testing.T, first []byte, finding string) {
		c := &call{Recorder: flight.NewRecorder(&keeping), conversation: &trace.Conversation{}, conn: &tappedConn{keeper: &keeper{first: first}}}
		c.Add(trace.Event{Name: trace.Opened})
		c.Add(trace.Event{Name: trace.Closed, Finding: finding, Detail: trace.FailureDetail{Finding: finding}})
		c.end()
		if c.conversation.Protocol == "" || len(c.conversation.Events) < 2 {
			t.Errorf("%+v", c.conversation)
		}
		if h := firstHello(c.conversation); h != nil {
			offer(h)
		}
	})
}
