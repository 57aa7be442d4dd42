// Package starttls follows what two sides say in clear before TLS begins: the
// dialogues of SMTP, IMAP and others, and the headers of proxies. It says at
// which byte of each direction TLS begins, or why it does not, and keeps nothing
// of what was said.
package starttls

import (
	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/trace"
)

// A Verdict says what a direction's bytes came to.
type Verdict uint8

// The verdicts. All but More are final for their direction.
const (
	More   Verdict = iota // it cannot be said yet
	Begins                // TLS begins, with the pieces that are given
	None                  // the dialogue is known and leads to no TLS; Prelude says why
	Other                 // it is no dialogue that leads to TLS; Protocol names what it looks like
)

// String names the verdict.
func (v Verdict) String() string {
	return [...]string{"more", "begins", "none", "other"}[v%4]
}

// A Piece is a run of bytes that came in one packet.
type Piece struct {
	At    capture.Mark
	Bytes []byte
}

// maxLayers bounds how often one dialogue may stand inside another.
const maxLayers = 4

// A Dialogue follows one connection from its first byte until TLS begins. Its
// memory is bounded, however long the dialogue goes on.
type Dialogue struct {
	ways   [2]way
	layer  layer // nil: what comes next is not known yet
	names  []string
	sided  bool
	client capture.Direction // where sided

	asked  bool // the client asked for TLS and has no answer yet
	agreed bool // TLS follows, in both directions
	over   Verdict
	other  trace.Protocol // what it is, where over is Other

	prelude trace.Prelude
	refused string // the last refusal; a client may ask again
}

// A way is one direction.
type way struct {
	offset int64 // of the next byte to come
	held   []heldPiece
	begun  bool // TLS began here
}

// A heldPiece waits, as a copy, for what tells what it is.
type heldPiece struct {
	Piece
	offset int64
}

// New begins a Dialogue.
func New() *Dialogue { return &Dialogue{} }

// Take gives the next bytes of a direction, all of one packet. The pieces are
// what of the direction belongs to TLS: the end of b as a rule, before it perhaps
// bytes that had been held. They share b's memory.
func (d *Dialogue) Take(dir capture.Direction, at capture.Mark, b []byte) (Verdict, []Piece) {
	w := &d.ways[dir]
	input := append(w.held, heldPiece{Piece{at, b}, w.offset})
	w.held = nil
	w.offset += int64(len(b))
	for len(input) > 0 {
		if v := d.settled(dir); v != More {
			return v, pieces(v, input)
		}
		if d.layer == nil {
			if !d.look(dir, input) {
				w.held = hold(input)
				return More, nil
			}
			continue
		}
		rest, wait := d.follow(dir, input)
		if wait {
			return d.wait(dir, rest), nil
		}
		input = rest
	}
	return d.settled(dir), nil
}

// Gap says that n bytes of a direction are missing before the next; 0: nobody can
// tell how many.
func (d *Dialogue) Gap(dir capture.Direction, n int64) {
	w := &d.ways[dir]
	w.offset += n
	w.held = nil
	if d.layer != nil {
		d.layer.tear(d.side(dir))
	}
}

// settled is the verdict that already holds for a direction.
func (d *Dialogue) settled(dir capture.Direction) Verdict {
	switch {
	case d.ways[dir].begun:
		return Begins
	case d.over != More:
		return d.over
	case d.agreed:
		d.ways[dir].begun = true
		return Begins
	}
	return More
}

func pieces(v Verdict, input []heldPiece) []Piece {
	if v != Begins {
		return nil
	}
	out := make([]Piece, 0, len(input))
	for _, p := range input {
		if len(p.Bytes) > 0 {
			out = append(out, p.Piece)
		}
	}
	return out
}

// maxWait bounds what one side's bytes may wait for the other's.
const maxWait = 4096

// wait holds bytes that belong to a layer that has not come yet.
func (d *Dialogue) wait(dir capture.Direction, input []heldPiece) Verdict {
	if len(joined(input)) > maxWait {
		d.over = None
		d.refused = "the server went on while the client's " + d.layer.name() + " header was not whole"
		return None
	}
	d.ways[dir].held = hold(input)
	return More
}

