package parley_test

import (
	"errors"
	"net"
	"testing"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

// A wrapped connection is not one of package net's: a PROXY protocol's, a limiter's.
type wrapped struct{ net.Conn }

// legacyPair connects Server, on one end of a TCP connection, with a client that
// has not begun.
func legacyPair(t *testing.T, wrap bool) (*parley.Conn, *legacyclient.Client) {
	t.Helper()
	ours, theirs := tcpPair(t)
	if wrap {
		ours = wrapped{ours}
	}
	return parley.Server(ours, server()), legacyclient.New(theirs, legacyclient.Options{Timeout: 5 * time.Second})
}

// sendForged sends a data record whose MAC is wrong.
func sendForged(t *testing.T, c *legacyclient.Client) {
	t.Helper()
	if err := c.Send(legacyclient.Record{Type: wire.TypeApplicationData, Payload: []byte("forged"), BadMAC: true}); err != nil {
		t.Error(err)
	}
}

func TestTheAlertLeavesWithTheErrorOfRead(t *testing.T) {
	for _, wrap := range []bool{false, true} {
		s, c := legacyPair(t, wrap)
		failed := make(chan error, 1)
		go func() {
			_, err := s.Read(make([]byte, 100))
			failed <- err // and nobody closes the Conn
		}()
		if err := c.Handshake(); err != nil {
			t.Fatal(err)
		}
		sendForged(t, c)
		var why *parley.Error
		if err := <-failed; !errors.As(err, &why) || why.Finding != "record-mac" {
			t.Errorf("Read gives %v", err)
		}
		_, err := c.Read(make([]byte, 1))
		if alert, ok := legacyclient.AlertOf(err); !ok || alert != wire.AlertBadRecordMAC {
			t.Errorf("wrapped %v: the client is told %v", wrap, err)
		}
		_ = s.Close()
	}
}

// What could be lost is in a race with Close.
func TestCloseLosesNeitherFinishedNorAlert(t *testing.T) {
	for range 20 {
		s, c := legacyPair(t, true)
		go func() {
			_ = s.HandshakeContext(t.Context())
			_ = s.Close()
		}()
		if err := c.Handshake(); err != nil {
			t.Fatalf("the handshake that Close follows: %v", err)
		}
	}
	for range 20 {
		s, c := legacyPair(t, true)
		go func() {
			_, _ = s.Read(make([]byte, 100))
			_ = s.Close()
		}()
		if err := c.Handshake(); err != nil {
			t.Fatal(err)
		}
		err := c.WriteRecord(wire.TypeChangeCipherSpec, []byte{1})
		if err == nil {
			_, err = c.Read(make([]byte, 1))
		}
		if alert, ok := legacyclient.AlertOf(err); !ok || alert != wire.AlertUnexpectedMessage {
			t.Fatalf("the client is told %v", err)
		}
	}
}
