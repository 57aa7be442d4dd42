package parley

import (
	"io"
	"time"
)

// Write returns how much was sealed. While a renegotiation holds data it drives
// it, or waits for who does. After a deadline in the middle of a record the rest
// of the record is kept and goes first on the next Write. A second hello that has
// not arrived by then is met by the next Read or Write: a program that does
// neither answers nobody.
func (c *Conn) Write(b []byte) (int, error) {
	t := c.t
	c.writes.Lock()
	defer c.writes.Unlock()
	t.mu.Lock()
	defer t.mu.Unlock()
	for n := 0; ; {
		if c.modern != nil {
			return c.writeModern(b)
		}
		if n == len(b) && c.complete() && !t.writing && !t.more() {
			return n, nil
		}
		clear, err := c.clearToWrite()
		if err != nil {
			return n, err
		}
		if !clear {
			continue
		}
		m, err := t.engine.Send(b[n:])
		n += m
		c.toClient += int64(m)
		if err != nil {
			t.finish(err)
			return n, c.cut
		}
	}
}

// clearToWrite takes one step of what goes before data: it waits for who writes,
// writes what is queued, pumps a handshake that holds data. clear says that
// nothing is in the way any more, as far as the socket can tell now: data that
// crosses a hello is the end of the founding client.
func (c *Conn) clearToWrite() (clear bool, err error) {
	t := c.t
	switch {
	case c.cut != nil:
		return false, c.cut
	case c.write.over() != nil:
		return false, c.write.over()
	case t.writing:
		return false, t.await(&c.write, time.Time{})
	case t.more():
		return false, t.flush(&c.write)
	}
	t.glance()
	if t.mustPump() {
		return false, t.pump(&c.write)
	}
	return true, nil
}

// CloseWrite sends close_notify; Read goes on. It waits as Write does.
func (c *Conn) CloseWrite() error {
	t := c.t
	c.writes.Lock()
	defer c.writes.Unlock()
	t.mu.Lock()
	defer t.mu.Unlock()
	for {
		if c.modern != nil {
			return c.closeWriteModern()
		}
		clear, err := c.clearToWrite()
		if err != nil {
			return err
		}
		if clear {
			t.engine.CloseWrite()
			c.cut = errWriteClosed
			return t.flush(&c.write)
		}
	}
}

// errWriteClosed is what Write gives after CloseWrite.
var errWriteClosed error = &Error{Reason: "write after CloseWrite", cause: io.ErrClosedPipe}

// ReadFrom writes what r gives. While it waits for r it holds no buffer, if r is
// a *net.TCPConn or *net.UnixConn.
func (c *Conn) ReadFrom(r io.Reader) (int64, error) {
	var total int64
	from := newSource(r)
	for {
		buf, n, err := from.next()
		if n > 0 {
			written, failed := c.Write(buf[:n])
			total += int64(written)
			if failed != nil {
				err = failed
			}
		}
		giveBuffer(buf)
		switch {
		case err == io.EOF:
			return total, nil
		case err != nil:
			return total, err
		}
	}
}
