package legacyclient

import "time"

// SetDeadline limits reading and writing. No wait is ever longer than
// Options.Timeout.
func (c *Client) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.SetWriteDeadline(t)
}

// SetReadDeadline limits reading.
func (c *Client) SetReadDeadline(t time.Time) error {
	c.deadlines.Lock()
	defer c.deadlines.Unlock()
	c.readDeadline = t
	return c.conn.SetReadDeadline(c.soonest(t))
}

// SetWriteDeadline limits writing.
func (c *Client) SetWriteDeadline(t time.Time) error {
	c.deadlines.Lock()
	defer c.deadlines.Unlock()
	c.sendDeadline = t
	return c.conn.SetWriteDeadline(c.soonest(t))
}

// beforeRead and beforeWrite give the next wait its deadline.
func (c *Client) beforeRead() error {
	c.deadlines.Lock()
	defer c.deadlines.Unlock()
	return c.conn.SetReadDeadline(c.soonest(c.readDeadline))
}

func (c *Client) beforeWrite() error {
	c.deadlines.Lock()
	defer c.deadlines.Unlock()
	return c.conn.SetWriteDeadline(c.soonest(c.sendDeadline))
}

func (c *Client) soonest(t time.Time) time.Time {
	limit := time.Now().Add(c.o.Timeout)
	if t.IsZero() || t.After(limit) {
		return limit
	}
	return t
}
