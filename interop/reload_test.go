//go:build interop

package interop

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// unrationed takes rations out of the way of clients that renegotiate all the time.
const unrationed = "ration_connection: 1000000, ration_connection_per_second: 100000, ration_source: 100000000, ration_source_per_second: 10000000"

// listening is a listener of a file.
func listening(name, address, cert, key, more string) string {
	return fmt.Sprintf("  - name: %s\n    listen: %s\n    certificates: [{cert: %s, key: %s}]\n    limits: {handshake_timeout: 1m, renegotiate_timeout: 1m, %s}\n    %s\n", name, address, cert, key, unrationed, more)
}

// A crowd is clients that renegotiate, or only talk, until they are told to stop.
type crowd struct {
	t                  *testing.T
	connected, running sync.WaitGroup
	over               atomic.Bool
	rounds             atomic.Int64
}

// gather connects them, the even ones to renegotiate without a pause.
func gather(t *testing.T, address string, clients int) *crowd {
	c := &crowd{t: t}
	c.connected.Add(clients)
	for n := range clients {
		c.running.Go(func() {
			if err := c.one(address, n); err != nil {
				t.Errorf("client %d is cut: %v", n, err)
			}
		})
	}
	c.connected.Wait()
	return c
}

func (c *crowd) one(address string, n int) error {
	client, m, err := legacyClient(address, n)
	c.connected.Done()
	for round := 0; err == nil && (round < 2 || !c.over.Load()); round++ {
		if err = client.Echo(fmt.Appendf(nil, "client %d, round %d", n, round)); err == nil && n%2 == 0 {
			err = m.Run(client)
			c.rounds.Add(1)
		}
	}
	if err != nil {
		return err
	}
	return client.Close()
}

// end has them say goodbye.
func (c *crowd) end() {
	c.over.Store(true)
	c.running.Wait()
}

// shown is the certificate that an address has.
func shown(t *testing.T, address string) *x509.Certificate {
	t.Helper()
	conn, err := dialed(address, &tls.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0]
}

// TestReloadsUnderFiveHundredConnections: half of them renegotiate without a
// pause while the file changes: settings, certificates, listeners that come, go and
// move. Nobody is cut.
func TestReloadsUnderFiveHundredConnections(t *testing.T) {
	cert, key := certFiles(t)
	other, err := newPair(func(*x509.Certificate) {})
	if err != nil {
		t.Fatal(err)
	}
	address, second, third := "127.0.0.1:"+freePort(t), "127.0.0.1:"+freePort(t), "127.0.0.1:"+freePort(t)
	main := func(more string) string { return listening("main", address, cert, key, more) }
	server := serveFile(t, "listeners:\n"+main(""))
	c := gather(t, address, 500)
	defer c.end()
	before := shown(t, address)
	for n, listeners := range []string{
		main("min_version: 1.2"),
		main("") + listening("other", second, cert, key, "profile: modern"),
		main("tickets: off") + listening("other", third, cert, key, ""),
		listening("other", third, cert, key, "") + main("alpn: mqtt"),
		main(""),
	} {
		server.write("listeners:\n" + listeners)
		t.Logf("reload %d: %s", n+1, strings.TrimSpace(server.ask("POST", "/reload")))
		awaitCount(t, &c.rounds, c.rounds.Load()+250)
		if err := comeAndGo(address, n); err != nil {
			t.Errorf("after reload %d a new client: %v", n+1, err)
		}
	}
	for name, content := range map[string][]byte{cert: other[0], key: other[1]} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	server.ask("POST", "/reload")
	if bytes.Equal(shown(t, address).Raw, before.Raw) {
		t.Error("the old certificate is shown")
	}
	awaitCount(t, &c.rounds, c.rounds.Load()+500)
	c.end()
	t.Logf("%d renegotiations", c.rounds.Load())
	if text := server.Output(); strings.Contains(text, "ended=") {
		for line := range strings.Lines(text) {
			if strings.Contains(line, "msg=connection ") && !strings.Contains(line, " ended=clean") {
				t.Errorf("%s", line)
			}
		}
	}
}
