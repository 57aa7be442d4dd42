package proxy

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pires/go-proxyproto"
)

// header makes one in the name of a client.
func header(t testing.TB, version byte, from, to string) []byte {
	t.Helper()
	b, err := proxyproto.HeaderProxyFromAddrs(version, net.TCPAddrFromAddrPort(netip.MustParseAddrPort(from)), net.TCPAddrFromAddrPort(netip.MustParseAddrPort(to))).Format()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// through connects as a balancer does, in somebody's name.
func (d *daemon) through(head []byte) *tls.Conn {
	d.t.Helper()
	raw, err := net.Dial("tcp", d.Addr().String())
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { raw.Close() })
	if err := raw.SetDeadline(time.Now().Add(patience)); err != nil {
		d.t.Fatal(err)
	}
	writes(d.t, raw, string(head))
	return tls.Client(raw, &tls.Config{InsecureSkipVerify: true, ServerName: "proxy.example", MaxVersion: tls.VersionTLS12})
}

func TestBalancerSaysWhoseConnectionItIs(t *testing.T) {
	for name, head := range map[string][]byte{
		"version 1": header(t, 1, "192.0.2.7:4711", "198.51.100.1:443"),
		"version 2": header(t, 2, "192.0.2.7:4711", "198.51.100.1:443"),
	} {
		t.Run(name, func(t *testing.T) {
			b := newBackend(t)
			d := serve(t, Options{Backend: b.Addr().String(), AcceptProxy: []string{"127.0.0.0/8"}, SendProxy: "v1"})
			c := d.through(head)
			writes(t, c, "x")
			v := b.next(t)
			reads(t, v, "PROXY TCP4 192.0.2.7 198.51.100.1 4711 443\r\nx")
			writes(t, v, "y")
			reads(t, c, "y")
			c.Close()
			ends(t, v)
			v.Close()
			wants(t, d.log.wait(t, "connection", 1), map[string]any{"client": "192.0.2.7:4711", "ended": "clean", "in": 1.0})
		})
	}
}

func TestLimitsHoldForTheClientBehindTheBalancer(t *testing.T) {
	d := serve(t, Options{AcceptProxy: []string{"127.0.0.1"}, MaxPerSource: "1"})
	for _, client := range []string{"192.0.2.1:1", "192.0.2.2:1", "[2001:db8::1]:1", "[2001:db8:0:1::1]:1"} {
		to := "192.0.2.99:443"
		if client[0] == '[' {
			to = "[2001:db8::99]:443"
		}
		c := d.through(header(t, 2, client, to))
		writes(t, c, "x")
		reads(t, c, "x")
	}
	if err := d.through(header(t, 2, "[2001:db8::2]:1", "[2001:db8::99]:443")).Handshake(); err == nil {
		t.Error("a second one of the same /64 is served")
	}
	wants(t, d.log.wait(t, "clients are turned away: their source has as much as max-per-source allows", 1), map[string]any{"source": "2001:db8::/64"})
}

func TestBalancerOnItsOwnAccountKeepsItsAddress(t *testing.T) {
	d := serve(t, Options{AcceptProxy: []string{"127.0.0.1"}})
	local := append([]byte("\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x03"), "\x04\x00\x00"...) // LOCAL, with a TLV
	for i, head := range [][]byte{local, []byte("PROXY UNKNOWN\r\n")} {
		c := d.through(head)
		writes(t, c, "x")
		reads(t, c, "x")
		c.Close()
		if line := d.log.wait(t, "connection", i+1); !strings.HasPrefix(line["client"].(string), "127.0.0.1:") {
			t.Errorf("%v", line)
		}
	}
}

// A header from anybody else is what it is to TLS: garbage.
func TestNobodyElseNamesAClient(t *testing.T) {
	d := serve(t, Options{AcceptProxy: []string{"192.0.2.0/24"}})
	if err := d.through(header(t, 2, "192.0.2.7:1", "192.0.2.8:2")).Handshake(); err == nil {
		t.Fatal("it is served")
	}
	wants(t, d.log.wait(t, "handshake failed", 1), map[string]any{"ended": "not-tls"})
	c := d.dial(tls.VersionTLS12)
	writes(t, c, "x")
	reads(t, c, "x")
}

func TestBalancerWithoutAHeaderIsNotServed(t *testing.T) {
	d := serve(t, Options{AcceptProxy: []string{"127.0.0.1"}, Metrics: "127.0.0.1:0"})
	look, err := net.Dial("tcp", d.Addr().String()) // only whether the port is open
	if err != nil {
		t.Fatal(err)
	}
	look.Close()
	d.turnedAway()
	wants(t, d.log.wait(t, "a connection from a balancer had no PROXY header and was ended", 1), map[string]any{"error": errNoHeader.Error(), "more_since": 0.0})
	d.tells("parley_proxy_header_failures_total 1")
}

