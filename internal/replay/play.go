package replay

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/tape"
	"github.com/parley-tls/parley/internal/trace"
)

// Options say against whom a plan is played, and how.
type Options struct {
	Address string
	Speed   float64 // 1: as in the capture; 2: twice as fast; 0: without pauses
	// Timeout is how long an answer is waited for, longer than it took in the capture.
	Timeout     time.Duration
	Certificate *tls.Certificate // nil: an empty list is sent
	Tape        *tape.Tape       // nil: nothing is written
	Says        func(Remark)     // is told each remark when it is made; nil: nobody is
}

// A Remark says at a step how the live server answers otherwise than the captured
// one did.
type Remark struct {
	Step int // an index; -1: before the first
	Text string
}

// A Result is what came of a replay.
type Result struct {
	Outcome Outcome
	Verdict Verdict
	Remarks []Remark
	Live    *diagnose.Diagnosis // nil: there is nothing to tell
}

// A ConnectError says that the server could not be reached.
type ConnectError struct{ Err error }

func (e *ConnectError) Error() string { return "no connection: " + e.Err.Error() }

func (e *ConnectError) Unwrap() error { return e.Err }

// Play plays a plan. The error is a *ConnectError.
func Play(ctx context.Context, plan *Plan, o Options) (*Result, error) {
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, limit(plan, o))
	defer cancel()
	p := &player{ctx: ctx, plan: plan, o: o, memory: tape.NewMemory(o.Tape), result: new(Result), at: -1}
	if plan.Session {
		p.getSession()
	}
	if err := p.connect(); err != nil {
		return nil, err
	}
	p.result.Outcome = p.run()
	p.hangUp()
	p.result.Outcome.Differs = len(p.result.Remarks)
	p.result.Verdict = judge(plan, p.result.Outcome)
	tell := p.memory.Conversations
	if plan.Sealed {
		tell = p.memory.Sealed // so that the two can be held against each other
	}
	// The last that began is the one that was played.
	if told := tell(); len(told) > 0 {
		p.result.Live = diagnose.Diagnose(slices.MaxFunc(told, func(a, b *trace.Conversation) int { return a.Number - b.Number }))
	}
	return p.result, nil
}

// DefaultTimeout is how long an answer is waited for where nothing is said.
const DefaultTimeout = 10 * time.Second

// limit is how long a whole replay may take: the pauses, and a few answers that do
// not come.
func limit(plan *Plan, o Options) time.Duration {
	total := scaled(plan.Time, o.Speed)
	for _, s := range plan.Steps {
		if s.Act == ActAwaitEnd {
			total += s.Wait
		}
	}
	return total + 8*o.Timeout
}

func scaled(d time.Duration, speed float64) time.Duration {
	if speed <= 0 {
		return 0
	}
	return time.Duration(float64(d) / speed)
}

// A player plays one plan.
type player struct {
	ctx    context.Context
	plan   *Plan
	o      Options
	memory *tape.Memory
	result *Result

	conn   *cutter
	framer *framer
	client *legacyclient.Client
	at     int // the step

	session *legacyclient.Session // of an earlier connection
	got     int64                 // application bytes from the server
	asked   int                   // HelloRequests that came and were not yet answered
	late    bool                  // the server's data does not come: it is waited for no longer
	hand
}

// A hand is how far a handshake is.
type hand struct {
	under     bool
	flight    bool             // the server's answer is there
	keyed     bool             // ClientKeyExchange is sent
	changed   bool             // so is ChangeCipherSpec
	finished  bool             // so is Finished
	confirmed bool             // the server's Finished is there
	due       *HandshakeResult // what the handshake came to, once that is due in the capture; nil: it is not, or was compared
}

func (p *player) remark(format string, args ...any) {
	r := Remark{Step: p.at, Text: fmt.Sprintf(format, args...)}
	p.result.Remarks = append(p.result.Remarks, r)
	if p.o.Says != nil {
		p.o.Says(r)
	}
}

