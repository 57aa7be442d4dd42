package legacyclient_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

// The tool must be shown to work where a server lets it, or a test in which it
// fails shows nothing.
func TestSpliceSucceedsWhereTheServerTrusts(t *testing.T) {
	trusting := parley.Policy{Bare: parley.AnswerTrust, Reset: parley.AnswerAcceptFull}
	for _, tt := range []struct {
		name     string
		attacker legacyclient.Options
		victim   legacyclient.Options
	}{
		{"bare", legacyclient.Options{}, legacyclient.Options{NoSCSV: true}},
		{"lenient", legacyclient.Options{}, legacyclient.Options{Lenient: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newScene(t, trusting)
			result, err := s.splice(t, tt.attacker, tt.victim, nil)
			if err != nil {
				t.Errorf("the victim: %v", err)
			}
			if !result.Complete() || result.ToServer.Data == 0 {
				t.Errorf("the splice did not go through: %+v", result)
			}
			s.close()
			if got := s.received(); got != "prefix victim" {
				t.Errorf("the server's application read %q", got)
			}
		})
	}
}

func TestSpliceFailsWhereTheVictimLooks(t *testing.T) {
	s := newScene(t, parley.Policy{Reset: parley.AnswerAcceptFull})
	result, err := s.splice(t, legacyclient.Options{}, legacyclient.Options{}, nil)
	if !errors.Is(err, legacyclient.ErrMismatch) {
		t.Errorf("the victim: %v, want a mismatch", err)
	}
	if result.Complete() || result.EndedBy != legacyclient.SideVictim {
		t.Errorf("%+v", result)
	}
	s.close()
	if got := s.received(); got != "prefix " {
		t.Errorf("the server's application read %q", got)
	}
}

func TestSpliceFailsByDefault(t *testing.T) {
	for _, tt := range []struct {
		name    string
		victim  legacyclient.Options
		rewrite bool
		check   func(*legacyclient.Spliced) bool
	}{
		{"lenient", legacyclient.Options{Lenient: true}, false,
			func(r *legacyclient.Spliced) bool { return r.EndedBy == legacyclient.SideServer }},
		{"bare", legacyclient.Options{NoSCSV: true}, false,
			func(r *legacyclient.Spliced) bool { return r.Refused() }},
		{"rewritten", legacyclient.Options{Lenient: true}, true,
			func(r *legacyclient.Spliced) bool { return r.ToVictim.Messages[0] == wire.MessageServerHello }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newScene(t, parley.Policy{})
			var rewrite func(*legacyclient.Client) func(*wire.ClientHello)
			if tt.rewrite {
				rewrite = func(c *legacyclient.Client) func(*wire.ClientHello) {
					return func(hello *wire.ClientHello) { legacyclient.SetSession(hello, c.Session()) }
				}
			}
			result, err := s.splice(t, legacyclient.Options{}, tt.victim, rewrite)
			if err == nil {
				t.Error("the victim notices nothing")
			}
			if result.Complete() || result.ToServer.Data != 0 || !tt.check(result) {
				t.Errorf("%+v", result)
			}
			s.close()
			if got := s.received(); got != "prefix " {
				t.Errorf("the server's application read %q", got)
			}
		})
	}
}

// A scene is a server whose application writes down what it reads.
type scene struct {
	t        *testing.T
	listener *parley.Listener
	running  sync.WaitGroup
	mu       sync.Mutex // guards read
	read     bytes.Buffer
	conns    []net.Conn
}

func newScene(t *testing.T, p parley.Policy) *scene {
	t.Helper()
	l, err := parley.Listen("tcp", "127.0.0.1:0", &parley.Config{
		Certificates: []tls.Certificate{certificate()},
		Policy:       p,
	})
	if err != nil {
		t.Fatal(err)
	}
	s := &scene{t: t, listener: l}
	t.Cleanup(func() {
		s.close()
		_ = l.Close()
		s.running.Wait()
	})
	s.running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.running.Go(func() { s.serve(conn) })
		}
	})
	return s
}

func (s *scene) serve(conn net.Conn) {
	defer conn.Close()
	buf := make([]byte, 1024)
	for {
		n, err := conn.Read(buf)
		s.mu.Lock()
		s.read.Write(buf[:n])
		s.mu.Unlock()
		if err != nil {
			return
		}
		if _, err := conn.Write(buf[:n]); err != nil {
			return
		}
	}
}

// received is what the application read, once all connections are over.
func (s *scene) received() string {
	_ = s.listener.Close()
	s.running.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.read.String()
}

func (s *scene) close() {
	for _, conn := range s.conns {
		_ = conn.Close()
	}
}

func (s *scene) keep(conn net.Conn, err error) net.Conn {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	s.conns = append(s.conns, conn)
	return conn
}

// splice plays CVE-2009-3555 in full. The error is the victim's.
func (s *scene) splice(t *testing.T, attacker, victim legacyclient.Options, rewrite func(*legacyclient.Client) func(*wire.ClientHello)) (*legacyclient.Spliced, error) {
	t.Helper()
	attacker.Timeout, victim.Timeout = 5*time.Second, 5*time.Second
	a := legacyclient.New(s.keep(net.Dial("tcp", s.listener.Addr().String())), attacker)
	if err := a.Handshake(); err != nil {
		t.Fatal(err)
	}
	if err := a.Echo([]byte("prefix ")); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	v := legacyclient.New(s.keep(net.Dial("tcp", l.Addr().String())), victim)
	between := s.keep(l.Accept())

	done := make(chan error, 1)
	go func() {
		err := v.Handshake()
		if err == nil {
			err = v.Echo([]byte("victim"))
		}
		_ = v.Close()
		done <- err
	}()
	m := &legacyclient.Splice{Attacker: a, Victim: between, Timeout: 5 * time.Second}
	if rewrite != nil {
		m.Rewrite = rewrite(a)
	}
	result, err := m.Run()
	if err != nil {
		t.Fatal(err)
	}
	_ = between.Close()
	return result, <-done
}

func certificate() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
