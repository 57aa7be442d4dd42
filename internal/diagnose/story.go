package diagnose

import (
	"slices"
	"sort"
	"time"

	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// A story is a conversation sorted by what detectors ask of it. Its pointers
// into details are never nil inside a slice.
type story struct {
	c *trace.Conversation

	handshakes   []*handshake // in the order in which they began
	sealed       []*sealedHandshake
	strays       []record // sealed handshake records of the server's while no handshake was under way
	alerts       []alert
	records      []record // the remarkable ones
	fatals       []alert  // of alerts, those that are fatal
	sealedAlerts []record // of records, the alerts that stayed sealed
	data         []data
	asked        []moment // HelloRequests
	crossed      []moment
	rationed     []moment
	failures     []failure // what a server said of its own failures
	unnamed      []failure // and what has no finding's name
	gaps         []gap
	ends         map[trace.Side]end

	keyChanges     []keyChange
	keyed          map[trace.Side]moment // since when a side's records are under keys; none of TLS 1.3
	opened, locked string                // of the keys; locked only where something stayed closed
	dataSealed     bool
	heard          map[trace.Side]bool // who said anything
	last           moment              // the last one that tells something a peer did
}

// A moment is an event and its number in the conversation, from 1; that of no
// event is 0.
type moment struct {
	trace.Event
	n int
}

// after reports whether m came after other.
func (m moment) after(other moment) bool { return m.n > other.n }

// A handshake is the messages of one handshake that could be read.
type handshake struct {
	number int
	begun  moment

	hello             *wire.ClientHello // nil: not seen
	helloFault        string
	helloAt           moment
	serverHello       *wire.ServerHello
	serverHelloAt     moment
	certificate       *wire.Certificate // the server's
	certificateAt     moment
	keyExchange       *wire.ServerKeyExchange
	keyExchangeAt     moment
	request           *wire.CertificateRequest
	requested         bool // even where the request could not be read
	clientCertificate *wire.Certificate
	clientCertAt      moment
	ticketLength      int // of the NewSessionTicket; 0: none
	messages          []message

	second   *trace.SecondHelloDetail // nil: a first handshake
	secondAt moment
	answered *trace.AnsweredDetail
	isolated bool
	keys     *trace.KeysDetail
	done     *trace.HandshakeDetail
	doneAt   moment
	failed   *trace.FailureDetail
	failedAt moment
}

type message struct {
	moment
	trace.MessageDetail
}

type alert struct {
	moment
	trace.AlertDetail
	during *handshake // the one under way when it came; nil: none
}

type record struct {
	moment
	trace.RecordDetail
}

type keyChange struct {
	moment
	trace.KeysDetail
}

type data struct {
	moment
	trace.DataDetail
}

type failure struct {
	moment
	trace.FailureDetail
}

type gap struct {
	moment
	trace.GapDetail
}

type end struct {
	moment
	trace.EndDetail
}

func newStory(c *trace.Conversation) *story {
	s := &story{c: c, ends: map[trace.Side]end{}, keyed: map[trace.Side]moment{}, heard: map[trace.Side]bool{}}
	seals := sealedReader{finishedNext: map[trace.Side]bool{}}
	for i, e := range c.Events {
		m := moment{Event: e, n: i + 1}
		s.add(m)
		seals.add(s, m)
	}
	return s
}

// onlyPeers are events that somebody must have caused.
var onlyPeers = map[trace.EventName]bool{trace.Message: true, trace.Record: true, trace.AlertEvent: true}

// add sorts one event in. What a detail is not, is passed over: a conversation
// may come from a file.
func (s *story) add(e moment) {
	if e.From != trace.Nobody && e.Name != trace.Closed && e.Name != trace.Gap {
		s.last, s.heard[e.From] = e, true
	}
	if e.From == trace.Nobody && onlyPeers[e.Name] {
		return
	}
	switch d := e.Detail.(type) {
	case trace.MessageDetail:
		s.message(e, d)
	case trace.SecondHelloDetail:
		if d.Kind < renego.KindSecure || d.Kind > renego.KindRestart {
			return
		}
		h := s.handshake(e)
		h.second, h.secondAt = &d, e
	case trace.AnsweredDetail:
		s.handshake(e).answered = &d
	case trace.KeysDetail:
		s.keys(e, d)
	case trace.HandshakeDetail:
		h := s.handshake(e)
		h.done, h.doneAt = &d, e
	case trace.FailureDetail:
		s.failure(e, d)
	case trace.AlertDetail:
		s.alert(alert{e, d, s.underWay()})
	case trace.RecordDetail:
		s.record(record{e, d})
	case trace.DataDetail:
		s.dataCame(e, d)
	case trace.GapDetail:
		s.gaps = append(s.gaps, gap{e, d})
	case trace.EndDetail:
		if e.From != trace.Nobody {
			s.ends[e.From] = end{e, d}
		}
	case trace.RationedDetail:
		s.rationed = append(s.rationed, e)
	default:
		s.plain(e)
	}
}

func (s *story) plain(e moment) {
	switch e.Name {
	case trace.HelloRequest:
		s.asked = append(s.asked, e)
	case trace.HandshakeBegun:
		s.handshake(e)
	case trace.Isolated:
		s.handshake(e).isolated = true
	}
}

// handshake gives the handshake that an event belongs to.
func (s *story) handshake(e moment) *handshake {
	for _, h := range slices.Backward(s.handshakes) {
		if h.number == e.Handshake {
			return h
		}
	}
	h := &handshake{number: e.Handshake, begun: e}
	s.handshakes = append(s.handshakes, h)
	return h
}

func (s *story) message(e moment, d trace.MessageDetail) {
	if d.Type == wire.MessageHelloRequest {
		if len(s.asked) == 0 || s.asked[len(s.asked)-1].Place != e.Place {
			s.asked = append(s.asked, e)
		}
		return
	}
	h := s.handshake(e)
	h.messages = append(h.messages, message{e, d})
	if d.Type == wire.MessageClientHello {
		h.hello, h.helloAt, h.helloFault = d.Hello, e, d.Fault
	}
	if d.Type == wire.MessageNewSessionTicket {
		h.ticketLength = max(0, d.Length-wire.MessageHeaderLen-ticketHeaderLen)
	}
	if d.Type == wire.MessageCertificateRequest {
		h.requested = true
	}
	h.parsed(e, d.Parsed)
}

// ticketHeaderLen is what stands before a ticket in its message: a lifetime and
// a length (RFC 5077, section 3.3).
const ticketHeaderLen = 6

func (h *handshake) parsed(e moment, parsed any) {
	switch p := parsed.(type) {
	case *wire.ServerHello:
		h.serverHello, h.serverHelloAt = p, e
	case *wire.Certificate:
		if e.From == trace.Client {
			h.clientCertificate, h.clientCertAt = p, e
		} else {
			h.certificate, h.certificateAt = p, e
		}
	case *wire.ServerKeyExchange:
		h.keyExchange, h.keyExchangeAt = p, e
	case *wire.CertificateRequest:
		h.request = p
	}
}

func (s *story) alert(a alert) {
	s.alerts = append(s.alerts, a)
	if a.Level == wire.LevelFatal {
		s.fatals = append(s.fatals, a)
	}
}

func (s *story) record(r record) {
	s.records = append(s.records, r)
	if r.Sealed && r.Type == wire.TypeAlert {
		s.sealedAlerts = append(s.sealedAlerts, r)
	}
}

func (s *story) keys(e moment, d trace.KeysDetail) {
	s.handshake(e).keys = &d
	s.keyChanges = append(s.keyChanges, keyChange{e, d})
	if s.keyed[e.From].n == 0 && d.Version < wire.VersionTLS13 {
		s.keyed[e.From] = e
	}
	if d.Opened != "" {
		s.opened = d.Opened
	}
	if d.Locked != "" {
		s.locked = d.Locked
	}
}

func (s *story) failure(e moment, d trace.FailureDetail) {
	if e.Name == trace.HandshakeFailed {
		h := s.handshake(e)
		h.failed, h.failedAt = &d, e
	}
	if d.Finding == "" {
		d.Finding = e.Finding
	}
	switch {
	case d.Finding != "":
		s.failures = append(s.failures, failure{e, d})
	case d.Reason != "" && s.c.Live:
		s.unnamed = append(s.unnamed, failure{e, d})
	}
}

func (s *story) dataCame(e moment, d trace.DataDetail) {
	if e.Name == trace.Crossed {
		s.crossed = append(s.crossed, e)
		if s.c.Live {
			return // Data counts it too
		}
	}
	s.data = append(s.data, data{e, d})
	s.dataSealed = s.dataSealed || d.Sealed
}

// first is the handshake that began the connection; nil: not seen.
func (s *story) first() *handshake {
	for _, h := range s.handshakes {
		if h.number == 0 {
			return h
		}
	}
	return nil
}

// underWay is the handshake that has begun and has not ended.
func (s *story) underWay() *handshake {
	if len(s.handshakes) == 0 {
		return nil
	}
	h := s.handshakes[len(s.handshakes)-1]
	if h.done != nil || h.failed != nil || h.refused() {
		return nil
	}
	return h
}

// epochBefore is the last handshake that was done before h.
func (s *story) epochBefore(h *handshake) *handshake {
	var before *handshake
	for _, other := range s.handshakes {
		if other == h {
			break
		}
		if other.done != nil {
			before = other
		}
	}
	return before
}

// begins reports whether nothing of the connection's beginning is missing.
func (s *story) begins() bool {
	return !slices.ContainsFunc(s.gaps, func(g gap) bool { return g.Why == trace.GapLate })
}

// established reports whether a handshake was done, as far as can be told.
func (s *story) established() bool {
	return slices.ContainsFunc(s.handshakes, func(h *handshake) bool { return h.done != nil }) || len(s.data) > 0
}

// dataBetween counts application bytes that came after a and before b, or, if b
// is no event, until the end.
func (s *story) dataBetween(a, b moment) (fromClient, toClient int64) {
	for i := since(s.data, a); i < len(s.data) && (b.n == 0 || b.after(s.data[i].moment)); i++ {
		fromClient += s.data[i].FromClient
		toClient += s.data[i].ToClient
	}
	return fromClient, toClient
}

// since is the index of the first of some events, in their order, that came
// after e.
func since[T interface{ after(moment) bool }](events []T, e moment) int {
	return sort.Search(len(events), func(i int) bool { return events[i].after(e) })
}

// silence is how long nothing had happened when a side's stream ended.
func (s *story) silence(of trace.Side) time.Duration {
	e, ok := s.ends[of]
	if !ok {
		return 0
	}
	return max(0, e.At-until(s.last))
}

// oneSided reports whether the capture has one direction only.
func (s *story) oneSided() bool {
	return !s.c.Live && s.established() && s.heard[trace.Client] != s.heard[trace.Server]
}

// until is when the last of what an event tells came.
func until(e moment) time.Duration {
	if d, ok := e.Detail.(trace.DataDetail); ok {
		return max(e.At, d.Until)
	}
	return e.At
}

// version is what the connection speaks; 0: not known.
func (s *story) version() wire.Version {
	for _, h := range s.handshakes {
		if h.done != nil && h.done.Version != 0 {
			return h.done.Version
		}
		if h.serverHello != nil {
			if v, err := h.serverHello.SelectedVersion(); err == nil {
				return v
			}
			return h.serverHello.Version
		}
		if h.keys != nil && h.keys.Version != 0 {
			return h.keys.Version
		}
	}
	return 0
}
