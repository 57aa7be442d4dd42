package capture

// A queue is a list of connections, the one that was used last first.
type queue struct {
	newest, oldest *connection
	length         int
}

func (q *queue) push(c *connection) {
	c.older, c.newer = q.newest, nil
	if q.newest != nil {
		q.newest.newer = c
	} else {
		q.oldest = c
	}
	q.newest = c
	q.length++
}

func (q *queue) remove(c *connection) {
	if c.newer != nil {
		c.newer.older = c.older
	} else {
		q.newest = c.older
	}
	if c.older != nil {
		c.older.newer = c.newer
	} else {
		q.oldest = c.newer
	}
	c.newer, c.older = nil, nil
	q.length--
}

func (q *queue) toFront(c *connection) {
	if q.newest != c {
		q.remove(c)
		q.push(c)
	}
}
