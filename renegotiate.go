package parley

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"

	"github.com/parley-tls/parley/internal/engine"
	"github.com/parley-tls/parley/internal/handshake"
)

// Renegotiate sends a HelloRequest and waits for the new handshake. A refusal is
// ErrRefused, and the Conn lives on: the client said no_renegotiation, or sent no
// hello for 10 s or for 64 KiB of data. The Conn lives on when ctx ends first, too,
// and the handshake may still come. Where the handshake asks for a client certificate it
// is ErrUnreadData while older data is unread: that must not look as if it came
// from whom the new certificate names. TLS 1.3 and HTTP/2 have no renegotiation:
// an error, and nothing is sent.
func (c *Conn) Renegotiate(ctx context.Context) error {
	return c.renegotiate(ctx, nil)
}

// RequestCertificate is Renegotiate with a handshake that asks for a client
// certificate, as every later one of this Conn will. What it shows is in State
// afterwards; a client may show none unless auth requires one. Where one is required
// and the client renegotiates without, as those do that begin by themselves and
// resume, that is ErrRefused too.
func (c *Conn) RequestCertificate(ctx context.Context, auth tls.ClientAuthType) error {
	return c.renegotiate(ctx, &auth)
}

func (c *Conn) renegotiate(ctx context.Context, auth *tls.ClientAuthType) error {
	t := c.t
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := c.handshake(ctx); err != nil {
		return err
	}
	w := &wait{ctx: ctx}
	defer context.AfterFunc(ctx, t.nudge)()
	before, err := c.ask(w, auth)
	if err != nil {
		return err
	}
	for c.end == nil && c.cut == nil && t.epoch == before && t.negotiates() {
		if err := t.pump(w); err != nil {
			return err
		}
	}
	switch {
	case t.epoch != before && c == t.current:
		if c.inbox.size == 0 && len(t.plain) == 0 {
			c.shown = t.epoch
		}
		if clientAuth(t.asking.auth) == handshake.ClientAuthRequired && t.epoch.peer == nil {
			// The handshake was abbreviated, where nobody can be asked.
			return ErrRefused
		}
		return nil
	case c.cut != nil:
		return c.cut
	case c.end != nil:
		return c.end
	}
	return ErrRefused
}

var errModern = errors.New("parley: TLS 1.3 has no renegotiation")

// ask sends the HelloRequest once nothing else is under way, and gives the epoch
// that it was sent in.
func (c *Conn) ask(w *wait, auth *tls.ClientAuthType) (*epoch, error) {
	t := c.t
	if c.modern != nil {
		return nil, errModern
	}
	for {
		if err := cmp.Or(c.cut, c.end); err != nil {
			return nil, err
		}
		var err error
		switch {
		case t.mustPump():
			err = t.pump(w)
		case (auth != nil || t.asking.auth != tls.NoClientCert) && (c.inbox.size > 0 || len(t.plain) > 0):
			return nil, ErrUnreadData
		default:
			// Whoever reads may be done with the handshake before flush is.
			before := t.epoch
			return before, c.helloRequest(w, auth)
		}
		if err != nil {
			return nil, err
		}
	}
}

func (c *Conn) helloRequest(w *wait, auth *tls.ClientAuthType) error {
	t := c.t
	if auth != nil && verifies(*auth) && t.rules.config.ClientCAs == nil {
		return errNoCAs
	}
	if err := t.engine.HelloRequest(t.now()); err != nil {
		return explain(err) // another's is outstanding, perhaps: what that wants stays
	}
	if auth != nil {
		t.asking.auth = *auth
		t.engine.SetClientAuth(clientAuth(*auth), authorities(t.rules.config.ClientCAs))
	}
	t.rearm()         // who waits in the socket has a new deadline
	return t.flush(w) // or who writes takes it along
}

var errNoCAs = errors.New("parley: RequestCertificate: nothing to verify a certificate by: Config.ClientCAs is nil")

// negotiates reports whether a handshake on a living stream is asked for or under
// way.
func (t *transport) negotiates() bool {
	p := t.engine.Phase()
	return p == engine.PhaseAsked || p == engine.PhaseRenegotiating
}
