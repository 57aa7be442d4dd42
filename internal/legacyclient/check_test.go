package legacyclient

import (
	"errors"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/wire"
)

func TestChecksReplyAsItsKindDoes(t *testing.T) {
	client, server := []byte("client data."), []byte("server data.")
	replies := map[string][]wire.Extension{
		"absent": nil,
		"empty":  {wire.RenegotiationInfoExtension(nil)},
		"full":   {wire.RenegotiationInfoExtension(slices.Concat(client, server))},
		"half":   {wire.RenegotiationInfoExtension(client)},
		"other":  {wire.RenegotiationInfoExtension(slices.Concat(server, client))},
	}
	accepts := map[HelloKind][]string{
		HelloFirst:   {"absent", "empty"},
		HelloProper:  {"full"},
		HelloReset:   {"absent", "full"},
		HelloBare:    {"absent"},
		HelloRestart: {"absent", "empty"},
	}
	for kind, good := range accepts {
		for name, extensions := range replies {
			c := New(blackHole(t), Options{})
			c.state.ClientVerifyData, c.state.ServerVerifyData = client, server
			hello := &wire.ServerHello{Extensions: extensions}
			err := c.checkReply(kind, hello)
			if want := slices.Contains(good, name); want != (err == nil) {
				t.Errorf("after a %v hello, %s: %v", kind, name, err)
			} else if !want && !errors.Is(err, ErrMismatch) {
				t.Errorf("after a %v hello, %s: %v is not ErrMismatch", kind, name, err)
			}
			c.o.Lenient = true
			if err := c.checkReply(kind, hello); err != nil {
				t.Errorf("lenient, after a %v hello, %s: %v", kind, name, err)
			}
		}
	}
}

func TestFullReplyNeedsVerifyData(t *testing.T) {
	c := New(blackHole(t), Options{})
	hello := &wire.ServerHello{Extensions: []wire.Extension{wire.RenegotiationInfoExtension(nil)}}
	if err := c.checkReply(HelloProper, hello); !errors.Is(err, ErrMismatch) {
		t.Errorf("an empty reply passes for the verify_data of no handshake: %v", err)
	}
}

// blackHole takes what is written to it.
func blackHole(t *testing.T) net.Conn {
	t.Helper()
	ours, theirs := net.Pipe()
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		b := make([]byte, 1024)
		for {
			if _, err := theirs.Read(b); err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		_ = ours.Close()
		select {
		case <-gone:
		case <-time.After(10 * time.Second):
			t.Error("the reader did not end")
		}
	})
	return ours
}
