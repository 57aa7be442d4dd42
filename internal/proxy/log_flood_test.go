package proxy

import (
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
)

// A scanner fills no disk, the rest of what it did is told, and who was served has
// a line all the same.
func TestAFloodOfFailuresIsToldInFewLines(t *testing.T) {
	const flood = 150
	d := serve(t, Options{LogFailures: "1"})
	for range flood {
		c, err := net.Dial("tcp", d.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(c, "GET / HTTP/1.1\r\n\r\n") // it may be gone already
		_, _ = io.Copy(io.Discard, c)                      // likewise
		c.Close()
	}
	for range 3 {
		d.dial(tls.VersionTLS12).Close()
	}
	d.log.wait(t, "connection", 3)
	d.stop()
	rest := d.log.wait(t, "more handshakes failed than are told one by one", 1)
	told := len(d.log.all(t, "handshake failed"))
	if more, _ := rest["more"].(float64); int(more)+told != flood || told >= flood/2 || !strings.HasPrefix(rest["of"].(string), "not-tls-http ") {
		t.Errorf("%d are told, and of the rest %v", told, rest)
	}
}

// With no limit every failure has its line.
func TestWithoutALimitEveryFailureHasItsLine(t *testing.T) {
	d := serve(t, Options{LogFailures: "0"})
	for range 120 {
		c, err := net.Dial("tcp", d.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(c, "GET / HTTP/1.1\r\n\r\n")
		_, _ = io.Copy(io.Discard, c)
		c.Close()
	}
	d.log.wait(t, "handshake failed", 120)
	d.stop()
	if n := len(d.log.all(t, "more handshakes failed than are told one by one")); n != 0 {
		t.Errorf("%d lines tell of a rest that there is not", n)
	}
}
