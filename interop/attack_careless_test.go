//go:build interop

package interop

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/handshake"
	"github.com/parley-tls/parley/internal/record"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// A careless server does what servers did before RFC 5746: whatever hello comes,
// it shakes hands as for the first time, and its application sees one stream. It
// shows that the attacks of these tests succeed where nothing prevents them.
type careless struct {
	*backend
	certificate tls.Certificate

	mu       sync.Mutex // guards what follows
	sessions map[string]*handshake.Session
}

func newCareless(t *testing.T) *careless {
	t.Helper()
	made, err := pair()
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := tls.X509KeyPair(made[0], made[1])
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &careless{backend: &backend{Listener: l}, certificate: certificate, sessions: map[string]*handshake.Session{}}
	c.running.Go(c.serve)
	t.Cleanup(func() {
		l.Close()
		c.running.Wait()
	})
	return c
}

func (c *careless) serve() {
	for {
		conn, err := c.Accept()
		if err != nil {
			return
		}
		x := &carelessConn{Conn: conn, server: c, stream: c.begin(), opener: record.PlainOpener(), sealer: record.PlainSealer(wire.VersionTLS10)}
		c.running.Go(func() {
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(patience))
			x.stream.ended(x.converse())
		})
	}
}

// Seal makes a ticket that is only a name.
func (c *careless) Seal(session []byte) []byte {
	name := sha256.Sum256(session)
	parsed, err := handshake.ParseSession(session)
	if err != nil {
		return nil
	}
	c.keep(string(name[:]), parsed)
	return name[:]
}

func (c *careless) keep(name string, s *handshake.Session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sessions[name] = s
}

func (c *careless) find(name []byte) *handshake.Session {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sessions[string(name)]
}

func (c *careless) settings() *handshake.Settings {
	s := &handshake.Settings{
		MinVersion: wire.VersionTLS10, MaxVersion: wire.VersionTLS12, HighestServed: wire.VersionTLS12, Sealer: c, TicketLifetime: 3600,
		Groups: []wire.Group{wire.GroupX25519, wire.GroupSecp256r1, wire.GroupSecp384r1},
	}
	for _, known := range suite.All() {
		s.Suites = append(s.Suites, known.ID)
	}
	return s
}

type carelessConn struct {
	net.Conn
	server *careless
	stream *stream
	in     []byte
	joiner record.Joiner
	opener *record.Opener
	sealer *record.Sealer
	shake  *handshake.Server
}

func (x *carelessConn) converse() error {
	for {
		h, rec, whole, err := record.Next(x.in)
		if err != nil {
			return err
		}
		if !whole {
			room := make([]byte, 32<<10)
			n, err := x.Read(room)
			if x.in = append(x.in, room[:n]...); n == 0 && err != nil {
				return err
			}
			continue
		}
		x.in = x.in[len(rec):]
		content, err := x.opener.Open(rec)
		if err == nil {
			err = x.take(h.Type, content)
		}
		if err != nil {
			return err
		}
	}
}

func (x *carelessConn) take(t wire.ContentType, content []byte) error {
	switch t {
	case wire.TypeApplicationData:
		_, _ = x.stream.Write(content)
		return x.send(wire.TypeApplicationData, content)
	case wire.TypeChangeCipherSpec:
		return x.changeCipherSpec()
	case wire.TypeHandshake:
		if err := x.joiner.Add(content); err != nil {
			return err
		}
		for m, ok := x.joiner.Next(); ok; m, ok = x.joiner.Next() {
			if err := x.message(m); err != nil {
				return err
			}
		}
		return nil
	}
	return io.EOF // an alert, whichever
}

// message takes every ClientHello for a first one.
func (x *carelessConn) message(m wire.Message) error {
	if m.Type() != wire.MessageClientHello {
		if x.shake == nil {
			return errors.New("a message without a handshake")
		}
		return x.step(x.shake.Message(m))
	}
	hello, err := wire.ParseClientHello(m)
	if err != nil {
		return err
	}
	x.shake = handshake.NewServer(handshake.Context{Terms: renego.TermsInitial, Rand: rand.Reader})
	return x.step(x.shake.Hello(hello.Clone()))
}

func (x *carelessConn) step(err error) error {
	for {
		if err != nil {
			return err
		}
		if err := x.sendFlight(); err != nil {
			return err
		}
		q := x.shake.Question()
		if q == nil {
			break
		}
		err = x.shake.Reply(x.answer(q))
	}
	if done := x.shake.Done(); done != nil && done.Stored != nil {
		x.server.keep(string(done.Stored.ID), done.Stored)
	}
	return nil
}

func (x *carelessConn) answer(q handshake.Question) handshake.Reply {
	c := x.server
	switch q := q.(type) {
	case handshake.ConfigQuestion:
		return handshake.ConfigReply{Settings: c.settings()}
	case handshake.SessionQuestion:
		if len(q.Ticket) > 0 {
			return handshake.SessionReply{Session: c.find(q.Ticket)}
		}
		return handshake.SessionReply{Session: c.find(q.ID)}
	case handshake.CertificateQuestion:
		return handshake.CertificateReply{Chain: c.certificate.Certificate, Public: c.key().Public()}
	case handshake.PrivateKeyQuestion:
		if q.Decrypt == nil {
			signature, err := c.key().Sign(rand.Reader, q.Digest, q.Opts)
			return handshake.PrivateKeyReply{Result: signature, Err: err}
		}
		//lint:ignore SA1019 TLS before 1.3 encrypts the premaster secret so; nothing else is defined.
		secret, err := rsa.DecryptPKCS1v15(nil, c.key(), q.Decrypt)
		return handshake.PrivateKeyReply{Result: secret, Err: err}
	}
	return handshake.VerifyReply{}
}

func (c *careless) key() *rsa.PrivateKey { return c.certificate.PrivateKey.(*rsa.PrivateKey) }

func (x *carelessConn) sendFlight() error {
	if v := x.shake.Version(); v != 0 && x.sealer.Overhead() == 0 {
		x.sealer = record.PlainSealer(v)
	}
	for _, item := range x.shake.Flight() {
		if !item.ChangeCipherSpec {
			if err := x.send(wire.TypeHandshake, item.Message); err != nil {
				return err
			}
			continue
		}
		if err := x.send(wire.TypeChangeCipherSpec, []byte{1}); err != nil {
			return err
		}
		v, s, block := x.shake.Keys()
		sealer, err := record.NewSealer(v, s, block.ServerMAC, block.ServerKey, block.ServerIV)
		if err != nil {
			return err
		}
		sealer.SetRandom(rand.Reader)
		x.sealer = sealer
	}
	return nil
}

func (x *carelessConn) changeCipherSpec() error {
	if x.shake == nil {
		return errors.New("a ChangeCipherSpec without a handshake")
	}
	if err := x.shake.ChangeCipherSpec(); err != nil {
		return err
	}
	v, s, block := x.shake.Keys()
	opener, err := record.NewOpener(v, s, block.ClientMAC, block.ClientKey, block.ClientIV)
	x.opener = opener
	return err
}

func (x *carelessConn) send(t wire.ContentType, content []byte) error {
	_, err := x.Write(x.sealer.Seal(nil, t, content))
	return errors.Join(err, x.sealer.Err())
}
