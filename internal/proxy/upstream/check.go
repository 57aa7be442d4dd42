package upstream

import (
	"context"
	"io"
	"math/rand/v2"
	"time"

	"github.com/pires/go-proxyproto"
)

// start begins the checks, if the backend has any.
func (p *Pool) start() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stop != nil || p.backend.Check.Interval == 0 {
		return
	}
	var ctx context.Context
	ctx, p.stop = context.WithCancel(context.Background())
	for _, s := range p.servers {
		s.check(true, time.Now())
		p.ended.Go(func() { s.checkAll(ctx) })
	}
}

// end stops the checks, and waits for those under way.
func (p *Pool) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stop == nil {
		return
	}
	p.stop()
	p.ended.Wait()
	p.stop = nil
	for _, s := range p.servers {
		s.check(false, time.Now())
	}
}

// checkAll checks a server until ctx ends.
func (s *server) checkAll(ctx context.Context) {
	interval := s.backend.Check.Interval
	timer := time.NewTimer(rand.N(min(interval, time.Second))) // not all servers at once
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		if err := s.checkOnce(ctx); ctx.Err() == nil {
			s.probed(time.Now(), err)
		}
		timer.Reset(jittered(interval))
	}
}

// jittered is a tenth more or less, so that checks of several processes do not
// fall together for long.
func jittered(d time.Duration) time.Duration { return d - d/10 + rand.N(d/5+1) }

// checkOnce connects as a client's stream would, and says that it is none.
func (s *server) checkOnce(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.backend.Check.Timeout)
	defer cancel()
	conn, err := s.connect(ctx, s.fresh, Call{Header: localHeader(s.backend.Header.Version())})
	if err != nil {
		s.failures.Add(1)
		return err
	}
	defer conn.Close()
	if tls, ok := conn.(*secured); ok {
		err = tls.farewell(ctx)
	}
	return err
}

// farewell ends a connection and hears whether the server had something against
// it: under TLS 1.3 it refuses a client's certificate when the client's handshake is
// done already (RFC 8446, section 4.4.2.4).
func (c *secured) farewell(ctx context.Context) error {
	defer context.AfterFunc(ctx, c.Reset)()
	if err := c.CloseWrite(); err != nil {
		return err
	}
	_, err := io.Copy(io.Discard, io.LimitReader(c, maxFarewell))
	if _, refused := alertOf(err); refused {
		return err
	}
	return nil // it had its handshake; how it ends, and whether by now, is its own matter
}

// maxFarewell bounds what is read of a server that greets.
const maxFarewell = 64 << 10

// localHeader says by the PROXY protocol that a connection is nobody's but our own
// (its section 2: LOCAL, or UNKNOWN).
func localHeader(version byte) []byte {
	if version == 0 {
		return nil
	}
	header := proxyproto.Header{Version: version, Command: proxyproto.LOCAL, TransportProtocol: proxyproto.UNSPEC}
	out, err := header.Format()
	if err != nil {
		return nil // versions 1 and 2 can be written
	}
	return out
}
