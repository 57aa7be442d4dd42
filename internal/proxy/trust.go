package proxy

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/parley-tls/parley"
)

// Trust is what clients that the operator names get beyond the policy for
// everybody.
type Trust struct {
	From        []netip.Prefix
	Until       time.Time // when it ends; zero: it does not
	Reset, Bare parley.Answer
}

// none reports whether nobody is trusted.
func (t Trust) none() bool { return len(t.From) == 0 }

// answer is the trusted answer to a kind; zero: none.
func (t Trust) answer(k parley.Kind) parley.Answer {
	switch k {
	case parley.KindReset:
		return t.Reset
	case parley.KindBare:
		return t.Bare
	}
	return parley.AnswerDefault
}

// names says whether a client is one of those named.
func (t Trust) names(client net.Addr) bool {
	return within(t.From, client)
}

// over says whether the trust has ended.
func (t Trust) over(now time.Time) bool {
	return !t.Until.IsZero() && !now.Before(t.Until)
}

// A truster answers second hellos by a Trust. Its answer is parley.Config's.
type truster struct {
	trust Trust
	log   *slog.Logger
	now   func() time.Time
	once  sync.Once // the end is told once
}

func (t *truster) answer(_ context.Context, hello *parley.SecondHello) parley.Answer {
	answer := t.trust.answer(hello.Kind)
	if answer == parley.AnswerDefault || !t.trust.names(hello.Hello.RemoteAddr) {
		return hello.Default
	}
	if t.trust.over(t.now()) {
		t.once.Do(t.tellEnd)
		return hello.Default
	}
	return answer
}

func (t *truster) tellEnd() {
	t.log.Warn("the trust in named clients has ended: their second hellos get the default answers",
		"trust_until", lastDay(t.trust.Until), "do", "update the clients, or set trust-until anew if they still need it")
}

// lastDay is the last day of a trust that ends at a midnight.
func lastDay(until time.Time) string { return until.AddDate(0, 0, -1).Format(time.DateOnly) }

// warn says at start what the trust costs.
func (t Trust) warn(log *slog.Logger, now time.Time) {
	if t.none() {
		return
	}
	if t.over(now) {
		log.Warn("the trust in named clients has ended already: the default answers apply", "trust_until", lastDay(t.Until),
			"do", "leave its flags out, or set trust-until anew if the clients still need it")
		return
	}
	for _, k := range []parley.Kind{parley.KindReset, parley.KindBare} {
		if a := t.answer(k); lasting(a) {
			log.Warn("second hellos of named clients are accepted with nothing that binds them to their connection: whoever can change the traffic of such a client can put words of his own before the client's",
				k.String(), a.String(), "trust_from", t.From, "trust_until", lastDay(t.Until))
		}
	}
}
