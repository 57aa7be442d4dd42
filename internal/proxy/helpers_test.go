package proxy

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait of a test. No test hopes for less.
const patience = 20 * time.Second

// keys are made once: they are slow to make.
var testKeys = sync.OnceValue(func() (k struct {
	rsa, otherRSA *rsa.PrivateKey
	ec            *ecdsa.PrivateKey
}) {
	var errs [3]error
	k.rsa, errs[0] = rsa.GenerateKey(rand.Reader, 2048)
	k.otherRSA, errs[1] = rsa.GenerateKey(rand.Reader, 2048)
	k.ec, errs[2] = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err := errors.Join(errs[:]...); err != nil {
		panic(err)
	}
	return k
})

// certificateFor makes a self-signed certificate.
func certificateFor(t *testing.T, key crypto.Signer) tls.Certificate {
	t.Helper()
	c, err := sign(key, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// writeFile writes PEM blocks to a file of the test's and gives its name.
func writeFile(t *testing.T, name string, blocks ...*pem.Block) string {
	t.Helper()
	var text bytes.Buffer
	for _, b := range blocks {
		if err := pem.Encode(&text, b); err != nil {
			t.Fatal(err)
		}
	}
	name = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(name, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func certBlock(der []byte) *pem.Block { return &pem.Block{Type: "CERTIFICATE", Bytes: der} }

func keyBlock(t *testing.T, key any) *pem.Block {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return &pem.Block{Type: "PRIVATE KEY", Bytes: der}
}

// A daemon is a server under test and its log, which is in JSON.
type daemon struct {
	*Server
	t    *testing.T
	desk *desk
	log  *logLines
	stop func() // drains; it may be called more than once
	now  func()
}

// by are the settings that it serves by.
func (d *daemon) by() *Settings { return d.current.Load().settings }

// serve starts a server on a free port, with an RSA certificate unless the
// options name others. It is stopped when the test ends, and must leave no
// goroutine.
func serve(t *testing.T, o Options, permissions ...PermissionOptions) *daemon {
	t.Helper()
	before := runtime.NumGoroutine()
	o.Listen = "127.0.0.1:0"
	if o.Certs == nil && o.Mode != "observe" {
		c := certificateFor(t, testKeys().rsa)
		o.Certs = []string{writeFile(t, "server.pem", certBlock(c.Certificate[0]), keyBlock(t, testKeys().rsa))}
	}
	settings, err := o.Check()
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range permissions {
		p, err := words.Check()
		if err != nil {
			t.Fatal(err)
		}
		settings.Permissions = append(settings.Permissions, p)
	}
	d := &daemon{t: t, log: &logLines{}}
	log := slog.New(slog.NewJSONHandler(d.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if d.Server, err = New(settings, log); err != nil {
		t.Fatal(err)
	}
	if d.desk, err = openDesk(settings, log, d.Server); err != nil {
		t.Fatal(err)
	}
	stop, stopNow := context.WithCancel(context.Background())
	now, endNow := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- d.Serve(stop, now) }()
	d.now = endNow
	d.stop = sync.OnceFunc(func() {
		stopNow()
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
		endNow()
	})
	t.Cleanup(func() {
		endNow()
		d.stop()
		d.desk.close()
		noneLeft(t, before)
		d.born.Range(func(conn, _ any) bool { t.Errorf("connection %v is closed, and never forgotten", conn); return true })
		d.stories.mu.Lock()
		defer d.stories.mu.Unlock()
		if n := len(d.stories.live); n > 0 {
			t.Errorf("%d stories are never told", n)
		}
	})
	return d
}

// noneLeft waits until there are no more goroutines than before.
func noneLeft(t *testing.T, before int) {
	t.Helper()
	for end := time.Now().Add(patience); runtime.NumGoroutine() > before; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			stacks := make([]byte, 1<<20)
			t.Errorf("%d goroutines are left, of %d:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
			return
		}
	}
}

// dial connects with crypto/tls in one version.
func (d *daemon) dial(version uint16, change ...func(*tls.Config)) *tls.Conn {
	d.t.Helper()
	config := &tls.Config{InsecureSkipVerify: true, MinVersion: version, MaxVersion: version, ServerName: "proxy.example"}
	for _, f := range change {
		f(config)
	}
	conn, err := tls.Dial("tcp", d.Addr().String(), config)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		d.t.Fatal(err)
	}
	return conn
}

// versions are those that tests run in: our engine, and crypto/tls.
var versions = map[string]uint16{"TLS 1.0": tls.VersionTLS10, "TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13}

// eachVersion runs a test in each of them.
func eachVersion(t *testing.T, test func(t *testing.T, version uint16)) {
	for name, v := range versions {
		t.Run(name, func(t *testing.T) { test(t, v) })
	}
}

// logLines collects a log.
type logLines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logLines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logLines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// all gives the lines with a message so far.
func (l *logLines) all(t *testing.T, message string) []map[string]any {
	t.Helper()
	var out []map[string]any
	for line := range strings.Lines(l.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("%v in the line %s", err, line)
		}
		if fields["msg"] == message {
			out = append(out, fields)
		}
	}
	return out
}

// wait gives the n-th line with a message, from 1, when it is there.
func (l *logLines) wait(t *testing.T, message string, n int) map[string]any {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if lines := l.all(t, message); len(lines) >= n {
			return lines[n-1]
		}
	}
	t.Fatalf("the log has no line %d %q:\n%s", n, message, l)
	return nil
}

// wants compares a line's fields.
func wants(t *testing.T, line map[string]any, fields map[string]any) {
	t.Helper()
	for name, want := range fields {
		if line[name] != want {
			t.Errorf("%s is %v, not %v, in %v", name, line[name], want, line)
		}
	}
}

// A backendServer gives each connection to a function, on one goroutine at a time.
type backendServer struct {
	net.Listener
	visits chan *visit
}

// A visit is a connection to the backend.
type visit struct {
	*net.TCPConn
}

// newBackend listens; the test takes its visits.
func newBackend(t *testing.T) *backendServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &backendServer{l, make(chan *visit, 16)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			b.visits <- &visit{conn.(*net.TCPConn)}
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return b
}

// next waits for a visit.
func (b *backendServer) next(t *testing.T) *visit {
	t.Helper()
	select {
	case v := <-b.visits:
		t.Cleanup(func() { v.Close() })
		if err := v.SetDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		return v
	case <-time.After(patience):
		t.Fatal("nobody came to the backend")
		return nil
	}
}

// reads wants these bytes next.
func reads(t *testing.T, r io.Reader, want string) {
	t.Helper()
	got := make([]byte, len(want))
	if n, err := io.ReadFull(r, got); err != nil || string(got) != want {
		t.Fatalf("read %q, %v, not %q", got[:n], err, want)
	}
}

func writes(t *testing.T, w io.Writer, text string) {
	t.Helper()
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
}

// ends wants a clean end next.
func ends(t *testing.T, r io.Reader) {
	t.Helper()
	if n, err := r.Read(make([]byte, 1)); err != io.EOF {
		t.Fatalf("read %d bytes, %v, not the end", n, err)
	}
}

// isReset wants a reset, and before it all that is given.
func (v *visit) isReset(t *testing.T, before string) {
	t.Helper()
	got, err := io.ReadAll(v)
	if string(got) != before || !errors.Is(err, syscall.ECONNRESET) {
		t.Fatalf("the backend read %q, %v, not %q and a reset", got, err, before)
	}
}
