package parley_test

import (
	"crypto/tls"
	"io"
	"net"
	"runtime"
	"testing"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

// discard reads all that every connection sends.
func discard(b *testing.B, l net.Listener) {
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				io.Copy(io.Discard, c)
			}()
		}
	}()
}

func BenchmarkHandshake(b *testing.B) {
	for _, bench := range []struct {
		name   string
		suite  uint16
		resume bool
	}{
		{"RSA", tls.TLS_RSA_WITH_AES_128_GCM_SHA256, false},
		{"ECDHE-RSA", tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, false},
		{"ECDHE-ECDSA", tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, false},
		{"resumed", tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, true},
	} {
		b.Run(bench.name, func(b *testing.B) {
			l := listen(b, server())
			discard(b, l)
			config := client(func(c *tls.Config) { c.CipherSuites = []uint16{bench.suite} })
			if bench.resume {
				config.ClientSessionCache = tls.NewLRUClientSessionCache(1)
				dial(b, l, config).Close()
			}
			b.ReportAllocs()
			for b.Loop() {
				c, err := tls.Dial("tcp", l.Addr().String(), config)
				if err != nil {
					b.Fatal(err)
				}
				if c.ConnectionState().DidResume != bench.resume {
					b.Fatal("resumed or not, but not as wanted")
				}
				c.Close()
			}
		})
	}
}

// A renegotiation with its client, which costs about as much as the server.
func BenchmarkRenegotiation(b *testing.B) {
	for _, name := range []string{"reset", "proper"} {
		b.Run(name, func(b *testing.B) {
			unlimited := func(c *parley.Config) {
				c.Policy.Ration = parley.Ration{Connection: 1 << 30, ConnectionPerSecond: 1 << 30, Source: 1 << 30, SourcePerSecond: 1 << 30}
			}
			l := listen(b, server(unlimited))
			discard(b, l)
			c := legacy(b, l, legacyclient.Options{})
			m := misbehaviour(b, name)
			b.ReportAllocs()
			for b.Loop() {
				if err := m.Run(c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkBulk(b *testing.B) {
	for name, suite := range map[string]uint16{
		"GCM": tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
		"CBC": tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
	} {
		chunk := make([]byte, 256<<10)
		with := client(func(c *tls.Config) { c.CipherSuites = []uint16{suite} })
		b.Run("up/"+name, func(b *testing.B) {
			l := listen(b, server())
			discard(b, l)
			c := dial(b, l, with)
			b.SetBytes(int64(len(chunk)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Write(chunk); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("down/"+name, func(b *testing.B) {
			s, c := pair(b, server(), with)
			go io.Copy(io.Discard, c)
			b.SetBytes(int64(len(chunk)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Write(chunk); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkMessage(b *testing.B) {
	l := listen(b, server())
	serveEcho(b, l)
	c := dial(b, l, client())
	message := make([]byte, 64)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Write(message); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(c, message); err != nil {
			b.Fatal(err)
		}
	}
}

// Memory of a connection that waits in Read; its client is a descriptor only.
func BenchmarkIdle(b *testing.B) {
	l := listen(b, server(func(c *parley.Config) { c.MaxVersion = tls.VersionTLS12 }))
	discard(b, l)
	const held = 500
	for b.Loop() {
		before := memory()
		var conns []net.Conn
		for range held {
			conn, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				b.Fatal(err)
			}
			c := legacyclient.New(conn, legacyclient.Options{Suites: []wire.SuiteID{wire.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}})
			if err := c.Handshake(); err != nil {
				b.Fatal(err)
			}
			conns = append(conns, conn) // and the client is forgotten
		}
		b.ReportMetric(float64(memory()-before)/held, "B/conn")
		for _, c := range conns {
			c.Close()
		}
	}
}

// memory is what the heap and the stacks take.
func memory() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}
