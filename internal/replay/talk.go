package replay

import (
	"errors"
	"io"
	"os"
	"time"

	"github.com/parley-tls/parley/internal/trace"
)

// quiet is how long a server that speaks in clear must say nothing to have said all.
const quiet = 200 * time.Millisecond

// talk speaks the client's part of the dialogue before TLS.
func (p *player) talk(c *cutter) error {
	waits := false
	for _, s := range p.plan.Talk {
		if s.From == trace.Server {
			waits = true
			continue
		}
		if waits {
			if err := p.hear(c); err != nil {
				return err
			}
			waits = false
		}
		if _, err := c.Write(s.Bytes); err != nil {
			return err
		}
	}
	if waits {
		return p.hear(c)
	}
	return nil
}

// hear reads what a server says in clear until it is quiet.
func (p *player) hear(c *cutter) error {
	b := make([]byte, 4096)
	wait := p.o.Timeout
	for heard := 0; heard < maxTalk; {
		if err := c.SetReadDeadline(time.Now().Add(wait)); err != nil {
			return err
		}
		n, err := c.Read(b)
		heard += n
		switch {
		case heard > 0 && errors.Is(err, os.ErrDeadlineExceeded):
			return nil
		case errors.Is(err, io.EOF):
			return io.ErrUnexpectedEOF
		case err != nil:
			return err
		}
		wait = quiet
	}
	return nil
}
