package sanitize

// An editor makes a message anew beside the old one, at the same length. What no one
// decides about is noise: a byte of the old message is in the new one because somebody
// said so.
type editor struct {
	old, new []byte
	at       int
	bad      bool // the message is not as it should be, and nothing more of it is understood
	broken   bool // somewhere it is not: lists of no known length do not stay
}

// left is how many bytes are still to come.
func (e *editor) left() int { return len(e.old) - e.at }

// take passes over n bytes and gives both.
func (e *editor) take(n int) (old, new []byte) {
	if e.bad || n > e.left() {
		e.bad = true
		return nil, nil
	}
	from := e.at
	e.at += n
	return e.old[from:e.at], e.new[from:e.at]
}

// keep copies n bytes, and gives them.
func (e *editor) keep(n int) []byte {
	old, made := e.take(n)
	copy(made, old)
	return old
}

// swap puts what becomes of n bytes in their place.
func (e *editor) swap(n int, with func([]byte) []byte) {
	old, made := e.take(n)
	if len(old) > 0 {
		copy(made, with(old))
	}
}

// number keeps a number of so many bytes, and gives it.
func (e *editor) number(n int) int {
	value := 0
	for _, b := range e.keep(n) {
		value = value<<8 | int(b)
	}
	return value
}

// vector keeps a length of so many bytes and edits what is that long.
func (e *editor) vector(length int, inside func(*editor)) {
	n := e.number(length)
	old, made := e.take(n)
	if e.bad {
		return
	}
	part := editor{old: old, new: made, broken: e.broken}
	inside(&part)
}

// list edits items to the end.
func (e *editor) list(item func(*editor)) {
	for !e.bad && e.left() > 0 {
		item(e)
	}
}

// all swaps the rest.
func (e *editor) all(with func([]byte) []byte) { e.swap(e.left(), with) }

// keepAll keeps the rest, but for a message whose lengths cannot be trusted.
func (e *editor) keepAll() {
	if e.broken {
		e.take(e.left())
		return
	}
	e.keep(e.left())
}

// zero puts zeros in the place of the rest.
func (e *editor) zero() {
	_, made := e.take(e.left())
	clear(made)
}
