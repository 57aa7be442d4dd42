package engine_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/engine"
	"github.com/parley-tls/parley/internal/handshake"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// A server drives an engine over a net.Conn: it answers questions and echoes.
type server struct {
	*engine.Conn
	settings handshake.Settings
	key      crypto.Signer
	chain    [][]byte
	sessions map[string]*handshake.Session
	answer   renego.Answer // to every second hello; default: the policy's
	restart  renego.Answer // likewise to restarts alone
	noSplit  bool
	asks     int // HelloRequests still to be sent
	// conversations counts those that were had with it.
	conversations int
	verify        func(handshake.VerifyQuestion) error

	mu       sync.Mutex
	events   []trace.Event
	streams  [][]byte // what each stream received
	ended    error
	finished chan struct{}
}

func newServer(t testing.TB, key crypto.Signer) *server {
	t.Helper()
	s := &server{
		key: key, chain: [][]byte{certificate(t, key)},
		sessions: map[string]*handshake.Session{},
		settings: handshake.Settings{
			MinVersion: wire.VersionTLS10, MaxVersion: wire.VersionTLS12, HighestServed: wire.VersionTLS12,
			Groups: []wire.Group{wire.GroupX25519, wire.GroupSecp256r1, wire.GroupSecp384r1, wire.GroupSecp521r1},
		},
		finished: make(chan struct{}),
	}
	for _, known := range suite.All() {
		s.settings.Suites = append(s.settings.Suites, known.ID)
	}
	return s
}

var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

var ecdsaKey = sync.OnceValue(func() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
})

func certificate(t testing.TB, key crypto.Signer) []byte {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "engine.test"}, DNSNames: []string{"engine.test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// Seal makes a ticket that is only a name: the session stays here.
func (s *server) Seal(session []byte) []byte {
	name := sha256.Sum256(session)
	parsed, err := handshake.ParseSession(session)
	if err != nil {
		panic(err)
	}
	s.sessions["ticket "+string(name[:])] = parsed
	return name[:]
}

// serve runs the connection until it ends.
func (s *server) serve(conn net.Conn) {
	defer close(s.finished)
	defer conn.Close()
	start := time.Now()
	now := func() time.Duration { return time.Since(start) }
	s.Conn = engine.New(engine.Options{
		Rand: rand.Reader, HandshakeTimeout: 5 * time.Second, RenegotiateTimeout: 5 * time.Second,
		Observe: func(e trace.Event) { s.mu.Lock(); s.events = append(s.events, e); s.mu.Unlock() },
	})
	s.streams = [][]byte{nil}
	buf := make([]byte, 0, 1<<16)
	var echo []byte
	for {
		n, data, err := s.Receive(now(), buf)
		echo = append(echo, data...)
		s.streams[len(s.streams)-1] = append(s.streams[len(s.streams)-1], data...)
		buf = buf[:copy(buf, buf[n:])]
		for q := s.Question(); q != nil && err == nil; q = s.Question() {
			err = s.Reply(now(), s.reply(q))
		}
		if sess := s.Session(); sess != nil {
			s.sessions[string(sess.ID)] = sess
		}
		if errors.Is(err, engine.ErrSplit) {
			s.streams = append(s.streams, nil)
			echo, err = nil, nil
		}
		for err == nil && len(echo) > 0 && s.MaySend() {
			sent, sendErr := s.Send(echo)
			echo, err = echo[sent:], sendErr
		}
		if s.asks > 0 && err == nil && s.Phase() == engine.PhaseOpen {
			s.asks--
			err = s.HelloRequest(now())
		}
		if out := s.Output(); out != nil {
			if _, writeErr := conn.Write(out); writeErr != nil {
				err = errors.Join(err, writeErr)
			}
		}
		if err != nil {
			s.ended = err
			return
		}
		if n > 0 {
			continue
		}
		if at, ok := s.Wake(); ok {
			_ = conn.SetReadDeadline(start.Add(at))
		} else {
			_ = conn.SetReadDeadline(time.Time{})
		}
		read, readErr := conn.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+read]
		var timeout net.Error
		if errors.As(readErr, &timeout) && timeout.Timeout() {
			readErr = s.Tick(now())
			if readErr == nil {
				continue
			}
		} else if readErr != nil {
			readErr = s.End(now())
		}
		if readErr != nil && read == 0 {
			if out := s.Output(); out != nil {
				_, _ = conn.Write(out)
			}
			s.ended = readErr
			return
		}
	}
}

func (s *server) reply(q engine.Question) engine.Reply {
	switch q := q.(type) {
	case handshake.ConfigQuestion:
		settings := s.settings
		return handshake.ConfigReply{Settings: &settings}
	case handshake.SessionQuestion:
		if len(q.Ticket) > 0 {
			return handshake.SessionReply{Session: s.sessions["ticket "+string(q.Ticket)]}
		}
		return handshake.SessionReply{Session: s.sessions[string(q.ID)]}
	case handshake.CertificateQuestion:
		return handshake.CertificateReply{Chain: s.chain, Public: s.key.Public()}
	case handshake.PrivateKeyQuestion:
		return s.privateKey(q)
	case handshake.VerifyQuestion:
		if s.verify != nil {
			return handshake.VerifyReply{Err: s.verify(q)}
		}
		return handshake.VerifyReply{}
	case engine.AnswerQuestion:
		a := s.answer
		if q.Verdict.Kind == renego.KindRestart && s.restart != renego.AnswerDefault {
			a = s.restart
		}
		if a == renego.AnswerDefault {
			a = q.Default
		}
		return engine.AnswerReply{Answer: a, CanSplit: !s.noSplit, WhyNot: "nobody takes it"}
	}
	panic("unknown question")
}

func (s *server) privateKey(q handshake.PrivateKeyQuestion) handshake.PrivateKeyReply {
	if q.Decrypt != nil {
		//lint:ignore SA1019 what TLS's RSA key exchange is made of, in constant time
		secret, err := s.key.(crypto.Decrypter).Decrypt(rand.Reader, q.Decrypt, &rsa.PKCS1v15DecryptOptions{SessionKeyLen: 48})
		return handshake.PrivateKeyReply{Result: secret, Err: err}
	}
	signature, err := s.key.Sign(rand.Reader, q.Digest, q.Opts)
	return handshake.PrivateKeyReply{Result: signature, Err: err}
}

// told reports whether an event of a name was told.
func (s *server) told(name trace.EventName) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.events, func(e trace.Event) bool { return e.Name == name })
}

// run serves one end of a pipe and gives the other.
func (s *server) run(t testing.TB) net.Conn {
	t.Helper()
	client, srv := net.Pipe()
	go s.serve(srv)
	t.Cleanup(func() { client.Close(); <-s.finished })
	_ = client.SetDeadline(time.Now().Add(20 * time.Second))
	return client
}
