package proxy

import (
	"crypto/tls"
	"net"
	"testing"
)

// A line says who ended its stream: who said goodbye first, or whose fault it was.
func TestLineSaysWhoEndedTheStream(t *testing.T) {
	b := newBackend(t)
	d := serve(t, Options{Backend: b.Addr().String(), IdleTimeout: "1h", Drain: "0"})
	n := 0
	for _, test := range []struct {
		name string
		ends func(c *tls.Conn, v *visit)
		want map[string]any
	}{
		{"the client says goodbye", func(c *tls.Conn, v *visit) { c.Close(); ends(t, v); v.Close() }, map[string]any{"ended": "clean", "ended_by": "client"}},
		{"the backend says goodbye", func(c *tls.Conn, v *visit) { v.CloseWrite(); ends(t, c); c.Close() }, map[string]any{"ended": "clean", "ended_by": "backend"}},
		{"the client is gone", func(c *tls.Conn, v *visit) { c.NetConn().Close() }, map[string]any{"ended": "truncated", "ended_by": "client"}},
		{"the backend breaks off", func(c *tls.Conn, v *visit) { reset(v.TCPConn) }, map[string]any{"ended": "backend", "ended_by": "backend"}},
		{"the client breaks the protocol", func(c *tls.Conn, v *visit) { _, _ = c.NetConn().Write([]byte("\x7f\x03\x03\x00\x00")) }, map[string]any{"ended_by": "server"}},
		{"the server stops", func(c *tls.Conn, v *visit) { d.stop() }, map[string]any{"ended": "stopped", "ended_by": "server"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := d.dial(tls.VersionTLS12)
			writes(t, c, "x")
			v := b.next(t)
			reads(t, v, "x")
			test.ends(c, v)
			n++
			wants(t, d.log.wait(t, "connection", n), test.want)
		})
	}
}

// Who is behind a balancer has both addresses in the line, and who is not only one.
func TestLineHasTheBalancersAddress(t *testing.T) {
	d := serve(t, Options{AcceptProxy: []string{"127.0.0.1"}})
	conn, err := net.Dial("tcp", d.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	writes(t, conn, "PROXY TCP4 192.0.2.7 198.51.100.1 4711 443\r\n")
	c := tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	c.Close()
	wants(t, d.log.wait(t, "connection", 1), map[string]any{"client": "192.0.2.7:4711", "balancer": conn.LocalAddr().String()})
}
