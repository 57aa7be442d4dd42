package parley

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"reflect"

	"github.com/parley-tls/parley/internal/engine"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// makeModern makes what serves TLS 1.3. Nothing below that is negotiated there:
// one engine for each version.
func (r *rules) makeModern() *tls.Config {
	m := r.config.Modern.Clone()
	if m == nil {
		m = r.modernDefault()
	}
	m.MinVersion = tls.VersionTLS13
	if choose := m.GetConfigForClient; choose != nil {
		m.GetConfigForClient = func(info *tls.ClientHelloInfo) (*tls.Config, error) {
			chosen, err := choose(info)
			if chosen != nil {
				chosen = chosen.Clone()
				chosen.MinVersion = tls.VersionTLS13
			}
			return chosen, err
		}
	}
	return m
}

// modernDefault says to crypto/tls what the Config says.
func (r *rules) modernDefault() *tls.Config {
	c := r.config
	m := &tls.Config{
		Rand: c.Rand, Time: c.Time, Certificates: c.Certificates, NextProtos: c.ALPN,
		ClientAuth: c.ClientAuth, ClientCAs: c.ClientCAs, KeyLogWriter: c.KeyLog,
		CurvePreferences: c.Curves, SessionTicketsDisabled: c.NoTickets,
	}
	if !c.NoTickets {
		m.WrapSession, m.UnwrapSession = r.wrapModern, r.unwrapModern
	}
	if c.GetCertificate != nil {
		m.GetCertificate = func(info *tls.ClientHelloInfo) (*tls.Certificate, error) {
			replay, ok := info.Conn.(*replayConn)
			if !ok {
				return nil, errors.New("parley: a TLS 1.3 hello from elsewhere")
			}
			return c.GetCertificate(newClientInfo(info.Context(), replay.Conn, replay.hello))
		}
	}
	if c.VerifyConnection != nil {
		m.VerifyConnection = func(cs tls.ConnectionState) error { return modernRefusal(c.VerifyConnection(modernState(cs)), cs) }
	}
	return m
}

// wrapModern seals TLS 1.3's tickets with our keys: so they outlive a change of
// the Config, and serve all that share the keys.
func (r *rules) wrapModern(_ tls.ConnectionState, s *tls.SessionState) ([]byte, error) {
	plain, err := s.Bytes()
	if err != nil {
		return nil, err
	}
	sealed := r.seal(purposeModern, plain)
	if sealed == nil {
		return nil, errors.New("parley: no ticket key")
	}
	return sealed, nil
}

// unwrapModern opens them; nil is a miss.
func (r *rules) unwrapModern(ticket []byte, _ tls.ConnectionState) (*tls.SessionState, error) {
	plain := r.open(purposeModern, ticket)
	if plain == nil {
		return nil, nil
	}
	s, err := tls.ParseSessionState(plain)
	if err != nil {
		return nil, nil // of another version of crypto/tls, perhaps
	}
	return s, nil
}

// A replayConn reads again what was read before crypto/tls took over.
type replayConn struct {
	net.Conn
	again []byte
	hello *wire.ClientHello
}

func (c *replayConn) Read(b []byte) (int, error) {
	if len(c.again) > 0 {
		n := copy(b, c.again)
		if c.again = c.again[n:]; len(c.again) == 0 {
			c.again = nil
		}
		return n, nil
	}
	n, err := c.Conn.Read(b)
	if err == io.EOF {
		err = errBareEnd
	}
	return n, err
}

// errBareEnd is the end of the TCP stream, which crypto/tls would take between
// two records for close_notify.
var errBareEnd = &Error{Finding: findingTruncated, Reason: "the client's TCP stream ended without close_notify", cause: io.ErrUnexpectedEOF}

