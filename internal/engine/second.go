package engine

import (
	"errors"
	"time"

	"github.com/parley-tls/parley/internal/handshake"
	"github.com/parley-tls/parley/internal/record"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// What bounds second hellos.
const (
	maxSplits    = 8 // isolations of one connection
	maxRefusals  = 3 // gnutls-cli asks for ever
	maxAskedData = 64 << 10
	askedFor     = 10 * time.Second
	refusedFor   = 30 * time.Second // old OpenSSL hangs when it is refused
)

// A secondHello is one that waits for its answer, or led to the handshake that
// is under way.
type secondHello struct {
	hello    *wire.ClientHello
	verdict  renego.Verdict
	header   wire.Version // of the record it came in
	behind   bool         // bytes came behind it
	came     time.Duration
	count    int
	asks     bool // the answer is awaited
	decision renego.Decision
	until    time.Duration // it waits for points until then; zero: it does not
}

// restart takes a hello in clear whose record did not open: the epoch is over
// whatever is answered.
func (c *Conn) restart(hello *wire.ClientHello, header wire.Version) error {
	return c.secondHello(hello, false, header, false)
}

// secondHello judges a hello on a connection that has had its first.
func (c *Conn) secondHello(hello *wire.ClientHello, inside bool, header wire.Version, behind bool) error {
	hello = hello.Clone()
	c.handshakes++
	s := &secondHello{hello: hello, header: header, behind: behind, came: c.now, count: c.handshakes}
	s.verdict = renego.Classify(renego.Connection{
		Version: c.version, First: c.first,
		ClientVerifyData: c.state.ClientVerifyData, Session: c.state.Session,
	}, hello, inside)
	c.second = s
	c.tellHello(hello)
	c.emit(trace.Event{Name: trace.SecondHello, From: trace.Client, Finding: s.verdict.Kind.Finding(), Detail: trace.SecondHelloDetail{
		Kind: s.verdict.Kind, Proof: s.verdict.Proof, Resumes: s.verdict.Resumes, WhyNotResumed: s.verdict.WhyNotResumed,
		LikeFirst: s.verdict.LikeFirst, FirstSignalled: s.verdict.FirstSignalled,
		Asked: c.asked, Count: s.count, FromClient: c.fromClient, ToClient: c.toClient,
		HeaderVersion: header, Hello: hello,
	}})
	switch {
	case c.writeClosed:
		return c.decide(renego.Decision{Answer: renego.AnswerAbort, Reason: "a second hello after our close_notify cannot be answered"})
	case s.verdict.Kind == renego.KindForged:
		return c.decide(renego.Decide(s.verdict, renego.AnswerAbort))
	case c.state.ALPN == "h2":
		// RFC 9113, section 9.2.1 forbids renegotiation.
		return c.decide(c.refusal(s, "HTTP/2 does not renegotiate"))
	}
	s.asks = true
	return nil
}

// refusal refuses, where the kind can be refused.
func (c *Conn) refusal(s *secondHello, why string) renego.Decision {
	d := renego.Decide(s.verdict, renego.AnswerRefuse)
	d.Reason = why
	return d
}

// question asks for the answer to the hello.
func (s *secondHello) question(c *Conn) AnswerQuestion {
	return AnswerQuestion{
		Verdict: s.verdict, Asked: c.asked, Default: c.settings.Policy.Answer(s.verdict),
		Count: s.count, After: s.came, FromClient: c.fromClient, ToClient: c.toClient,
		State: c.state, Hello: s.hello,
	}
}

// answer makes the outside's answer definite.
func (c *Conn) answer(r AnswerReply) error {
	s := c.second
	s.asks = false
	d := renego.Decide(s.verdict, r.Answer)
	if d.Answer == renego.AnswerIsolate {
		if why := c.whyNotSplit(s, r); why != "" {
			d = renego.Decision{Answer: renego.AnswerAbort, Reason: "the stream cannot be split: " + why}
		}
	}
	return c.decide(d)
}

// whyNotSplit says what forbids an isolation now.
func (c *Conn) whyNotSplit(s *secondHello, r AnswerReply) string {
	switch {
	case !r.CanSplit:
		return r.WhyNot
	case s.behind:
		return "bytes came behind the hello" // the middle of a body must not become the start of a request
	case len(c.output) > 0:
		return "data to the client is still under way"
	case c.streams >= maxSplits:
		return "it was split too often"
	}
	return ""
}

// decide carries a decision out, once there are points for it.
func (c *Conn) decide(d renego.Decision) error {
	c.second.decision = d
	if wait := c.takePoints(c.cost()); wait > 0 {
		c.second.until = c.now + wait
		c.emit(trace.Event{Name: trace.Rationed, Detail: trace.RationedDetail{Wait: wait}})
		return nil
	}
	return c.act()
}

// cost says what the decision would cost us. An abort is free: it ends things.
func (c *Conn) cost() int {
	s, d := c.second, c.second.decision
	switch {
	case d.Answer == renego.AnswerAbort:
		return 0
	case d.Answer == renego.AnswerRefuse:
		return renego.CostRefused
	case s.verdict.Resumes && d.Terms.Rule().Sessions != renego.SessionsAny && !c.settings.AsksFirst(d.Terms, c.state.Outcome):
		return renego.CostAbbreviated
	}
	return renego.CostFull
}

// takePoints asks the connection's ration and then its source's.
func (c *Conn) takePoints(cost int) time.Duration {
	if cost == 0 {
		return 0
	}
	r := c.settings.Policy.Ration.OrDefault()
	before := c.bucket
	if wait := c.bucket.Take(c.now, cost, r.Connection, r.ConnectionPerSecond); wait > 0 {
		return wait
	}
	if c.options.Source == nil {
		return 0
	}
	wait := c.options.Source.Take(cost)
	if wait > 0 {
		c.bucket = before
	}
	return wait
}

// act refuses, aborts, or begins the handshake.
func (c *Conn) act() error {
	s := c.second
	s.until = 0
	d := s.decision
	c.emit(trace.Event{Name: trace.Answered, From: trace.Server, Finding: s.verdict.Kind.Finding(), Detail: trace.AnsweredDetail{
		Kind: s.verdict.Kind, Answer: d.Answer, Terms: d.Terms, Bound: d.Bound, Reason: d.Reason,
	}})
	switch d.Answer {
	case renego.AnswerRefuse:
		return c.refuse(d)
	case renego.AnswerAccept:
		return c.begin()
	case renego.AnswerIsolate:
		return c.split()
	}
	return c.fail(&wire.Fault{Alert: s.abortAlert(), Finding: s.verdict.Kind.Finding(), Reason: d.Reason})
}

// abortAlert is the alert of an abort. A restart that is aborted looks from
// outside as any record that does not open.
func (s *secondHello) abortAlert() wire.Alert {
	if s.verdict.Kind == renego.KindRestart {
		return wire.AlertBadRecordMAC
	}
	return wire.AlertHandshakeFailure
}

// refuse is the warning no_renegotiation; nothing of the hello remains.
func (c *Conn) refuse(d renego.Decision) error {
	if c.refusals++; c.refusals >= maxRefusals {
		return c.fail(&wire.Fault{Alert: wire.AlertHandshakeFailure, Finding: "reneg-insisted", Reason: "the client asks for a renegotiation again and again though it is refused"})
	}
	c.alert(wire.LevelWarning, wire.AlertNoRenegotiation)
	c.refusedAt, c.refusedTo = max(1, c.now), c.toClient // zero stands for none
	c.tellCrossed()
	c.release()
	if !c.alone() {
		return c.unexpected("bytes behind a hello that is refused, in its record")
	}
	return nil
}

// release lets data flow again.
func (c *Conn) release() {
	held := c.phase == PhaseRenegotiating
	c.phase = PhaseOpen
	c.handshake, c.second, c.asked = nil, nil, false
	if held {
		c.emit(trace.Event{Name: trace.Released, From: trace.Server})
	}
	if c.closeWaits {
		c.CloseWrite()
	}
}

// begin runs a handshake beside the living epoch.
func (c *Conn) begin() error {
	s := c.second
	c.refusedAt = 0
	c.handshake = handshake.NewServer(handshake.Context{
		Terms: s.decision.Terms, Rand: c.options.Rand,
		Settings: c.settings, Certificate: c.certificate,
		InUse: c.state.Outcome, ResumesInUse: s.verdict.Resumes,
	})
	c.emit(trace.Event{Name: trace.HandshakeBegun, From: trace.Client})
	return c.step(c.handshake.Hello(s.hello))
}

// split ends the stream and begins another with this hello as its first. After
// a restart the keys are gone; a bare hello's handshake is still under them.
func (c *Conn) split() error {
	s := c.second
	c.tellCrossed()
	c.emit(trace.Event{Name: trace.Isolated, Finding: s.verdict.Kind.Finding()})
	opener, sealer := c.opener, c.sealer
	version := c.version
	if s.verdict.Kind == renego.KindRestart {
		opener, sealer, version = record.PlainOpener(), record.PlainSealer(wire.VersionTLS10), 0
		c.opened = false
	}
	c.beginStream(opener, sealer)
	c.version = version
	c.closeWaits = false // the old stream's wish
	c.streams++
	c.phase, c.begun, c.first = PhaseSplitting, c.now, s.hello
	c.told, c.refusedAt, c.asked = trace.DataDetail{}, 0, false
	c.splitWaiting = true
	c.handshake = handshake.NewServer(handshake.Context{Terms: renego.TermsIsolated, Rand: c.options.Rand})
	c.emit(trace.Event{Name: trace.HandshakeBegun, From: trace.Client})
	return c.step(c.handshake.Hello(s.hello))
}

// HelloRequest asks the client to renegotiate (RFC 5246, section 7.4.1.1).
func (c *Conn) HelloRequest(now time.Duration) error {
	c.now = now
	switch {
	case c.ended != nil:
		return c.sendError()
	case c.phase != PhaseOpen || c.writeClosed:
		return errors.New("engine: a HelloRequest needs an open connection without a handshake under way")
	case c.state.ALPN == "h2":
		return errors.New("engine: HTTP/2 does not renegotiate")
	}
	if err := c.seal(wire.TypeHandshake, wire.HelloRequest()); err != nil {
		return c.fail(asFault(err))
	}
	c.phase, c.asked, c.askedAt, c.askedFrom = PhaseAsked, true, c.now, c.fromClient
	c.emit(trace.Event{Name: trace.HelloRequest, From: trace.Server, Finding: "reneg-server-asked"})
	return nil
}

// SetClientAuth has the stream's later handshakes ask for a client certificate,
// with these names of authorities; or no longer. Before its first is done it does
// nothing.
func (c *Conn) SetClientAuth(auth handshake.ClientAuth, authorities [][]byte) {
	if c.settings == nil {
		return
	}
	settings := *c.settings // others have the same
	settings.ClientAuth, settings.ClientCAs = auth, authorities
	c.settings = &settings
}

// giveUpAsking goes back to open: the client does not want to, or does not know how.
func (c *Conn) giveUpAsking() {
	c.phase, c.asked = PhaseOpen, false
}