func TestStoppingDoesNotWaitForHeaders(t *testing.T) {
	d := serve(t, Options{AcceptProxy: []string{"127.0.0.1"}})
	slow, err := net.Dial("tcp", d.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	writes(t, slow, "PROXY TCP4 ")
	c := d.through(header(t, 1, "192.0.2.7:1", "192.0.2.8:2"))
	writes(t, c, "x")
	reads(t, c, "x")
	c.Close()
	d.stop()
}

func TestHeaderIsNotWaitedForForEver(t *testing.T) {
	server, client := net.Pipe()
	defer client.Close()
	g := &gate{open: context.Background(), patience: time.Millisecond}
	if _, err := g.whose(server); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

func TestUnixSocketsPeersAreBalancers(t *testing.T) {
	settings, err := Options{Listen: "unix:" + t.TempDir() + "/s", AcceptProxy: []string{"unix"}}.Check()
	if err != nil {
		t.Fatal(err)
	}
	log := &logLines{}
	s, err := New(settings, slog.New(slog.NewJSONHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	stop, end := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.Serve(stop, stop) }()
	raw, err := net.Dial("unix", settings.Listen.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	writes(t, raw, string(header(t, 2, "192.0.2.7:4711", "198.51.100.1:443")))
	c := tls.Client(raw, &tls.Config{InsecureSkipVerify: true})
	writes(t, c, "x")
	reads(t, c, "x")
	c.Close()
	wants(t, log.wait(t, "connection", 1), map[string]any{"client": "192.0.2.7:4711"})
	end()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func TestHeadersThatCannotBe(t *testing.T) {
	for text, want := range map[string]error{
		"":                                               errNothingCame,
		"PROXY":                                          io.ErrUnexpectedEOF,
		"PROXY TCP4 192.0.2.7 198.51.100.1 4711":         io.ErrUnexpectedEOF,
		"PROXY " + strings.Repeat("x", 200):              errLongHeader,
		"\r\n\r\n\x00\r\nQUIT\n\x21\x11":                 io.ErrUnexpectedEOF,
		"\r\n\r\n\x00\r\nQUIT\n\x21\x11\xff\xff":         errLongHeader,
		"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c":         io.ErrUnexpectedEOF,
		"\r\n\r\n\x00\r\nQUIT\n\x31\x11\x00\x00":         proxyproto.ErrUnsupportedProtocolVersionAndCommand,
		"PROXY TCP4 192.0.2.7 nowhere 1 2\r\n":           proxyproto.ErrInvalidAddress,
		"PROXY TCP4 192.0.2.7 192.0.2.8 1 2\n":           proxyproto.ErrLineMustEndWithCrlf,
		"GET / HTTP/1.1\r\n":                             errNoHeader,
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03xx": errNoHeader,
	} {
		if _, err := readHeader(strings.NewReader(text)); !errors.Is(err, want) {
			t.Errorf("%q: %v, not %v", text, err, want)
		}
	}
}

// FuzzProxyHeader: whatever comes, a header is read to its end and no further,
// and what is read of it does not depend on what follows.
func FuzzProxyHeader(f *testing.F) {
	f.Add(header(f, 1, "192.0.2.7:4711", "198.51.100.1:443"))
	f.Add(header(f, 2, "[2001:db8::1]:1", "[2001:db8::2]:65535"))
	f.Add([]byte("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n\x16\x03\x01"))
	f.Add([]byte("\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x03\x04\x00\x00\x16\x03"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		r := bytes.NewReader(sent)
		h, err := readHeader(r)
		read := len(sent) - r.Len()
		if read > headerBeginsWith+4+longestHeader {
			t.Fatalf("%d bytes were read", read)
		}
		if (h == nil) == (err == nil) {
			t.Fatalf("%v, %v", h, err)
		}
		if err != nil {
			return
		}
		again, err := readHeader(bytes.NewReader(sent[:read]))
		if err != nil || !again.EqualsTo(h) {
			t.Errorf("alone it is %v, %v, not %v", again, err, h)
		}
		server, client := net.Pipe()
		defer server.Close()
		defer client.Close()
		if conn := name(pipe{server}, h); conn.RemoteAddr() == nil || conn.LocalAddr() == nil {
			t.Error("a connection has no address")
		} else if _, isTCP := conn.RemoteAddr().(*net.TCPAddr); isTCP {
			if _, ok := sourceOf(conn.RemoteAddr()); !ok {
				t.Error("a client has no source")
			}
		}
	})
}

// A pipe can be a socket.
type pipe struct{ net.Conn }

func (pipe) CloseWrite() error { return nil }
