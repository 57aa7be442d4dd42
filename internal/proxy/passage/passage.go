package passage

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/tape"
)

// A Side is one of the two that a passage connects.
type Side string

// The sides.
const (
	Client  Side = "client"
	Backend Side = "backend"
	Both    Side = "both" // as far as can be told
)

// Options say how a passage is made.
type Options struct {
	// Reset ends a connection so that its peer cannot take it for a clean end, behind
	// all that was written to it.
	Reset func(net.Conn)
	// HalfClosed, where it is not nil, is told when one direction has ended and the
	// other goes on.
	HalfClosed func()
	// Tap, where it is not nil, is told what passes before it is passed on. It must
	// not keep the bytes.
	Tap tape.Tap
}

// A Passage passes on what two connections say to each other, and each one's end
// as what it was: FIN as FIN, and RST as RST behind the data that came before it.
type Passage struct {
	options         Options
	client, backend end

	tapping sync.Mutex // guards calls of Options.Tap

	mu    sync.Mutex // guards what follows, and the states of both ends
	first Ending
	cut   bool
}

// An Ending says how a passage began to end.
type Ending struct {
	By  Side  // whose end came first; empty: it was cut from outside
	Err error // nil: a FIN
}

// An end is one of the two connections.
type end struct {
	Conn
	side Side
	says capture.Direction
	said atomic.Int64 // bytes that were passed on

	gone bool // it takes no more
	over bool // what it says has ended
}

// New makes a passage between two connections, which are its own from now on.
func New(client, backend Conn, o Options) *Passage {
	return &Passage{options: o, client: end{Conn: client, side: Client, says: capture.AtoB}, backend: end{Conn: backend, side: Backend, says: capture.BtoA}}
}

// Bytes counts what was passed on, from the client and to it.
func (p *Passage) Bytes() (in, out int64) { return p.client.said.Load(), p.backend.said.Load() }

// Run passes on until both have ended, and closes them.
func (p *Passage) Run() Ending {
	up := make(chan struct{})
	go func() {
		defer close(up)
		p.forward(&p.client, &p.backend)
	}()
	p.forward(&p.backend, &p.client)
	<-up
	// Errors here are of connections that are over already.
	_, _ = p.client.Close(), p.backend.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.first
}

// Cut ends it from outside: neither side sees a clean end.
func (p *Passage) Cut() {
	p.mu.Lock()
	p.cut = true
	p.mu.Unlock()
	for _, e := range []*end{&p.client, &p.backend} {
		if tcp, ok := e.Conn.(interface{ SetLinger(int) error }); ok {
			_ = tcp.SetLinger(0) // fails only if the connection is over
		}
		_ = e.Close()
	}
}

// A broken is an error of one of the connections.
type broken struct {
	at  *end
	err error
}

// forward passes on what one end says until that is over.
func (p *Passage) forward(from, to *end) {
	switch why := p.carry(from, to); {
	case why == nil && p.endsWell(from, to):
		p.passEnd(from, to)
	case why == nil:
		p.passReset(from, to, syscall.ECONNRESET)
	case why.at == to:
		p.refused(from, to, why.err)
	default:
		p.passReset(from, to, why.err)
	}
}

// carry moves bytes until from says no more (nil), or one of the two breaks.
func (p *Passage) carry(from, to *end) *broken {
	if p.options.Tap == nil {
		if why, done := splice(from, to); done {
			return why
		}
	}
	return p.copy(from, to)
}

// endsWell notes the end of what from says; false: it was no end, but a reset that
// a write took the error of.
func (p *Passage) endsWell(from, to *end) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	// Of a connection that both sides have ended, the state says nothing more.
	if from.gone || !to.over && isTorn(from.Conn) {
		return false
	}
	from.over = true
	return true
}

// passEnd passes a FIN on.
func (p *Passage) passEnd(from, to *end) {
	p.tell(from, nil)
	p.mu.Lock()
	goesOn := !to.over
	p.mu.Unlock()
	if goesOn && p.options.HalfClosed != nil {
		p.options.HalfClosed()
	}
	_ = to.CloseWrite() // it fails only if the connection is over
}

// passReset passes a reset on.
func (p *Passage) passReset(from, to *end, err error) {
	p.mu.Lock()
	from.over = true
	p.mu.Unlock()
	p.tell(from, err)
	p.options.Reset(to.Conn)
}

// refused ends one direction since the other side takes no more. It may have said
// why: the other direction passes that on, and the reset behind it, if it is not
// over.
func (p *Passage) refused(from, to *end, err error) {
	p.mu.Lock()
	to.gone = true
	over := to.over
	p.mu.Unlock()
	switch {
	case over:
		p.tell(to, err)
		p.options.Reset(from.Conn)
	case p.options.HalfClosed != nil:
		p.options.HalfClosed()
	}
}

// tell notes an end: the first one is what the passage ended by, and the tap hears
// of each.
func (p *Passage) tell(e *end, err error) {
	p.mu.Lock()
	cut := p.cut || errors.Is(err, net.ErrClosed) // what was closed here says nothing
	if !cut && p.first.By == "" {
		p.first = Ending{e.side, err}
		if other := p.other(e); err == nil && !other.over && hasEnded(other.Conn) {
			p.first.By = Both // who reads sooner does not say whose came sooner
		}
	}
	p.mu.Unlock()
	if p.options.Tap == nil || cut {
		return
	}
	p.tapping.Lock()
	defer p.tapping.Unlock()
	p.options.Tap.Ended(e.says, err != nil)
}

func (p *Passage) other(e *end) *end {
	if e == &p.client {
		return &p.backend
	}
	return &p.client
}

// copy moves bytes by way of a buffer.
func (p *Passage) copy(from, to *end) *broken {
	source := newSource(from.Conn)
	for {
		buf, n, err := source.next()
		if n > 0 {
			if p.options.Tap != nil {
				p.tap(from, buf[:n])
			}
			if _, failed := to.Write(buf[:n]); failed != nil {
				buffers.Put(buf)
				return &broken{to, failed}
			}
			from.said.Add(int64(n))
		}
		if buf != nil {
			buffers.Put(buf)
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return &broken{from, err}
		}
	}
}

func (p *Passage) tap(from *end, b []byte) {
	p.tapping.Lock()
	defer p.tapping.Unlock()
	p.options.Tap.Passed(from.says, b)
}
