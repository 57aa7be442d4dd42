package proxy

import (
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/parley-tls/parley/internal/proxy/inventory"
	"github.com/parley-tls/parley/internal/proxy/rehearse"
	"github.com/parley-tls/parley/internal/wire"
)

// A tried is what a trial made of a stream. session.counting guards it but for
// done, which is closed when first is known.
type tried struct {
	done    chan struct{} // nil: it is not tried
	refused []string      // findings
}

// trialPatience bounds the wait of a line for a rehearsal, when its stream is over.
const trialPatience = time.Second

// try tries the first hello of a stream.
func (x *session) try(hello *wire.ClientHello, t story) {
	if x.by.trier == nil || hello == nil {
		return
	}
	done := make(chan struct{})
	if !x.by.trier.first(hello, x.visitorOf(t), func(served rehearse.Served) { x.triedFirst(served, t, done) }) {
		x.server.telemetry.TrialMissed()
		return
	}
	x.counting.Lock()
	defer x.counting.Unlock()
	x.tried.done = done
}

func (x *session) triedFirst(served rehearse.Served, t story, done chan struct{}) {
	defer close(done)
	finding := served.Finding
	if served.Why != "" && finding == "" {
		finding = endedError
	}
	x.server.telemetry.Tried("first", finding)
	x.tellTrial(t, finding, served.Why)
	x.counting.Lock()
	defer x.counting.Unlock()
	x.judge(finding)
}

// judge notes what a trial would have done. x.counting is held.
func (x *session) judge(finding string) {
	if finding != "" && !slices.Contains(x.tried.refused, finding) {
		x.tried.refused = append(x.tried.refused, finding)
	}
	x.server.commons.clients.Add(inventory.Sighting{Who: x.seen.who, At: time.Now(), Trial: inventory.Trial{Name: x.by.trier.trial.Name, Finding: finding}})
}

func (x *session) tellTrial(t story, finding, why string) {
	if finding != "" {
		x.server.trials.tell(x.server.log, x.by.trier.trial.Name, finding, why, x.client.RemoteAddr(), t)
	}
}

// tryAgain tries second hellos. x.counting is held.
func (x *session) tryAgain(t story, news []secondHello) {
	if x.by.trier == nil {
		return
	}
	for _, h := range news {
		finding := x.by.trier.second(h, x.visitorOf(t), x.client.State())
		x.server.telemetry.Tried(h.Kind, finding)
		x.tellTrial(t, finding, "")
		if finding != "" {
			x.judge(finding)
		}
	}
}

// missed are the findings that come where a leniency is missing.
var missed = map[Leniency]string{NoCloseNotify: findingTruncated}

// tryLeniencies asks whether what was put up with would be in the trial too. x's
// counting is held.
func (x *session) tryLeniencies(t story, forgiven []Leniency) {
	if x.by.trier == nil {
		return
	}
	fitting := fittingOf(x.by.trier.permissions, x.visitorOf(t), t.begun)
	for _, l := range forgiven {
		finding := missed[l]
		granted := slices.ContainsFunc(fitting, func(p *Permission) bool {
			return slices.Contains(p.Grant.Leniencies, l) && p.Match.proves(x.client.State())
		})
		if finding != "" && !granted {
			x.server.telemetry.Tried("end", finding)
			x.tellTrial(t, finding, "")
			x.judge(finding)
		}
	}
}

// trialAttributes are what a line says of a trial.
func (x *session) trialAttributes() []slog.Attr {
	x.counting.Lock()
	done := x.tried.done
	x.counting.Unlock()
	if done == nil {
		return nil
	}
	limit := time.NewTimer(trialPatience)
	defer limit.Stop()
	select {
	case <-done:
	case <-limit.C:
		return nil
	}
	x.counting.Lock()
	defer x.counting.Unlock()
	if len(x.tried.refused) == 0 {
		return []slog.Attr{slog.String("trial", "served")}
	}
	return []slog.Attr{slog.String("trial", "refused:"+strings.Join(x.tried.refused, ","))}
}
