package engine

// Kept is how many bytes of the client's the connection holds on to.
func (c *Conn) Kept() int { return len(c.consumed) + c.joiner.Pending() }
