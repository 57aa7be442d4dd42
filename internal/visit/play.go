package visit

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/parley-tls/parley/internal/legacyclient"
)

// A play is the course of one visit.
type play struct {
	call
	client    *legacyclient.Client
	notEchoed bool
}

// run plays it to its end, or to where it breaks.
func (p *play) run() Verdict {
	verdict := p.course()
	switch {
	case p.behaviour.farewell != nil && verdict.Outcome == Served, verdict.Outcome == Closed:
	case verdict.Outcome == Aborted:
		p.drain(time.Now().Add(p.exchange.settle))
	default:
		p.goodbye()
	}
	return verdict
}

// goodbye says close_notify, and sees what the server says to that. No error
// matters any more.
func (p *play) goodbye() {
	_ = p.client.CloseWrite()
	if c, ok := p.client.NetConn().(interface{ CloseWrite() error }); ok {
		_ = c.CloseWrite()
	}
	until := time.Now().Add(p.exchange.settle)
	_ = quiet(p.client, until, nil)
	p.drain(until)
}

// drain waits for the end of the server's TCP stream, which is part of the story.
func (p *play) drain(until time.Time) {
	_ = p.client.NetConn().SetReadDeadline(until)
	_, _ = io.Copy(io.Discard, p.client.NetConn())
}

func (p *play) course() Verdict {
	first := p.behaviour.first
	if first == nil {
		first = (*legacyclient.Client).Handshake
	}
	if err := first(p.client); err != nil {
		return judge("the first handshake", err)
	}
	if err := p.talk(); err != nil {
		if p.behaviour.act == nil && p.answered(err) {
			return judge("", nil)
		}
		return p.advise(judge("the first data", err))
	}
	refused := false
	for n := 1; n <= p.times && p.behaviour.act != nil; n++ {
		stage := p.behaviour.Name
		if p.times > 1 {
			stage += fmt.Sprintf(", %d of %d", n, p.times)
		}
		if err := p.pause(); err != nil {
			return judge("the wait before "+stage, err)
		}
		err := p.behaviour.act(p.client)
		if refused = errors.Is(err, legacyclient.ErrRefused); err != nil && !refused {
			return judge(stage, err)
		}
		if err := p.talk(); err != nil && (n < p.times || !p.answered(err)) {
			return judge("the data after "+stage, err)
		}
	}
	return p.farewell(refused)
}

// farewell ends a visit that went well.
func (p *play) farewell(refused bool) Verdict {
	if refused {
		return judge(p.behaviour.Name, legacyclient.ErrRefused)
	}
	if p.behaviour.farewell != nil {
		p.behaviour.farewell(p.client)
	}
	return judge("", nil)
}

// answered reports whether a server that does not echo said goodbye once it had
// answered, as one of HTTP/1.0 does.
func (p *play) answered(err error) bool { return !p.exchange.echo && errors.Is(err, io.EOF) }

// advise says what to ask for where the data is what kept the client from its
// behaviour.
func (p *play) advise(v Verdict) Verdict {
	switch {
	case v.Outcome == Silent && p.exchange.echo:
		v.Why += "; of a server that does not echo, say --no-echo or --request"
	case v.Outcome == Closed && p.behaviour.act != nil:
		v.Why += "; what it is sent must keep the connection open: see --request"
	}
	return v
}

// talk exchanges data.
func (p *play) talk() error {
	echoed, err := p.exchange.run(p.client)
	p.notEchoed = p.notEchoed || !echoed
	return err
}

// pause waits, and meets what the server does meanwhile.
func (p *play) pause() error {
	if p.after == 0 {
		return nil
	}
	return quiet(p.client, time.Now().Add(p.after), nil)
}

// quiet reads until a time, and gives what came to a function. What came late
// from a server is no failure.
func quiet(c *legacyclient.Client, until time.Time, took func([]byte)) error {
	b := make([]byte, 16<<10)
	defer func() { _ = c.SetReadDeadline(time.Time{}) }()
	for {
		if err := c.SetReadDeadline(until); err != nil {
			return err
		}
		n, err := c.Read(b)
		if took != nil && n > 0 {
			took(b[:n])
		}
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded) && time.Now().Before(until):
			// The client's own patience is shorter.
		case errors.Is(err, os.ErrDeadlineExceeded):
			return nil
		case err != nil:
			return err
		}
	}
}
