package legacyclient

import (
	"crypto/tls"
	"errors"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

func TestEveryWaitEnds(t *testing.T) {
	brief := Options{Timeout: 50 * time.Millisecond}
	if err := New(blackHole(t), brief).Handshake(); !isTimeout(err) {
		t.Errorf("handshake with nobody: %v", err)
	}
	if err := New(blackHole(t), brief).AwaitEnd(); !isTimeout(err) {
		t.Errorf("the end of nobody: %v", err)
	}
	ours, theirs := net.Pipe() // which nobody reads
	defer theirs.Close()
	if err := New(ours, brief).Handshake(); !isTimeout(err) {
		t.Errorf("handshake with one who does not read: %v", err)
	}
	if err := ours.Close(); err != nil {
		t.Error(err)
	}
}

func TestDeadlineIsNotTheEnd(t *testing.T) {
	c := established(t, goServer(t, &tls.Config{})(), Options{})
	if err := c.SetDeadline(time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("Read gives %v", err)
	}
	if err := c.SetDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	echoes(t, c, "hello")
}

func TestEchoesMoreThanBuffersHold(t *testing.T) {
	c := established(t, goServer(t, &tls.Config{})(), Options{})
	echoes(t, c, strings.Repeat("four mebibytes, ", 4<<20/16))
}
