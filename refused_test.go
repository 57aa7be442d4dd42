package parley_test

import (
	"errors"
	"net"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/legacyclient"
)

// A client that is refused has 30 s to go on in, however old its connection is.
func TestRefusedClientHasItsTime(t *testing.T) {
	for _, age := range []time.Duration{0, time.Hour} {
		key := rsaKey()
		f := foundingSettings[1]
		server := f.server(ca().issue("legacy.example", key).Certificate, key.Public(), decryptWith(t, key))
		server.now = age
		ours, theirs := net.Pipe()
		ended := make(chan error, 1)
		go func() { ended <- server.serve(theirs) }()
		c := legacyclient.New(ours, legacyclient.Options{NoSCSV: true, Version: f.version})
		if err := c.Handshake(); err != nil {
			t.Fatal(err)
		}
		if err := c.Renegotiate(legacyclient.Hello{Kind: legacyclient.HelloBare}); !errors.Is(err, legacyclient.ErrRefused) {
			t.Fatalf("a bare hello: %v", err)
		}
		// The server's goroutine waits for the client: what it sent last is read.
		if at, ok := server.Wake(); !ok || at != max(age, 1)+30*time.Second {
			t.Errorf("refused at %v, the connection ends at %v", age, at)
		}
		ours.Close()
		<-ended
	}
}
