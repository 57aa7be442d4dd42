package proxy

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

// echoBackend sends back what it gets, on as many connections as come.
func echoBackend(t *testing.T) net.Addr {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer conn.Close()
				_, _ = io.Copy(conn, conn) // a client that is cut is none of its business
			})
		}
	})
	t.Cleanup(func() { l.Close(); running.Wait() })
	return l.Addr()
}

// Clients that do all that clients do, at once: nobody gets another's bytes,
// nothing is left behind, and everybody has a line.
func TestManyClientsAtOnce(t *testing.T) {
	backend := echoBackend(t)
	d := serve(t, Options{Backend: backend.String(), Restart: "isolate"})
	const clients = 40
	var streams sync.Map // how many lines each client must have
	var running sync.WaitGroup
	for n := range clients {
		running.Go(func() {
			source := rand.New(rand.NewPCG(uint64(n), 7))
			lines, err := misbehave(d.Addr().String(), n, source)
			if err != nil {
				t.Errorf("client %d: %v", n, err)
			}
			streams.Store(n, lines)
		})
	}
	running.Wait()
	want := 0
	for n := range clients {
		lines, _ := streams.Load(n)
		want += lines.(int)
	}
	d.log.wait(t, "connection", want)
	d.stop()
	if got := len(d.log.all(t, "connection")); got != want {
		t.Errorf("there are %d lines for %d streams", got, want)
	}
}

// misbehave does twelve things on one connection and ends it in some way. It says
// how many streams the connection had.
func misbehave(address string, n int, source *rand.Rand) (streams int, err error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	version := legacyVersions[source.IntN(len(legacyVersions))]
	c := legacyclient.New(conn, legacyclient.Options{Version: version, Timeout: patience, SessionTickets: source.IntN(2) == 0, Suites: aesSuites(version)})
	if err := c.Handshake(); err != nil {
		return 0, err
	}
	streams = 1
	for range 12 {
		text := strings.Repeat(fmt.Sprintf("client %d, stream %d. ", n, streams), 1+source.IntN(2000))
		if err := c.Echo([]byte(text)); err != nil {
			return streams, err
		}
		name := []string{"", "", "reset", "proper", "proper-resumed", "restart"}[source.IntN(6)]
		if name == "" || name == "restart" && streams > 4 {
			continue
		}
		m, _ := legacyclient.Named(name)
		if err := m.Run(c); err != nil {
			return streams, fmt.Errorf("%s in %s: %w", name, version, err)
		}
		if name == "restart" {
			streams++
		}
	}
	switch source.IntN(3) {
	case 0:
		reset(conn)
	case 1: // the TCP connection ends, and nobody said goodbye
	default:
		return streams, c.Close()
	}
	return streams, nil
}

// aesSuites keeps clients from suites that are off.
func aesSuites(v wire.Version) []wire.SuiteID {
	if v == wire.VersionTLS12 {
		return []wire.SuiteID{wire.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, wire.TLS_RSA_WITH_AES_128_CBC_SHA}
	}
	return []wire.SuiteID{wire.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, wire.TLS_RSA_WITH_AES_256_CBC_SHA}
}