// hold copies what must wait, which is short.
func hold(input []heldPiece) []heldPiece {
	last := &input[len(input)-1]
	last.Bytes = append([]byte(nil), last.Bytes...)
	return input
}

// follow gives the layer one unit of its protocol at most, and returns what is
// left, which may have to wait.
func (d *Dialogue) follow(dir capture.Direction, input []heldPiece) (rest []heldPiece, wait bool) {
	p := &input[0]
	if len(p.Bytes) == 0 {
		return input[1:], false
	}
	from := d.side(dir)
	if d.beginsUnasked(from, p.Bytes[0]) {
		d.begin(dir)
		return input, false
	}
	n, e := d.layer.take(from, p.Bytes, trace.Place{
		Frame: p.At.Frame, Last: p.At.Frame, Offset: p.offset, Length: len(p.Bytes),
	})
	d.count(from, p, n)
	p.Bytes = p.Bytes[n:]
	p.offset += int64(n)
	d.apply(e)
	return input, e.what == waits
}

// beginsUnasked tells TLS from the dialogue where it begins before the dialogue
// has come to it: the client did not wait, or the capture lacks the reply.
func (d *Dialogue) beginsUnasked(from trace.Side, first byte) bool {
	mayBegin := isRecordType(first) || d.asked && first >= 0x80
	return mayBegin && d.layer.resting(from, first)
}

func (d *Dialogue) begin(dir capture.Direction) {
	d.ways[dir].begun = true
	if d.side(dir) == trace.Server {
		d.agreed = true // whatever the capture lacks: it would not, else
		d.prelude.Upgraded = true
		return
	}
	if !d.asked {
		d.refused = "the client began TLS without asking for it, in the middle of a dialogue in clear"
		d.over = None
	}
}

func (d *Dialogue) count(from trace.Side, p *heldPiece, n int) {
	d.prelude.Bytes += int64(n)
	if from == trace.Client && d.refused != "" {
		d.prelude.Onward += int64(n)
	}
	if from != trace.Client || !d.asked || n == 0 {
		return
	}
	if d.prelude.Injected == 0 {
		d.prelude.InjectedPlace = trace.Place{
			Frame: p.At.Frame, Last: p.At.Frame, Offset: p.offset, Length: n,
		}
	}
	d.prelude.Injected += int64(n)
}

// apply does what a unit of the dialogue came to.
func (d *Dialogue) apply(e effect) {
	switch e.what {
	case asks:
		d.asked = true
		d.prelude.Request = e.place
		d.refused, d.prelude.Onward = "", 0
		d.forgetInjected()
	case agrees:
		d.prelude.Reply = e.place
		d.upgrade()
	case commits:
		d.prelude.Request = e.place
		d.upgrade()
	case refuses:
		d.asked = false
		d.refused = e.why
		d.prelude.Reply = e.place
		d.forgetInjected() // to a server that refuses they are commands like others
	case ends:
		if d.refused == "" { // a refusal says more than what the client did then
			d.refused = e.why
		}
		d.over = None
	case foreign:
		d.over, d.other = Other, trace.Protocol(e.why)
	case tunnels:
		d.tunnel(e)
	}
}

func (d *Dialogue) upgrade() {
	d.asked, d.agreed = false, true
	d.prelude.Upgraded = true
}

func (d *Dialogue) forgetInjected() {
	d.prelude.Injected, d.prelude.InjectedPlace = 0, trace.Place{}
}

// tunnel ends a layer that another stream follows in, TLS or a dialogue of its own.
func (d *Dialogue) tunnel(e effect) {
	d.asked = false
	d.layer = nil
	if e.origin.IsValid() {
		d.prelude.Origin = e.origin
	}
	if e.answered {
		d.prelude.Reply = e.place
	}
}

// side is who sends in a direction.
func (d *Dialogue) side(dir capture.Direction) trace.Side {
	switch {
	case !d.sided:
		return trace.Nobody
	case dir == d.client:
		return trace.Client
	}
	return trace.Server
}

// Client is the client's direction, where the dialogue has told it.
func (d *Dialogue) Client() (dir capture.Direction, known bool) {
	return d.client, d.sided
}
