package parley

import (
	"io"
	"net"
)

// Read returns bytes of one epoch. It gives io.EOF only after the client's
// close_notify, ErrRestarted after an isolation; that, like a bare end of the TCP
// stream, is an io.ErrUnexpectedEOF.
func (c *Conn) Read(b []byte) (int, error) {
	t := c.t
	c.reads.Lock()
	defer c.reads.Unlock()
	t.mu.Lock()
	defer t.mu.Unlock()
	for {
		switch {
		case c.modern != nil:
			return c.readModern(b)
		case c.closed:
			return 0, c.end
		case c.read.over() != nil:
			return 0, c.read.over()
		case len(b) == 0 && c.complete():
			return 0, nil
		}
		if n := c.take(b); n > 0 {
			return n, nil
		}
		if c.end != nil {
			return 0, c.end
		}
		if err := t.pump(&c.read); err != nil {
			return 0, err
		}
	}
}

// take delivers what is there: what waits in the inbox, else what was just
// opened, with as much behind it as can be opened without waiting.
func (c *Conn) take(b []byte) int {
	t := c.t
	if c.inbox.size > 0 {
		n, e := c.inbox.take(b)
		c.shown = e
		t.tell() // there is room again
		return n
	}
	if c != t.current {
		return 0
	}
	n := 0
	for n < len(b) {
		if len(t.plain) == 0 && (!c.upToDate() || !t.dataAhead() || !t.takeMore()) {
			break
		}
		m := copy(b[n:], t.plain)
		t.plain = t.plain[m:]
		n += m
		c.shown = t.epoch
	}
	t.sayWhy()
	return n
}

// upToDate reports whether the next byte is of the same epoch as the last.
func (c *Conn) upToDate() bool { return c.shown == c.t.epoch }

// takeMore opens the data record that is known to be ahead. Where that ends the
// stream, sayWhy must follow.
func (t *transport) takeMore() bool {
	used, _ := t.receive()
	return used && len(t.plain) > 0
}

// sayWhy sends the alert about a stream that ended. It releases t.mu, and Close may
// then give buffers back: nothing that lies in one is held meanwhile.
func (t *transport) sayWhy() {
	if t.current.end != nil {
		t.flushFlight()
	}
}

// WriteTo gives w what Read would, without a copy: straight from where it was
// opened. It ends without an error where Read gives io.EOF.
func (c *Conn) WriteTo(w io.Writer) (int64, error) {
	c.reads.Lock()
	defer c.reads.Unlock()
	var total int64
	var list net.Buffers
	for {
		out, err := c.takeAll(list[:0])
		if err == nil && out.modern {
			n, err := io.Copy(w, modernReader{c})
			return total + n, err
		}
		if err != nil {
			if err == io.EOF {
				err = nil
			}
			return total, err
		}
		list = out.data // which WriteTo cuts from its front
		n, err := out.data.WriteTo(w)
		giveBuffer(out.buf)
		total += n
		if err != nil {
			return total, err
		}
	}
}

// A haul is data that left the transport together with the buffer it lies in.
type haul struct {
	data   net.Buffers
	buf    []byte
	modern bool // there is none: crypto/tls has it
}

// takeAll waits for data and takes all that is there and of one epoch. The haul
// reuses list.
func (c *Conn) takeAll(list net.Buffers) (haul, error) {
	t := c.t
	t.mu.Lock()
	defer t.mu.Unlock()
	for {
		switch {
		case c.modern != nil:
			return haul{modern: true}, nil
		case c.closed:
			return haul{}, c.end
		case c.read.over() != nil:
			return haul{}, c.read.over()
		case c.inbox.size > 0:
			b := make([]byte, len(c.inbox.parts[0].data))
			c.take(b)
			return haul{data: append(list, b)}, nil
		case c == t.current && len(t.plain) > 0 && !t.pumping:
			return c.haul(list), nil
		case c.end != nil:
			return haul{}, c.end
		}
		if err := t.pump(&c.read); err != nil {
			return haul{}, err
		}
	}
}

// haul opens the whole data records that are there and takes the buffer away with
// them; a record cut short moves to another.
func (c *Conn) haul(list net.Buffers) haul {
	t := c.t
	out := haul{data: append(list, t.plain)}
	t.plain = nil
	c.shown = t.epoch
	for t.dataAhead() && t.takeMore() {
		out.data = append(out.data, t.plain)
		t.plain = nil
	}
	out.buf = t.in.detach()
	t.sayWhy()
	return out
}
