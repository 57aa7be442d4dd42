package flight

import (
	"sync"
	"time"

	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// Limits bound what is kept of a connection: of its events the first and the last,
// which tell how it began and how it ended.
type Limits struct {
	Early, Late           int // events
	EarlyBytes, LateBytes int // of them, as they are kept
	Text                  int // bytes of a text
	Hellos                int // bytes of the hellos: of the first, and of the last ones for which there is room
}

// Ordinary are the limits of a server: 64 events and 4 KiB, with what slices have
// to spare.
var Ordinary = Limits{Early: 32, Late: 32, EarlyBytes: 640, LateBytes: 896, Text: 255, Hellos: 2 << 10}

// A Recorder keeps events of one connection. It takes memory as events come, and
// as little as it can: most connections end well, and many wait.
type Recorder struct {
	limits *Limits

	mu      sync.Mutex // guards what follows: events come from one goroutine, questions from another
	early   []byte     // events behind one another
	late    ring
	begun   uint16 // how many early ones there are
	over    bool   // no more are early
	dropped int
	hellos  hellos
	last    time.Duration
}

// NewRecorder records within limits.
func NewRecorder(l *Limits) *Recorder { return &Recorder{limits: l} }

// Add keeps an event. What it points to is not kept.
func (r *Recorder) Add(e trace.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := writers.Get().(*codec)
	defer writers.Put(c)
	c.b, c.most = c.b[:0], r.limits.Text
	hello := r.hellos.add(helloOf(e), r.limits.Hellos)
	c.event(&e, &hello)
	r.last = max(r.last, e.At)
	if r.over = r.over || int(r.begun) == r.limits.Early || len(r.early)+len(c.b) > r.limits.EarlyBytes; r.over {
		r.dropped += r.late.add(c.b, r.limits.Late, r.limits.LateBytes)
		return
	}
	r.begun++
	r.early = append(r.early, c.b...)
	if e.Name == trace.HandshakeDone {
		r.early = append(make([]byte, 0, len(r.early)), r.early...) // it may wait now, for days
	}
}

// writers are codecs to be used again: their bytes would else be garbage with each
// event.
var writers = sync.Pool{New: func() any { return new(codec) }}

func helloOf(e trace.Event) *wire.ClientHello {
	switch d := e.Detail.(type) {
	case trace.MessageDetail:
		return d.Hello
	case trace.SecondHelloDetail:
		return d.Hello
	}
	return nil
}

// Fill gives a conversation the events, in their order, with hellos that hold no
// session, ticket or verify_data, and counts those that were forgotten.
func (r *Recorder) Fill(to *trace.Conversation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	known := map[int]*wire.ClientHello{}
	for c := (codec{b: r.early, reading: true}); len(c.b) > 0; {
		to.Events = append(to.Events, r.read(&c, to, known))
	}
	for b := range r.late.all {
		c := codec{b: b, reading: true}
		to.Events = append(to.Events, r.read(&c, to, known))
	}
	to.Duration = r.last
	if r.dropped > 0 {
		to.Omitted, to.OmittedAt = r.dropped, int(r.begun)
	}
}

func (r *Recorder) read(c *codec, of *trace.Conversation, known map[int]*wire.ClientHello) trace.Event {
	e, hello := trace.Event{Conn: uint64(of.Number)}, 0
	c.event(&e, &hello)
	switch {
	case e.Name == trace.Opened && of.Client.IsValid():
		e.Detail = trace.OpenedDetail{Client: of.Client.String()}
	case e.Name == trace.Opened:
		e.Detail = trace.OpenedDetail{}
	}
	if hello == 0 {
		return e
	}
	if known[hello] == nil {
		known[hello] = r.hellos.parsed(hello)
	}
	switch d := e.Detail.(type) {
	case trace.MessageDetail:
		d.Hello = known[hello]
		e.Detail = d
	case trace.SecondHelloDetail:
		d.Hello = known[hello]
		e.Detail = d
	}
	return e
}
