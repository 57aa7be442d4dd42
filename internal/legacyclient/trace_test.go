package legacyclient

import (
	"crypto/tls"
	"slices"
	"testing"

	"github.com/parley-tls/parley/internal/wire"
)

func TestTraceIsALadder(t *testing.T) {
	dial := goServer(t, &tls.Config{CipherSuites: goAllSuites()})
	var steps []Step
	c := established(t, dial(), Options{
		Suites: []wire.SuiteID{wire.TLS_RSA_WITH_AES_128_CBC_SHA},
		Trace:  func(s Step) { steps = append(steps, s) },
	})
	echoes(t, c, "secret words")
	if _, err := c.Write(nil); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"-> ClientHello [TLS 1.2, SCSV, no renegotiation_info] (in clear, header 0x0301)",
		"<- ServerHello [TLS 1.2, TLS_RSA_WITH_AES_128_CBC_SHA, renegotiation_info empty] (in clear, header 0x0303)",
		"<- Certificate (in clear, header 0x0303)",
		"<- ServerHelloDone (in clear, header 0x0303)",
		"-> ClientKeyExchange (in clear, header 0x0303)",
		"-> ChangeCipherSpec (in clear, header 0x0303)",
		"-> Finished (encrypted, header 0x0303)",
		"<- ChangeCipherSpec (in clear, header 0x0303)",
		"<- Finished (encrypted, header 0x0303)",
		"-> 12 bytes of application data (encrypted, header 0x0303)",
		"<- 12 bytes of application data (encrypted, header 0x0303)",
		"-> 0 bytes of application data (encrypted, header 0x0303)",
	}
	var got []string
	for _, s := range steps {
		got = append(got, s.String())
	}
	if !slices.Equal(got, want) {
		t.Errorf("the ladder is\n%q, want\n%q", got, want)
	}
	if s := steps[0]; !s.Sent || s.Type != wire.TypeHandshake || len(s.Messages) != 1 || s.Messages[0] != wire.MessageClientHello {
		t.Errorf("the first step is %+v", s)
	}
}

func TestDescribesMessagesThatShareOrSpanRecords(t *testing.T) {
	hello := wire.HelloRequest()
	done := wire.ServerHelloDone()
	var d describer
	for _, tt := range []struct {
		payload []byte
		text    string
	}{
		{slices.Concat(hello, done), "HelloRequest, ServerHelloDone"},
		{slices.Concat(hello, done[:2]), "HelloRequest, part of ServerHelloDone (2 bytes)"},
		{done[2:], "ServerHelloDone"},
		{nil, "an empty handshake record"},
	} {
		if _, text := d.describe(Record{Type: wire.TypeHandshake, Payload: tt.payload}); text != tt.text {
			t.Errorf("%x is %q, want %q", tt.payload, text, tt.text)
		}
	}
}
