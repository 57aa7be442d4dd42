package parley

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"github.com/parley-tls/parley/internal/engine"
	"github.com/parley-tls/parley/internal/handshake"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/wire"
)

// asking is what the answers to one stream's questions have in common. Only who
// pumps touches it, but for cancel, which t.mu guards.
type asking struct {
	auth        tls.ClientAuthType
	certificate *certificate // shown in this stream
	peer        *peer        // judged in the handshake under way
	kind        renego.Kind  // of the second hello answered last
	reserved    bool         // a place in the listener is kept for a new half
	cancel      context.CancelFunc
}

// answer asks outside what the engine wants to know, without t.mu, and tells it.
func (t *transport) answer(w *wait, q engine.Question) {
	if second, ok := q.(engine.AnswerQuestion); ok {
		t.answerSecond(w, second)
		return
	}
	var r handshake.Reply
	t.outside(func() { r = t.ask(w, q) })
	t.heed(t.engine.Reply(t.now(), r))
	if t.handedOver() {
		t.modernize(w)
		return
	}
	t.settle()
}

// ask finds the answer to a handshake's question.
func (t *transport) ask(w *wait, q engine.Question) handshake.Reply {
	switch q := q.(type) {
	case handshake.ConfigQuestion:
		return t.chooseConfig(w, q)
	case handshake.SessionQuestion:
		return handshake.SessionReply{Session: t.findSession(w, q)}
	case handshake.CertificateQuestion:
		return t.showCertificate(w, q)
	case handshake.PrivateKeyQuestion:
		return usePrivateKey(t.asking.certificate.tls.PrivateKey, t.rules.config.chance(), q)
	case handshake.VerifyQuestion:
		return handshake.VerifyReply{Err: t.verify(q)}
	}
	return handshake.ConfigReply{Err: fmt.Errorf("no answer to a %T", q)}
}

