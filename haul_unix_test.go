//go:build unix

package parley

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"syscall"
	"testing"
	"time"
)

// A rawClosing closes a Conn while it writes to the socket.
type rawClosing struct {
	syscall.RawConn
	conn *Conn
}

func (r rawClosing) Write(f func(uintptr) bool) error {
	_ = r.conn.Close()
	return net.ErrClosed
}

// A corked net.Conn keeps what is written.
type corked struct {
	net.Conn
	on   bool
	kept []byte
}

func (c *corked) Write(b []byte) (int, error) {
	if !c.on {
		return c.Conn.Write(b)
	}
	c.kept = append(c.kept, b...)
	return len(b), nil
}

// A haul's data lies in a buffer that is nobody else's until it is written, also
// where the Conn is closed while the alert about what came behind it is sent.
func TestAHaulKeepsItsBufferThoughTheConnIsClosed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ours, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	theirs, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	c := Server(theirs, &Config{Certificates: []tls.Certificate{selfSigned(t)}})
	defer c.Close()
	done := make(chan error, 1)
	go func() { done <- c.HandshakeContext(t.Context()) }()
	cork := &corked{Conn: ours}
	client := tls.Client(cork, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12})
	if err := client.Handshake(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}

	cork.on = true
	_, _ = client.Write([]byte("good"))
	_, _ = client.Write([]byte("evil"))
	cork.kept[len(cork.kept)-1] ^= 1
	c.t.raw = rawClosing{c.t.raw, c}
	if _, err := ours.Write(cork.kept); err != nil {
		t.Fatal(err)
	}
	out, err := c.takeAll(nil)
	if err != nil || len(out.data) != 1 || !bytes.Equal(out.data[0], []byte("good")) {
		t.Fatalf("%q, %v", out.data, err)
	}
	if !c.closed {
		t.Fatal("nothing was sent, and so nothing closed")
	}
	if out.buf == nil {
		t.Error("the buffer went back to its pool with the data in it")
	}
}

func selfSigned(t *testing.T) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
