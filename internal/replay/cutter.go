package replay

import (
	"net"
	"time"
)

// A cutter is a connection whose writes, one record each, leave in packets that are
// cut as they were captured, each after its pause.
type cutter struct {
	net.Conn
	layout  func() Shape
	pause   func(time.Duration)
	timeout time.Duration
	held    []byte // of a packet that is not whole yet
	joins   bool
}

// Write sends one record.
func (c *cutter) Write(b []byte) (int, error) {
	s := c.layout()
	if !c.joins {
		if err := c.flush(); err != nil {
			return 0, err
		}
		c.pause(s.After)
	}
	n, begin := len(b), 0
	for _, cut := range s.Cuts {
		if cut.At <= begin || cut.At >= n {
			continue
		}
		c.held = append(c.held, b[begin:cut.At]...)
		begin = cut.At
		if err := c.flush(); err != nil {
			return 0, err
		}
		c.pause(cut.After)
	}
	c.held = append(c.held, b[begin:]...)
	if c.joins = s.More; c.joins {
		return n, nil
	}
	return n, c.flush()
}

// flush sends what waits. A pause may have used up the deadline that was set.
func (c *cutter) flush() error {
	if len(c.held) == 0 {
		return nil
	}
	held := c.held
	c.held, c.joins = nil, false
	if err := c.SetWriteDeadline(time.Now().Add(c.timeout)); err != nil {
		return err
	}
	_, err := c.Conn.Write(held)
	return err
}

// Read reads. Whoever does that waits for an answer, to all that was said.
func (c *cutter) Read(b []byte) (int, error) {
	if err := c.flush(); err != nil {
		return 0, err
	}
	return c.Conn.Read(b)
}

// CloseWrite ends what is sent.
func (c *cutter) CloseWrite() error {
	_ = c.flush() // whoever closes has nothing more to say about it
	return c.Conn.(interface{ CloseWrite() error }).CloseWrite()
}

// Close closes.
func (c *cutter) Close() error {
	_ = c.flush()
	return c.Conn.Close()
}
