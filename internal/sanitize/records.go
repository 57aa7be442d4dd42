package sanitize

import (
	"bytes"

	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/sanitize/disguise"
	"github.com/parley-tls/parley/internal/wire"
)

// An entry is a record that is made anew. It waits until what it holds is made, and all
// before it is.
type entry struct {
	dissect.TapRecord
	content []byte // what it is to hold; its own memory
	length  int    // of the old fragment
	missing int    // bytes at the end of content that nobody made yet
	old     []byte // of a handshake, while it is missing
}

// maxWaiting bounds the records that wait for one message to be whole.
const maxWaiting = 4096

// Record takes a record.
func (c *connection) Record(r dissect.TapRecord) {
	w := &c.ways[r.Direction]
	if r.Waiting == 0 || len(w.waiting) > maxWaiting {
		c.abandon(w) // the message that they began will never be whole
	}
	made := &entry{TapRecord: r, length: r.Header.Length}
	made.Header = c.grow(w, r.Offset, r.Header, r.Keys)
	if r.Read {
		made.content = make([]byte, len(r.Content))
		if r.Type == wire.TypeHandshake {
			made.missing = len(r.Content)
			made.old = bytes.Clone(r.Content)
		} else {
			copy(made.content, c.content(r))
			made.fill()
		}
	}
	made.Content = nil // it is valid only now
	w.waiting = append(w.waiting, made)
	c.flush(w)
}

// fill adds to application data in a record that is made longer.
func (r *entry) fill() {
	if r.Header.Length == r.length || r.Type != wire.TypeApplicationData || r.Keys == nil {
		return
	}
	if n := contentOf(r.Header.Length, r.Keys) - len(r.content); n > 0 {
		r.content = append(r.content, disguise.Filler(disguise.KindData, n)...)
	}
}

// content is what takes the place of what a record holds that is no handshake.
func (c *connection) content(r dissect.TapRecord) []byte {
	old := r.Content
	out := c.noiseOf(len(old))
	e := editor{old: old, new: out}
	switch r.Type {
	case wire.TypeAlert:
		if len(old) == 2 {
			e.keepAll()
		}
	case wire.TypeChangeCipherSpec:
		if len(old) == 1 && old[0] == 1 {
			e.keepAll()
		} else if len(out) > 0 {
			out[0] |= 0x80
		}
	case wire.TypeHeartbeat:
		e.keep(3) // its type and the length of its payload (RFC 6520, section 4)
	case wire.TypeApplicationData:
		c.run.account.data(len(old))
		return c.run.disguise.Fill(old)
	}
	return out
}

// fillMessage lays a message into the records that wait for it.
func (w *way) fillMessage(m []byte) {
	for _, r := range w.waiting {
		if r.missing == 0 {
			continue
		}
		n := copy(r.content[len(r.content)-r.missing:], m)
		r.missing -= n
		if m = m[n:]; len(m) == 0 {
			return
		}
	}
}

// abandon is done with records of which part of a message will never be whole. What
// is left of its header stays, since it says how much of it is missing.
func (c *connection) abandon(w *way) {
	var rest []byte
	for _, r := range w.waiting {
		rest = append(rest, r.old[len(r.old)-r.missing:]...)
	}
	if len(rest) > 0 {
		e := editor{old: rest, new: c.noiseOf(len(rest))}
		e.keep(min(len(rest), wire.MessageHeaderLen))
		if t := wire.Message(rest).Type(); t == wire.MessageClientHello || t == wire.MessageServerHello {
			e.keep(min(e.left(), 2)) // the version
		}
		w.fillMessage(e.new)
	}
	c.flush(w)
}

// flush writes the records that are made.
func (c *connection) flush(w *way) {
	n := 0
	for ; n < len(w.waiting) && w.waiting[n].missing == 0; n++ {
		c.write(w, w.waiting[n])
	}
	w.waiting = append(w.waiting[:0:0], w.waiting[n:]...)
}

// write lays a record into the stream.
func (c *connection) write(w *way, r *entry) {
	c.run.account.record(r)
	fragment := c.fragment(w, r)
	head := header(r.Header)
	w.put(r.Offset, head)
	c.putGrown(w, r.Offset+int64(len(head)), fragment, r.length)
	w.recorded = max(w.recorded, r.Offset+int64(len(head)+r.length))
}

// fragment is a record's, sealed where the old one was.
func (c *connection) fragment(w *way, r *entry) []byte {
	if r.Keys != nil && r.Keys != w.keys {
		w.use(r.Keys)
	}
	if !r.Read {
		out := c.noiseOf(r.Header.Length)
		if len(out) > 0 {
			out[0] |= 0x80 // it begins no handshake message
		}
		c.moved(w, r, out)
		return out
	}
	if r.Keys == nil {
		return r.content
	}
	sealed, err := c.sealer(w, r.Keys, r.Offset).seal(w, r, c.random)
	if err != nil {
		c.run.account.Unsealed++
		sealed = c.noiseOf(r.Header.Length)
	}
	c.moved(w, r, sealed)
	return sealed
}