// context is what hooks are called with; it ends with the handshake's time, and
// when the Conn is closed.
func (t *transport) context(w *wait) (ctx context.Context, done func()) {
	parent := context.Background()
	if w != nil && w.ctx != nil {
		parent = w.ctx
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.cancellable(parent, t.wake())
}

// cancellable makes a context that Close ends.
func (t *transport) cancellable(parent context.Context, until time.Time) (ctx context.Context, done func()) {
	var cancel context.CancelFunc
	if until.IsZero() {
		ctx, cancel = context.WithCancel(parent)
	} else {
		ctx, cancel = context.WithDeadline(parent, until)
	}
	t.asking.cancel = cancel
	return ctx, func() {
		cancel()
		t.mu.Lock()
		defer t.mu.Unlock()
		t.asking.cancel = nil
	}
}

// chooseConfig settles by which Config the stream is served, and by which engine.
func (t *transport) chooseConfig(w *wait, q handshake.ConfigQuestion) handshake.Reply {
	if t.listener != nil {
		t.listener.greet(t)
	}
	r, err := t.rulesFor(w, q.Hello)
	if err != nil {
		return handshake.ConfigReply{Err: noConfig(err)}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rules, t.current.hello, t.asking.auth = r, q.Hello, r.config.ClientAuth
	// One engine for each version; but a connection that began here stays here.
	handOver := r.modern != nil && q.Hello.OffersVersion(wire.VersionTLS13) && t.engine.Stream() == 0
	return handshake.ConfigReply{Settings: r.settings, HandOver: handOver}
}

// noConfig is what a client is told that gets no Config.
func noConfig(err error) *wire.Fault {
	var why *Error
	if errors.As(err, &why) && why.Alert != 0 {
		return &wire.Fault{Alert: wire.Alert(why.Alert), Finding: why.Finding, Reason: why.Reason}
	}
	return &wire.Fault{Alert: wire.AlertInternalError, Reason: fmt.Sprintf("ForClient: %v", err)}
}

func (t *transport) rulesFor(w *wait, hello *wire.ClientHello) (*rules, error) {
	ask := t.first.config.ForClient
	if ask == nil {
		return t.first, nil
	}
	ctx, done := t.context(w)
	defer done()
	chosen, err := ask(ctx, newClientInfo(ctx, t.inner, hello))
	if err != nil || chosen == nil {
		return t.first, err
	}
	return chosen.ready()
}

// findSession gives the session that a hello offers, if its client may still
// come; nil is a miss.
func (t *transport) findSession(w *wait, q handshake.SessionQuestion) *handshake.Session {
	ctx := context.Background()
	if !t.rules.ownStore() {
		var done func()
		ctx, done = t.context(w)
		defer done()
	}
	s := t.rules.findSession(ctx, q)
	if s == nil {
		return nil
	}
	p, err := t.rules.judge(t.asking.auth, s.ClientChain)
	if err != nil {
		return nil // a full handshake may bring a better certificate
	}
	t.asking.peer = p
	return s
}

// showCertificate chooses a certificate once for a stream.
func (t *transport) showCertificate(w *wait, q handshake.CertificateQuestion) handshake.Reply {
	c, err := t.certificateFor(w, q)
	if err != nil {
		return handshake.CertificateReply{Err: err}
	}
	t.asking.certificate = c
	return handshake.CertificateReply{Chain: c.tls.Certificate, Public: c.leaf.PublicKey}
}

// certificateFor asks GetCertificate and then the list.
func (t *transport) certificateFor(w *wait, q handshake.CertificateQuestion) (*certificate, error) {
	if t.rules.config.GetCertificate == nil {
		return t.rules.choose(q)
	}
	ctx, done := t.context(w)
	defer done()
	info := newClientInfo(ctx, t.inner, q.Hello)
	info.rsa, info.ecdsa = q.RSA, q.ECDSA
	return t.rules.getCertificate(info, q)
}

// verify judges the client at its handshake's end.
func (t *transport) verify(q handshake.VerifyQuestion) error {
	p := t.asking.peer
	unchanged := q.Outcome.Resumed && q.Outcome.Terms.Rule().Stream == renego.StreamGoesOn && len(q.Chain) == 0
	if !p.leafIs(q.Chain) && !unchanged {
		var err error
		if p, err = t.rules.judge(t.asking.auth, q.Chain); err != nil {
			return err
		}
		t.asking.peer = p
	}
	ask := t.rules.config.VerifyConnection
	switch {
	case ask != nil:
		return refusal(ask(outcomeState(q.Outcome, p)), p)
	case q.Change == renego.ChangeExchange:
		return &wire.Fault{
			Alert: wire.AlertHandshakeFailure, Finding: "reneg-identity-changed",
			Reason: "the client certificate of this connection would change, and no VerifyConnection agrees to it",
		}
	}
	return nil
}

// refusal puts VerifyConnection's no into an alert, unless it names one itself.
func refusal(err error, p *peer) error {
	var fault *wire.Fault
	switch {
	case err == nil, errors.As(err, &fault):
		return err
	case p != nil:
		return refused(wire.AlertBadCertificate, err)
	}
	return &wire.Fault{Alert: wire.AlertAccessDenied, Reason: fmt.Sprintf("VerifyConnection: %v", err)}
}

// answerSecond answers a second hello. Where that is isolate, the writing side is
// held until the stream is split.
func (t *transport) answerSecond(w *wait, q engine.AnswerQuestion) {
	r := engine.AnswerReply{Answer: q.Default}
	if hook := t.rules.config.Answer; hook != nil {
		t.outside(func() { r.Answer = t.askHook(w, hook, q) })
	}
	t.asking.kind = q.Verdict.Kind
	if r.Answer == renego.AnswerIsolate {
		r.WhyNot = t.prepareSplit()
		r.CanSplit = r.WhyNot == ""
	}
	t.heed(t.engine.Reply(t.now(), r))
	if r.CanSplit {
		t.splitOver()
	}
	t.settle()
}

// askHook asks Config.Answer; AnswerDefault from it is Policy's answer.
func (t *transport) askHook(w *wait, hook func(context.Context, *SecondHello) Answer, q engine.AnswerQuestion) Answer {
	ctx, done := t.context(w)
	defer done()
	t.mu.Lock()
	state := t.epoch.public()
	t.mu.Unlock()
	state.FromClient, state.ToClient = q.FromClient, q.ToClient
	a := hook(ctx, &SecondHello{
		Kind: q.Verdict.Kind, Asked: q.Asked, Default: q.Default, Count: q.Count, After: q.After,
		FromClient: q.FromClient, ToClient: q.ToClient,
		State: state, Hello: newClientInfo(ctx, t.inner, q.Hello),
	})
	return cmp.Or(a, q.Default)
}

// splitPatience bounds the wait for a writer before a stream is split.
const splitPatience = time.Second
