package demo

import (
	"fmt"
	"net"
	"time"

	"github.com/parley-tls/parley/internal/legacyclient"
)

const (
	prefix = "POST /transfer HTTP/1.1\r\nX-Ignore: "
	secret = "GET /balance HTTP/1.1\r\nCookie: of the victim\r\n\r\n"
)

// playSplice has the client be an attacker who passes a victim's first handshake
// through as a renegotiation.
func playSplice(attacker *legacyclient.Client) (string, error) {
	if err := attacker.Handshake(); err != nil {
		return "", fmt.Errorf("the attacker's handshake: %w", err)
	}
	if err := attacker.Echo([]byte(prefix)); err != nil {
		return "", fmt.Errorf("the attacker's prefix: %w", err)
	}
	victimEnd, attackersEnd := net.Pipe()
	defer attackersEnd.Close()
	sent := make(chan error, 1)
	go func() { sent <- victim(victimEnd) }()
	spliced, err := (&legacyclient.Splice{Attacker: attacker, Victim: attackersEnd, Timeout: patience}).Run()
	_ = attackersEnd.Close()
	failed := <-sent
	switch {
	case err != nil:
		return "", err
	case failed == nil || spliced.Complete() || spliced.ToServer.Data > 0:
		return "", fmt.Errorf("the victim's data reached the server behind the attacker's prefix")
	}
	return "aborted before anything was answered. 0 bytes of the victim's followed the attacker's prefix.", nil
}

// victim is a client in its first handshake that checks nothing; an error says
// that it could not send its secret.
func victim(conn net.Conn) error {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	c := legacyclient.New(conn, legacyclient.Options{Lenient: true, Timeout: patience})
	if err := c.Handshake(); err != nil {
		return err
	}
	_, err := c.Write([]byte(secret))
	return err
}
