package legacyclient_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

func TestAnswersHelloRequestAsItIsTold(t *testing.T) {
	for _, tt := range []struct {
		reaction legacyclient.Reaction
		server   error      // of Renegotiate; nil: it ends well
		alert    wire.Alert // that the client gets; 0: it reads on
	}{
		{reaction: legacyclient.ReactProper},
		{reaction: legacyclient.ReactReset},
		{reaction: legacyclient.ReactDecline, server: parley.ErrRefused},
		{reaction: legacyclient.ReactSplice, server: errAny, alert: wire.AlertHandshakeFailure},
	} {
		t.Run(tt.reaction.String(), func(t *testing.T) {
			ours, theirs := pair(t)
			server := parley.Server(theirs, &parley.Config{Certificates: []tls.Certificate{certificate()}})
			asked := make(chan error, 1)
			go func() { asked <- askAndSay(server) }()

			c := legacyclient.New(ours, legacyclient.Options{HelloRequest: tt.reaction, Timeout: 5 * time.Second})
			if err := c.Handshake(); err != nil {
				t.Fatal(err)
			}
			b := make([]byte, 16)
			n, err := c.Read(b)
			if alert, ok := legacyclient.AlertOf(err); ok != (tt.alert != 0) || alert != tt.alert {
				t.Errorf("the client: %v", err)
			} else if !ok && string(b[:n]) != "said" {
				t.Errorf("the client read %q, %v", b[:n], err)
			}
			err = <-asked
			if (err == nil) != (tt.server == nil) || tt.server != nil && tt.server != errAny && !errors.Is(err, tt.server) {
				t.Errorf("the server: %v, want %v", err, tt.server)
			}
		})
	}
}

func TestHelloRequestCanBeTold(t *testing.T) {
	ours, theirs := pair(t)
	server := parley.Server(theirs, &parley.Config{Certificates: []tls.Certificate{certificate()}})
	go func() { _ = askAndSay(server) }()
	c := legacyclient.New(ours, legacyclient.Options{HelloRequest: legacyclient.ReactTell, Timeout: 5 * time.Second})
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 16)
	if _, err := c.Read(b); !errors.Is(err, legacyclient.ErrAsked) {
		t.Fatalf("it reads %v", err)
	}
	if err := c.Renegotiate(legacyclient.Hello{Kind: legacyclient.HelloProper}); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Read(b); err != nil || string(b[:n]) != "said" {
		t.Errorf("it reads %q, %v", b[:n], err)
	}
}

var errAny = errors.New("any error")

// askAndSay asks for a renegotiation and says so when it is over.
func askAndSay(server *parley.Conn) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := server.HandshakeContext(ctx); err != nil {
		return err
	}
	asked := server.Renegotiate(ctx)
	if _, err := server.Write([]byte("said")); err != nil && asked == nil {
		return err
	}
	return asked
}

func pair(t *testing.T) (ours, theirs net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if ours, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if theirs, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = ours.Close()
		_ = theirs.Close()
	})
	return ours, theirs
}
