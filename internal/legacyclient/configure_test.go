package legacyclient_test

import (
	"crypto/tls"
	"testing"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
)

func TestCertificateMayAppearLater(t *testing.T) {
	ours, theirs := pair(t)
	server := parley.Server(theirs, &parley.Config{
		Certificates: []tls.Certificate{certificate()},
		ClientAuth:   tls.RequestClientCert,
	})
	shown := make(chan int, 1)
	go func() {
		b := make([]byte, 16)
		_, _ = server.Read(b)
		shown <- len(server.ConnectionState().PeerCertificates)
	}()
	c := legacyclient.New(ours, legacyclient.Options{Timeout: 5 * time.Second})
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	cert := certificate()
	c.Configure(func(o *legacyclient.Options) { o.Certificate = &cert })
	if err := c.Renegotiate(legacyclient.Hello{Kind: legacyclient.HelloProper}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write([]byte("done")); err != nil {
		t.Fatal(err)
	}
	if n := <-shown; n != 1 {
		t.Errorf("the server knows %d certificates of the client", n)
	}
}
