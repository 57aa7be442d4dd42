package sanitize

import (
	"bytes"
	"io"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/sanitize/disguise"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// A connection is one whose two streams are made anew. It sits between the assembler
// and a dissector: from one it learns which packet carries which bytes, from the other
// what these are.
type connection struct {
	run       *run
	number    int
	dissector *dissect.Dissector
	ways      [2]way
	random    io.Reader // of this connection's explicit IVs

	current []byte            // the message that was made last
	hellos  [2]pair           // the client's last
	proofs  map[string][]byte // verify_data, old to new
	epochs  map[[32]byte]bool // client randoms whose secret was written
}

// A pair is a message and what became of it.
type pair struct{ old, made []byte }

var (
	_ capture.SegmentSink = (*connection)(nil)
	_ dissect.Tap         = (*connection)(nil)
)

func (r *run) open(c capture.Connection) capture.Sink {
	made := &connection{run: r, number: c.Number, proofs: map[string][]byte{}, epochs: map[[32]byte]bool{}}
	for d := range made.ways {
		w := &made.ways[d]
		w.run, w.spool = r, r.spool
		w.sealers = map[*dissect.TapKeys]*sealer{}
		w.noise = r.cipher("noise", uint64(c.Number), uint64(d))
	}
	made.random = r.stream("ivs", uint64(c.Number), 0)
	made.dissector = dissect.New(c, dissect.Options{Keys: r.options.Keys, Tap: made, Done: r.told})
	return made
}

// Segment makes room for what a packet carries.
func (c *connection) Segment(d capture.Direction, s capture.Segment) {
	at := stood{frame: s.At.Frame, connection: c.number, direction: byte(d), again: s.Again, length: s.Length, offset: s.Offset, acked: s.Acked}
	switch {
	case len(s.Payload) > 0:
		c.ways[d].segment(at, s.Payload)
	case c.run.options.Growths != nil:
		c.run.spool.add(at, nil) // its numbers may move
	}
}

// Bytes passes on what the assembler gives.
func (c *connection) Bytes(d capture.Direction, at capture.Mark, b []byte) {
	c.dissector.Bytes(d, at, b)
	c.ways[d].pass(int64(len(b)))
}

// Gap passes on that bytes are missing, and notes which came otherwise.
func (c *connection) Gap(d capture.Direction, at capture.Mark, n int64, why trace.GapReason) {
	if why == trace.GapChanged {
		if change, ok := c.ways[d].otherwise(at.Frame, n); ok {
			c.run.changed(change)
		}
	}
	c.dissector.Gap(d, at, n, why)
	if why != trace.GapChanged {
		c.ways[d].pass(n)
	}
}

// End passes on that a direction ended.
func (c *connection) End(d capture.Direction, at capture.Mark, how trace.End, odd string) {
	c.dissector.End(d, at, how, odd)
}

// Finish writes what waited for more.
func (c *connection) Finish(last capture.Mark) {
	c.dissector.Finish(last)
	var m moves
	for d := range c.ways {
		c.abandon(&c.ways[d])
		m[d] = c.ways[d].growths
	}
	if len(m[0])+len(m[1]) > 0 {
		c.run.moves[c.number] = &m
	}
}

// Header writes a record's header where it is known before the record is whole.
func (c *connection) Header(d capture.Direction, offset int64, h wire.RecordHeader, k *dissect.TapKeys) {
	w := &c.ways[d]
	h = c.grow(w, offset, h, k)
	w.put(offset, header(h))
	w.recorded = max(w.recorded, offset+wire.RecordHeaderLen)
}

// header is that of a record, or of one of SSL 2.0.
func header(h wire.RecordHeader) []byte {
	if h.Version == wire.VersionSSL20 {
		return []byte{0x80 | byte(h.Length>>8), byte(h.Length)}
	}
	return h.Append(nil)
}

// Keys keeps the secret of an epoch for whoever will read the capture.
func (c *connection) Keys(k *dissect.TapKeys) {
	const few = 64
	if len(c.epochs) > few {
		clear(c.epochs)
	}
	random := c.run.random(k.ClientRandom)
	if k.Version == wire.VersionTLS13 {
		c.run.secret(k.Label, random, c.run.traffic(k.Secret))
		return
	}
	if !c.epochs[random] {
		c.epochs[random] = true
		c.run.secret("CLIENT_RANDOM", random, c.run.master(k.Master).Bytes())
	}
}

// random is what becomes of a hello's random. The challenge of a hello in the format of
// SSL 2.0 stands for its end, behind zeros.
func (r *run) random(old [32]byte) (out [32]byte) {
	challenge := bytes.TrimLeft(old[:], "\x00")
	if zeros := len(old) - len(challenge); zeros >= 4 {
		copy(out[zeros:], r.disguise.Bytes(disguise.KindRandom, challenge))
		return out
	}
	copy(out[:], r.disguise.Random(old[:]))
	return out
}

// Handshake follows the transcript of one.
func (c *connection) Handshake(hello *wire.ClientHello) dissect.Follower {
	t := &transcript{connection: c}
	if hello == nil {
		t.broken = true
		return t
	}
	random := c.run.random(hello.Random)
	t.client = random[:]
	for _, p := range c.hellos {
		if bytes.Equal(p.old, hello.Raw) {
			t.write(p.made)
			return t
		}
	}
	t.broken = true
	return t
}

// Message makes a message anew.
func (c *connection) Message(m dissect.TapMessage) {
	t, followed := m.Follower.(*transcript)
	if followed {
		t.choose(m)
	}
	c.current = c.message(m)
	if followed {
		t.signs(m)
	}
	if m.Message.Type() == wire.MessageClientHello || m.SSL2 {
		c.hellos[1] = c.hellos[0]
		c.hellos[0] = pair{bytes.Clone(m.Message), c.current}
	}
	w := &c.ways[m.Direction]
	w.fillMessage(c.current)
	c.flush(w)
}

// noiseOf is noise for a message, which depends on the connection alone.
func (c *connection) noiseOf(n int) []byte {
	out := make([]byte, n)
	_, _ = io.ReadFull(c.random, out) // a cipher's stream does not end
	return out
}
