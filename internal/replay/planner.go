package replay

import (
	"fmt"
	"slices"
	"time"

	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// Make makes the plan. It is bounded, whatever was captured.
func Make(c *Captured) (*Plan, error) {
	p := &planner{c: c, plan: &Plan{TakesData: true}}
	p.holes = slices.ContainsFunc(c.Diagnosis.Conversation.Events, fromClientGap)
	if c.Diagnosis.Conversation.Protocol != trace.ProtocolTLS {
		return nil, fmt.Errorf("%w: connection %d is %s, not TLS", ErrNothing, c.Diagnosis.Conversation.Number, c.Diagnosis.Conversation.Protocol)
	}
	for _, m := range timeline(c) {
		if p.over {
			break
		}
		p.take(m)
		if len(p.plan.Steps) >= maxSteps {
			p.stop("only the beginning is replayed: %d steps", maxSteps)
		}
	}
	if p.first == nil {
		return nil, fmt.Errorf("%w: connection %d has no whole ClientHello to begin with", ErrNothing, c.Diagnosis.Conversation.Number)
	}
	p.finish()
	return p.plan, nil
}

func fromClientGap(e trace.Event) bool { return e.Name == trace.Gap && e.From == trace.Client }

// A planner goes through what was captured, in order.
type planner struct {
	c    *Captured
	plan *Plan

	first     *wire.ClientHello
	hellos    int
	helloEnd  int64        // where in the client's stream the hello ends
	version   wire.Version // negotiated; zero: not yet
	suite     wire.SuiteID
	last      time.Duration // when something last happened
	lastEnd   int           // the frame in which the client's last record ended
	open      *Shape        // that record's
	toClient  int64
	awaited   int64 // of those bytes
	dataFrame int   // in which the last of them came
	ticket    int   // how long the one is that the server gave
	id        int   // likewise its session id

	under    bool // a handshake is under way
	answered bool // the server began to answer the hello
	changed  [3]bool
	finished [3]bool
	resumes  bool         // no message but Finished came from the client
	restart  *HelloStep   // the client's last record; nil: that was something else
	was      wire.Version // negotiated before it
	opens    bool         // the client's records can be opened
	holes    bool         // bytes of the client\'s are missing, so that what is sealed need not be damaged
	asks     bool         // a sealed record of the server's may be a HelloRequest
	ended    bool         // a fatal alert passed
	closed   [3]bool
	over     bool
}

// noteOnce notes what happens often, but once.
func (p *planner) noteOnce(text string) {
	if !slices.Contains(p.plan.Notes, text) {
		p.note("%s", text)
	}
}

func (p *planner) note(format string, args ...any) { p.plan.note(format, args...) }

// stop leaves out what follows.
func (p *planner) stop(format string, args ...any) {
	p.over, p.plan.Partial = true, true
	p.note(format, args...)
}

func (p *planner) take(m moment) {
	switch {
	case m.Record == nil && m.end == nil:
		p.stop("what the client sent in frame %d is no record of TLS: from there on nothing is replayed", m.frame)
	case m.end != nil:
		p.takeEnd(m)
	case m.from == trace.Client:
		p.takeClient(m)
	default:
		p.takeServer(m)
	}
	p.last = max(p.last, m.at)
}

func (p *planner) add(s Step) {
	p.plan.Steps = append(p.plan.Steps, s)
}

// enough reports whether there is as much data as a plan may have. What comes after
// it still comes: the hello that failed may be at the end.
func (p *planner) enough() bool {
	if p.plan.Data < maxBytes && len(p.plan.Steps) < maxData {
		return false
	}
	p.noteOnce(fmt.Sprintf("data is left out from frame %d on, for there is much of it", p.lastEnd))
	return true
}

// before adds the wait for what the server sent before the client acted.
func (p *planner) before(m moment) {
	if p.toClient > p.awaited && !p.under && !p.enough() {
		p.add(Step{Act: ActAwaitData, Frame: p.dataFrame, Bytes: p.toClient})
		p.awaited = p.toClient
	}
}
