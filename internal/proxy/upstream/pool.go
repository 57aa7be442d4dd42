package upstream

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A Pool is the servers of a backend and what is known of them. Until its checks
// are started, and after they are stopped, it goes by what connections tell.
type Pool struct {
	backend *Backend
	tls     *tls.Config // as it was given
	servers []*server
	turn    atomic.Uint32

	mu    sync.Mutex // guards what follows
	stop  context.CancelFunc
	ended sync.WaitGroup
}

// newPool gives a pool that logs when a server goes down or comes back. The
// config, which is not changed, is nil where the backend has no TLS.
func newPool(b *Backend, config *tls.Config, log *slog.Logger) *Pool {
	p := &Pool{backend: b, tls: config}
	for _, a := range b.Servers {
		s := &server{backend: b, address: a, told: teller{log: log, pool: p}}
		if config != nil {
			s.tls, s.fresh = configsFor(config, b.TLS, a)
		}
		p.servers = append(p.servers, s)
	}
	return p
}

// A Call is what a connection begins with.
type Call struct {
	Header []byte // goes first, and in clear; nil: nothing
	ALPN   string // what the client speaks, which TLS offers; empty: it did not say
}

// A Conn is a connection whose two directions end one by one.
type Conn interface {
	net.Conn
	CloseWrite() error
}

// Dial connects to a server, and says which: in turn to one of those that are up.
// If it does not take the connection, the next one is tried, and in the end those
// that are down, all within the time that ctx has: better a try than a refusal.
func (p *Pool) Dial(ctx context.Context, call Call) (Conn, Address, error) {
	var failed []error
	order := p.order(time.Now())
	for i, s := range order {
		conn, err := s.attempt(ctx, call, len(order)-i)
		if err == nil {
			return conn, s.address, nil
		}
		failed = append(failed, err)
		if ctx.Err() != nil {
			break
		}
	}
	return nil, Address{}, p.none(failed)
}

// order is that in which servers are tried: one whose penalty is over, those that
// are up, in turn, and then the others.
func (p *Pool) order(now time.Time) []*server {
	n := len(p.servers)
	if n == 1 {
		return p.servers
	}
	out, down := make([]*server, 0, n), make([]*server, 0, n)
	due := false
	first := int((p.turn.Add(1) - 1) % uint32(n))
	for i := range n {
		s := p.servers[(first+i)%n]
		switch up := s.isUp(); {
		case up:
			out = append(out, s)
		case !due && s.isDue(now):
			due = true
			out = append([]*server{s}, out...)
		default:
			down = append(down, s)
		}
	}
	return append(out, down...)
}

// leastShare bounds an attempt's share from below.
const leastShare = time.Second

// attempt connects for a client, in a fair share of the time that is left for so
// many servers.
func (s *server) attempt(ctx context.Context, call Call, left int) (Conn, error) {
	within := ctx
	if end, ok := ctx.Deadline(); ok && left > 1 {
		var cancel context.CancelFunc
		within, cancel = context.WithTimeout(ctx, max(leastShare, time.Until(end)/time.Duration(left)))
		defer cancel()
	}
	conn, err := s.connect(within, s.tls, call)
	switch {
	case err == nil:
		s.served(time.Now())
	case errors.Is(ctx.Err(), context.Canceled):
		// Nobody waits for it any more, which says nothing of the server.
	case isRefusedProtocol(err):
		s.failures.Add(1) // a client chose the protocol: it takes no server from others
	default:
		s.failures.Add(1)
		s.failedClient(time.Now(), err)
	}
	return conn, err
}

// connect makes a connection and says on it what comes first. No keep-alive is set:
// it would cost calls for every connection, and backends do not vanish as clients
// do. A name is looked up each time, and each of its addresses tried.
func (s *server) connect(ctx context.Context, config *tls.Config, call Call) (Conn, error) {
	dialer := net.Dialer{KeepAlive: -1}
	conn, err := dialer.DialContext(ctx, s.address.Network, s.address.Address)
	if err != nil {
		return nil, err
	}
	plain := conn.(Conn) // TCP and Unix connections are
	if err := begin(ctx, plain, call.Header); err != nil {
		return nil, errors.Join(err, plain.Close())
	}
	if config == nil {
		return plain, nil
	}
	return secure(ctx, plain, config, s.backend.TLS.CloseTruncated, call.ALPN)
}

// begin writes what comes first, which a backend's buffers have room for.
func begin(ctx context.Context, conn net.Conn, header []byte) error {
	if len(header) == 0 {
		return nil
	}
	end, _ := ctx.Deadline()
	if err := conn.SetWriteDeadline(end); err != nil {
		return err
	}
	if _, err := conn.Write(header); err != nil {
		return err
	}
	return conn.SetWriteDeadline(time.Time{})
}

// none says why no server took a connection.
func (p *Pool) none(failed []error) error {
	if len(p.servers) == 1 {
		return failed[0]
	}
	var why []string
	for _, err := range failed {
		why = append(why, err.Error())
	}
	return fmt.Errorf("none of the %d servers tried took the connection: %s", len(failed), strings.Join(why, "; "))
}
