package visit

import (
	"net"
	"net/netip"
	"strings"
	"sync"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/tape"
	"github.com/parley-tls/parley/internal/trace"
)

// An output is where the packets of all connections of a journey go.
type output struct {
	tape   *tape.Tape // nil: they are only looked at
	frames int        // so far
}

// A watch makes a conversation of a connection while it goes on: what passes is
// made into packets, as in a capture, and read as `parley diagnose` reads one. So
// both say the same of it.
type watch struct {
	conn      *tape.Conn
	track     *tape.Track
	out       *output
	number    int
	keys      *dissect.Keyring
	assembler *capture.Assembler

	mu           sync.Mutex // guards what follows, and the assembler
	conversation *trace.Conversation
}

// nowhere stands for addresses that are none of IP.
var nowhere = netip.MustParseAddrPort("192.0.2.1:1")

func newWatch(number int, c net.Conn, out *output) *watch {
	w := &watch{out: out, number: number, keys: dissect.NewKeyring()}
	w.assembler = capture.NewAssembler(func(c capture.Connection) capture.Sink {
		return dissect.New(c, dissect.Options{Keys: w.keys, Done: func(told *trace.Conversation) { w.conversation = told }})
	}, capture.Limits{})
	client, server := tape.AddrPort(c.LocalAddr()), tape.AddrPort(c.RemoteAddr())
	if !client.IsValid() || !server.IsValid() {
		client, server = nowhere, nowhere
	}
	w.track = tape.NewTrack(w, client, server, capture.BtoA)
	w.conn = tape.NewConn(c, capture.BtoA, w.track)
	return w
}

// Packet is a tape's output's.
func (w *watch) Packet(p capture.Packet) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.out.frames++
	p.Frame = w.out.frames
	w.assembler.Add(p)
	if w.out.tape == nil {
		return nil
	}
	return w.out.tape.Packet(p)
}

// Flush is a tape's output's.
func (w *watch) Flush() {
	if w.out.tape != nil {
		w.out.tape.Flush()
	}
}

// key is told each secret of the client.
func (w *watch) key(line string) {
	_ = w.keys.AddLog("", strings.NewReader(line)) // it is of the right form
	if w.out.tape != nil {
		_, _ = w.out.tape.KeyLog().Write([]byte(line))
	}
}

// told ends the connection and gives its conversation. Where no file holds its
// frames their numbers mean nothing, and times stand in their place.
func (w *watch) told() *trace.Conversation {
	w.track.Flush()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.assembler.Finish()
	c := w.conversation
	c.Number = w.number
	for i, e := range c.Events {
		if d, ok := e.Detail.(trace.KeysDetail); ok && d.Opened != "" {
			d.Opened = "this client's own keys"
			c.Events[i].Detail = d
		}
	}
	if w.out.tape == nil {
		withoutFrames(c)
	}
	return c
}

// withoutFrames makes a conversation one that was heard live: no capture is there
// to end before it.
func withoutFrames(c *trace.Conversation) {
	c.Live, c.First, c.Last = true, 0, 0
	var events []trace.Event
	for _, e := range c.Events {
		if d, ok := e.Detail.(trace.EndDetail); ok && d.How == trace.EndOfCapture {
			continue
		}
		e.Place = trace.Place{}
		events = append(events, e)
		if e.Name == trace.Crossed {
			e.Name = trace.Data // live, what crosses is counted with the rest, too
			events = append(events, e)
		}
	}
	c.Events = events
}