// dial connects, with the recorder listening.
func (p *player) dial() (*cutter, *framer, error) {
	d := net.Dialer{Timeout: p.o.Timeout}
	tcp, err := d.DialContext(p.ctx, "tcp", p.o.Address)
	if err != nil {
		return nil, nil, &ConnectError{err}
	}
	context.AfterFunc(p.ctx, func() { _ = tcp.Close() })
	track := tape.NewTrack(p.memory, tape.AddrPort(tcp.LocalAddr()), tape.AddrPort(tcp.RemoteAddr()), capture.BtoA)
	f := new(framer)
	return &cutter{Conn: tape.NewConn(tcp, capture.BtoA, track), layout: f.layout, pause: p.pause, timeout: p.o.Timeout}, f, nil
}

func (p *player) pause(d time.Duration) {
	if d = scaled(d, p.o.Speed); d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-p.ctx.Done():
	}
}

func (p *player) connect() (err error) {
	if p.conn, p.framer, err = p.dial(); err != nil {
		return err
	}
	p.client = p.newClient(p.conn, p.framer)
	return nil
}

func (p *player) newClient(c *cutter, f *framer) *legacyclient.Client {
	return legacyclient.New(c, legacyclient.Options{
		Version: p.plan.hello().Like.Version, Certificate: p.o.Certificate, TakesData: p.plan.TakesData,
		HelloRequest: legacyclient.ReactTell, Shape: f.shape, Timeout: p.o.Timeout,
		KeyLog: func(line string) { _, _ = p.memory.KeyLog().Write([]byte(line)) }, // a tape tells its errors at its end
	})
}

// hello is the first one. Every plan has it.
func (p *Plan) hello() *HelloStep {
	for _, s := range p.Steps {
		if s.Act == ActHello {
			return s.Hello
		}
	}
	return nil
}

// getSession makes a connection only to have a session that the first hello can offer.
func (p *player) getSession() {
	c, f, err := p.dial()
	if err != nil {
		return // the connection that counts fails likewise, and tells
	}
	defer c.Close()
	client := p.newClient(c, f)
	h := *p.plan.hello()
	h.Offers = OfferNone
	hello := build(&h, nil, nil)
	err = p.talk(c)
	if err == nil {
		err = client.BeginWith(legacyclient.Hello{Kind: legacyclient.HelloFirst}, hello, nil)
	}
	if err == nil {
		err = client.Finish()
	}
	if err == nil {
		err = client.CloseWrite()
	}
	switch {
	case err != nil:
		p.remark("a connection to get a session that the first hello can offer failed: %v", err)
	case !client.Session().CanBeOffered():
		p.remark("the server gives no session that the first hello could offer")
	default:
		p.session = client.Session()
	}
}

// hangUp closes what is left open.
func (p *player) hangUp() {
	p.closeWrite()
	_ = p.conn.Close() // it may be closed
}

var errOver = errors.New("the replay is over")

// run plays the steps, and says what came of them.
func (p *player) run() Outcome {
	if err := p.talk(p.conn); err != nil {
		return p.ended(err)
	}
	for i := range p.plan.Steps {
		p.at = i
		err := p.step(&p.plan.Steps[i])
		switch {
		case errors.Is(err, errOver):
			return p.result.Outcome
		case err != nil && p.goodbyes(i) && closes(err):
			return Outcome{Served: true, Step: i}
		case err != nil:
			return p.ended(err)
		}
	}
	if p.plan.Modern {
		// The live server chose another version, and so the handshake can go on.
		if err := p.complete(); err != nil {
			return p.ended(err)
		}
	}
	if f := p.plan.Fail; f != nil && f.By == trace.Client {
		return Outcome{By: trace.Client, Step: f.Step, AsPlanned: true}
	}
	if p.result.Outcome.Refused {
		return p.result.Outcome
	}
	return Outcome{Served: true, Step: len(p.plan.Steps) - 1}
}

// goodbyes reports whether from a step on only ends follow, and nothing failed in
// the capture: then it matters little who says goodbye first.
func (p *player) goodbyes(from int) bool {
	for _, s := range p.plan.Steps[from:] {
		switch s.Act {
		case ActAlert, ActAwaitEnd, ActClose, ActReset:
		default:
			return false
		}
	}
	return p.plan.Fail == nil
}
