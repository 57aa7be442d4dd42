package proxy

import (
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/proxy/flight"
	"github.com/parley-tls/parley/internal/proxy/sparing"
	"github.com/parley-tls/parley/internal/wire"
)

// A story is what the events of one stream tell that its Conn does not: of first
// handshakes that failed, and of second hellos.
type story struct {
	handshake int // the connection's count when the stream began
	begun     time.Time
	client    string
	hello     *wire.ClientHello // until the first handshake is done
	ja3, ja4  string            // from then on
	ticket    bool              // likewise: the hello named its session by a ticket, if it named one
	shown     *wire.ClientHello // the hello from then on, until it is taken
	next      *wire.ClientHello // a second hello that may begin another stream
	done      bool
	failure   parley.FailureDetail
	hellos    secondHellos
}

// stories holds the stories of all connections that live. Only the beginning of a
// connection or of a stream makes one; its end takes it away.
type stories struct {
	log     *slog.Logger
	flights *flight.Keeper   // nil: none are kept
	sparing *sparing.Limiter // of lines of handshakes that failed
	// unserved is told of streams that ended before their first handshake was done,
	// amid a connection's work; nil: nobody asks.
	unserved func(*story, parley.Event)

	mu   sync.Mutex // guards what follows
	live map[uint64][]*story
}

func newStories(log *slog.Logger, settings *Settings) *stories {
	return &stories{log: log, sparing: sparing.New(settings.LogFailures, tellRestOf(log)), live: map[uint64][]*story{}}
}

// tellRestOf tells of the handshakes that failed and have no line of their own.
func tellRestOf(log *slog.Logger) func(sparing.Rest) {
	return func(r sparing.Rest) {
		log.Info("more handshakes failed than are told one by one", "more", r.Lines, "of", r.String(),
			"do", "ask the metrics for all (parley_handshake_failures_total); the setting log-failures says how many lines there may be")
	}
}

// observe is parley.Config's Events. It is called amid a connection's work.
func (s *stories) observe(e parley.Event) {
	switch e.Name {
	case parley.EventOpened, parley.EventMessage, parley.EventHandshakeDone, parley.EventHandshakeFailed, parley.EventSecondHello,
		parley.EventAnswered, parley.EventCrossed, parley.EventRationed, parley.EventIsolated, parley.EventClosed:
		if failed := s.note(e); failed != nil {
			failed.tell(s.log, s.sparing, s.flights, e)
			if s.unserved != nil {
				s.unserved(failed, e)
			}
		}
	}
}

// note adds an event to the story of its connection's newest stream. If the
// stream ends before its first handshake is done, it gives the story back.
func (s *stories) note(e parley.Event) *story {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch e.Name {
	case parley.EventOpened:
		s.begin(e)
		return nil
	case parley.EventIsolated:
		if s.newest(e.Conn) != nil {
			s.begin(e)
		}
		return nil
	}
	t := s.newest(e.Conn)
	if t == nil {
		return nil
	}
	before := t.hello
	t.note(e)
	if t.done && before != nil {
		t.shown = before
	}
	if e.Name == parley.EventClosed && !t.done {
		s.remove(e.Conn, t)
		return t
	}
	return nil
}

func (s *stories) begin(e parley.Event) {
	t := &story{handshake: e.Handshake, begun: time.Now()}
	if before := s.newest(e.Conn); before != nil {
		t.client, t.hello = before.client, before.next
		before.next = nil
	}
	if opened, ok := e.Detail.(parley.OpenedDetail); ok {
		t.client = opened.Client
	}
	s.live[e.Conn] = append(s.live[e.Conn], t)
}

func (s *stories) newest(conn uint64) *story {
	list := s.live[conn]
	if len(list) == 0 {
		return nil
	}
	return list[len(list)-1]
}

func (s *stories) remove(conn uint64, t *story) {
	var rest []*story
	for _, other := range s.live[conn] {
		if other != t {
			rest = append(rest, other)
		}
	}
	if len(rest) == 0 {
		delete(s.live, conn)
		return
	}
	s.live[conn] = rest
}

// take gives the story of the stream that began with a handshake, and forgets it.
func (s *stories) take(conn uint64, handshake int) *story {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.live[conn] {
		if t.handshake == handshake {
			s.remove(conn, t)
			return t
		}
	}
	return &story{begun: time.Now()}
}

// look gives a copy of the story of the stream that began with a handshake, as it
// is so far.
func (s *stories) look(conn uint64, handshake int) story {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.live[conn] {
		if t.handshake == handshake {
			copied := *t
			copied.hellos.told = slices.Clone(t.hellos.told)
			return copied
		}
	}
	return story{begun: time.Now()}
}

// shown gives the first hello of a stream, once.
func (s *stories) shown(conn uint64, handshake int) (hello *wire.ClientHello) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.live[conn] {
		if t.handshake == handshake {
			hello, t.shown = t.shown, nil
		}
	}
	return hello
}

// tellRest logs a line for each stream that was ready when the server stopped, and
// that no session took.
func (s *stories) tellRest() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn, list := range s.live {
		for _, t := range list {
			if t.done {
				s.log.Info("connection", "conn", conn, "client", t.client, "ended", endedStopped, "error", "the server stopped before this connection was served")
			}
		}
	}
	clear(s.live) // what is still in its handshake ends with the process
}

func (t *story) note(e parley.Event) {
	switch d := e.Detail.(type) {
	case parley.MessageDetail:
		if d.Hello != nil && !t.done {
			t.hello = d.Hello
		}
	case parley.HandshakeDetail:
		t.finish()
		t.hellos.end(e.Handshake, "")
	case parley.FailureDetail:
		if e.Name == parley.EventHandshakeFailed {
			t.hellos.end(e.Handshake, d.Reason)
		}
		if t.failure == (parley.FailureDetail{}) {
			t.failure = d
		}
	case parley.SecondHelloDetail:
		t.next = d.Hello
		t.hellos.begin(e, d)
	case parley.AnsweredDetail:
		if d.Answer != parley.AnswerIsolate {
			t.next = nil
		}
		t.hellos.answer(e.Handshake, d)
	case parley.DataDetail:
		t.hellos.crossed(e.Handshake, d.FromClient)
	case parley.RationedDetail:
		t.hellos.wait(e.Handshake, d.Wait)
	}
}

// finish notes that a handshake is done, and keeps of the first hello what the
// line says.
func (t *story) finish() {
	if t.hello != nil {
		_, t.ja3 = t.hello.JA3()
		t.ja4 = t.hello.JA4()
		ticket, _ := t.hello.SessionTicket()
		t.ticket = len(ticket) > 0
	}
	t.done, t.hello = true, nil
}
