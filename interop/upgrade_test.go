//go:build interop

package interop

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

// crowded bounds a wait under 500 clients that do not rest.
const crowded = 2 * time.Minute

// TestUpgradeUnderFiveHundredConnections: half of them renegotiate without a
// pause, real OpenSSL 1.0.1j among them, and new ones come all the time. Nobody is
// cut, nobody refused, and sessions are resumed on the other side.
func TestUpgradeUnderFiveHundredConnections(t *testing.T) {
	const clients = 500
	admin := "unix:" + filepath.Join(t.TempDir(), "admin")
	address := "127.0.0.1:" + freePort(t)
	cert, key := certFiles(t)
	c, out := runs(t, parleyBinary(t), "serve", "--listen", address, "--admin", admin, "--cert", cert, "--key", key, "--handshake-timeout", "30s", "--renegotiate-timeout", "1m",
		"--ration-connection", "1000000", "--ration-connection-per-second", "100000", "--ration-source", "100000000", "--ration-source-per-second", "10000000")
	if !out.has("admin socket on ") {
		t.Fatal("it does not start")
	}
	var connected, running sync.WaitGroup
	var over atomic.Bool
	var rounds, came atomic.Int64
	connected.Add(clients)
	for n := range clients {
		running.Go(func() {
			client, m, err := legacyClient(address, n)
			connected.Done()
			for round := 0; err == nil && (round < 2 || !over.Load()); round++ {
				if err = client.Echo(fmt.Appendf(nil, "client %d, round %d", n, round)); err == nil && n%2 == 0 {
					err = m.Run(client)
					rounds.Add(1)
				}
			}
			if err == nil {
				err = client.Close()
			}
			if err != nil {
				t.Errorf("client %d is cut: %v", n, err)
			}
		})
	}
	connected.Wait()
	for n := range 4 {
		running.Go(func() {
			for !over.Load() && !t.Failed() {
				if err := comeAndGo(address, n); err != nil {
					t.Errorf("a new client is refused: %v", err)
				}
				came.Add(1)
			}
		})
		running.Go(func() {
			for !over.Load() && !t.Failed() {
				if result := legacy(t, OpenSSL101j, &Server{Address: address}, Case{Mode: ModeReset, Version: "tls1_2", Cycles: 20}); !result.OK {
					t.Errorf("OpenSSL 1.0.1j: %v", result)
				}
			}
		})
	}
	caches := map[uint16]tls.ClientSessionCache{tls.VersionTLS12: tls.NewLRUClientSessionCache(1), tls.VersionTLS13: tls.NewLRUClientSessionCache(1)}
	for version, cache := range caches {
		if _, err := resume(address, version, cache); err != nil {
			t.Fatal(err)
		}
	}
	before := rounds.Load()
	awaitCount(t, &rounds, before+clients)
	next := upgrade(t, admin)
	t.Logf("%d renegotiations and %d new clients before the upgrade", rounds.Load(), came.Load())
	for version, cache := range caches {
		if resumed, err := resume(address, version, cache); err != nil || !resumed {
			t.Errorf("%s: resumed %v, %v", tls.VersionName(version), resumed, err)
		}
	}
	before = came.Load()
	awaitCount(t, &rounds, rounds.Load()+clients)
	awaitCount(t, &came, before+20)
	over.Store(true)
	running.Wait()
	drained(t, out)
	t.Logf("%d renegotiations and %d new clients in all", rounds.Load(), came.Load())
	if err := syscall.Kill(next, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait() // with it ends the log of both
	text := out.String()
	if n := strings.Count(text, "msg=stopped"); n != 2 {
		t.Errorf("%d processes have stopped, not 2", n)
	}
	for line := range strings.Lines(text) {
		if strings.Contains(line, "msg=connection ") && !strings.Contains(line, " ended=clean") || strings.Contains(line, "handshake failed") {
			t.Errorf("%s", line)
		}
	}
	waits := regexp.MustCompile(`this one waits for its connections to end" pid=\d+ connections=(\d+)`).FindStringSubmatch(text)
	if waits == nil || len(waits[1]) < 3 {
		t.Errorf("the process before says that it waits for %q connections", waits)
	}
}

func legacyClient(address string, n int) (*legacyclient.Client, legacyclient.Misbehaviour, error) {
	return clientNamed(address, n, []string{"reset", "proper-resumed"}[n/2%2])
}

// clientNamed is a client of some version that misbehaves in a way that has a name.
func clientNamed(address string, n int, misbehaviour string) (*legacyclient.Client, legacyclient.Misbehaviour, error) {
	m, _ := legacyclient.Named(misbehaviour)
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, m, err
	}
	o := legacyclient.Options{Version: wire.VersionTLS10, Suites: []wire.SuiteID{wire.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA}, Timeout: crowded}
	if n%3 > 0 {
		o.Version, o.Suites = wire.VersionTLS12, []wire.SuiteID{wire.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}
	}
	c := legacyclient.New(conn, m.Options(o))
	return c, m, c.Handshake()
}

// dialed connects with crypto/tls and says something.
func dialed(address string, config *tls.Config) (c *tls.Conn, err error) {
	config.InsecureSkipVerify = true
	if c, err = tls.DialWithDialer(&net.Dialer{Timeout: crowded}, "tcp", address, config); err != nil {
		return nil, err
	}
	if err = c.SetDeadline(time.Now().Add(crowded)); err == nil {
		_, err = io.WriteString(c, "hello")
	}
	if err == nil {
		_, err = io.ReadFull(c, make([]byte, len("hello"))) // with it comes TLS 1.3's ticket
	}
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// comeAndGo is a short visit.
func comeAndGo(address string, n int) error {
	c, err := dialed(address, &tls.Config{MaxVersion: []uint16{tls.VersionTLS12, tls.VersionTLS13}[n%2]})
	if err != nil {
		return err
	}
	return c.Close()
}

func resume(address string, version uint16, cache tls.ClientSessionCache) (resumed bool, err error) {
	c, err := dialed(address, &tls.Config{MinVersion: version, MaxVersion: version, ClientSessionCache: cache, ServerName: "legacy.example"})
	if err != nil {
		return false, err
	}
	return c.ConnectionState().DidResume, c.Close()
}

// awaitCount waits until something was done often enough.
func awaitCount(t *testing.T, n *atomic.Int64, want int64) {
	t.Helper()
	for end := time.Now().Add(crowded); n.Load() < want && !t.Failed(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it was done %d times, not %d", n.Load(), want)
		}
	}
}