// CloseWrite is TCP's, for those who find it by its method.
func (c *replayConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

// modernize runs crypto/tls's handshake in this one's place. t.mu and the pump
// are held.
func (t *transport) modernize(w *wait) {
	c := t.current
	replay := &replayConn{Conn: t.inner, hello: c.hello}
	replay.again = append(append(replay.again, t.engine.HandOver()...), t.in.bytes()...)
	t.in.release()
	t.disarm()
	server := tls.Server(replay, t.rules.modern)
	var err error
	t.outside(func() {
		ctx, done := t.modernContext(w)
		defer done()
		err = server.HandshakeContext(ctx)
	})
	if errors.Is(err, errBareEnd) {
		err = io.EOF // finish knows what it means here
	}
	if err != nil {
		t.finish(modernError(err))
		t.modernFailed(c.end)
		return
	}
	cs := server.ConnectionState()
	t.epoch = &epoch{modern: &cs}
	c.shown, c.modern = t.epoch, server
	_ = server.SetReadDeadline(c.read.until)
	_ = server.SetWriteDeadline(c.write.until)
	t.modernDone(cs)
	t.tell()
}

// disarm takes all deadlines off the socket.
func (t *transport) disarm() {
	none := wait{}
	t.armWrite(&none)
	if !t.readUntil.IsZero() {
		t.readUntil = none.until
		_ = t.inner.SetReadDeadline(none.until)
	}
}

// modernContext bounds the handshake by its own time and by who waits for it.
func (t *transport) modernContext(w *wait) (ctx context.Context, done func()) {
	parent := context.Background()
	if w.ctx != nil {
		parent = w.ctx
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.cancellable(parent, sooner(t.begun.Add(t.first.handshakeTimeout), w.until))
}

// modernError finds out what crypto/tls means.
func modernError(err error) error {
	var network *net.OpError
	switch {
	case errors.Is(err, errBareEnd):
		return errBareEnd
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{Finding: findingTimeout, Reason: "the handshake was not done in time", cause: err}
	case errors.As(err, &network) && network.Op == "remote error":
		e := &Error{Reason: "the client ended the connection", cause: err}
		// crypto/tls does not export its alert's type, only that it is a number.
		if v := reflect.ValueOf(network.Err); v.CanUint() {
			e.Alert = uint8(v.Uint())
			e.Finding = engine.AlertFinding(wire.Alert(e.Alert))
		}
		return e
	}
	if fault := modernClientFault(err); fault != nil {
		return explain(fault)
	}
	return explain(err)
}

func (t *transport) modernDone(cs tls.ConnectionState) {
	t.tellModern(trace.Event{Name: trace.HandshakeDone, From: trace.Client, Detail: trace.HandshakeDetail{
		Version: wire.Version(cs.Version), Suite: &suite.Suite{ID: wire.SuiteID(cs.CipherSuite)}, SuiteID: wire.SuiteID(cs.CipherSuite), Group: wire.Group(cs.CurveID),
		ServerName: cs.ServerName, ALPN: cs.NegotiatedProtocol, Resumed: cs.DidResume,
		ExtendedMasterSecret: true, ClientCertificate: len(cs.PeerCertificates) > 0,
	}})
}

func (t *transport) modernFailed(err error) {
	why := trace.FailureDetail{Reason: err.Error()}
	var known *Error
	if errors.As(err, &known) {
		why = trace.FailureDetail{Finding: known.Finding, Reason: known.Reason}
		if known.Alert != 0 {
			from := trace.Client
			if known.Sent {
				from = trace.Server
			}
			t.tellModern(trace.Event{Name: trace.AlertEvent, From: from, Detail: trace.AlertDetail{Level: wire.LevelFatal, Alert: wire.Alert(known.Alert)}})
		}
	}
	t.tellModern(trace.Event{Name: trace.HandshakeFailed, Finding: why.Finding, Detail: why})
	t.tellModern(trace.Event{Name: trace.Closed, Finding: why.Finding, Detail: why})
}

func (t *transport) tellModern(e trace.Event) {
	if t.events != nil {
		e.At = t.now()
		t.observe(e)
	}
}

// readModern is Read where crypto/tls serves. t.mu is held, and released for it.
func (c *Conn) readModern(b []byte) (n int, err error) {
	m := c.modern
	c.t.outside(func() { n, err = m.Read(b) })
	c.fromClient += int64(n)
	if err != nil {
		err = modernError(err)
	}
	return n, err
}

// writeModern is as readModern.
func (c *Conn) writeModern(b []byte) (n int, err error) {
	m := c.modern
	c.t.outside(func() { n, err = m.Write(b) })
	c.toClient += int64(n)
	if err != nil {
		err = modernError(err)
	}
	return n, err
}

func (c *Conn) closeWriteModern() (err error) {
	m := c.modern
	c.t.outside(func() { err = m.CloseWrite() })
	return err
}

// modernReader is a Conn that crypto/tls serves, for io.Copy.
type modernReader struct{ c *Conn }

func (r modernReader) Read(b []byte) (int, error) {
	r.c.t.mu.Lock()
	defer r.c.t.mu.Unlock()
	return r.c.readModern(b)
}

// closeModern ends a connection that crypto/tls serves.
func (t *transport) closeModern(m *tls.Conn) (err error) {
	c := t.current
	if c.fromClient > 0 || c.toClient > 0 {
		t.tellModern(trace.Event{Name: trace.Data, Detail: trace.DataDetail{FromClient: c.fromClient, ToClient: c.toClient}})
	}
	t.tellModern(trace.Event{Name: trace.Closed, From: trace.Server, Detail: trace.FailureDetail{}})
	t.outside(func() { err = m.Close() })
	return err
}
