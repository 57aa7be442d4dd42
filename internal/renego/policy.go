package renego

import "fmt"

// A Policy says how second hellos are answered. Its zero value answers each kind
// with its default: a reset hello is accepted only bound by session.
type Policy struct {
	Secure, Reset, Bare, Restart Answer
	// Strict follows the RFCs to the letter, whatever the answers say: only a
	// secure hello is ever accepted.
	Strict         bool
	IdentityChange IdentityChange
	Ration         Ration
}

// An IdentityChange says what a renegotiation may do to the client's identity.
type IdentityChange uint8

// What may become of an identity.
const (
	// IdentityMayAppear: a client certificate may appear where the epoch in use
	// has Extended Master Secret or came of a full handshake.
	IdentityMayAppear IdentityChange = iota
	// IdentityFixed: a renegotiation changes nothing.
	IdentityFixed
	// IdentityMayChange: one certificate may also take another's place, if the
	// application's VerifyConnection agrees.
	IdentityMayChange
)

// Check says which of the policy's answers its kind does not have.
func (p Policy) Check() error {
	for _, k := range []Kind{KindSecure, KindReset, KindBare, KindRestart} {
		a := p.answer(k)
		if a == AnswerDefault {
			continue
		}
		if _, err := ParseAnswer(k, a.String()); err != nil {
			return fmt.Errorf("Policy.%w", err)
		}
	}
	if r := p.Ration; min(r.Connection, r.ConnectionPerSecond, r.Source, r.SourcePerSecond) < 0 {
		return fmt.Errorf("Policy.Ration: %+v has a negative number", r)
	}
	return nil
}

// Answer gives the policy's answer to a hello, never AnswerDefault.
func (p Policy) Answer(v Verdict) Answer {
	if p.Strict && (v.Kind != KindSecure || !v.FirstSignalled) {
		return p.strict(v)
	}
	if a := p.answer(v.Kind); a != AnswerDefault {
		return a
	}
	return allowed[v.Kind][0]
}

// strict answers where no RFC lets a handshake go on.
func (p Policy) strict(v Verdict) Answer {
	if v.Kind == KindBare && !v.FirstSignalled && p.Bare != AnswerAbort {
		return AnswerRefuse // RFC 5746, section 4.4
	}
	// RFC 5746, sections 3.7 and, for renegotiation_info that nobody was told of,
	// 4.4; for what does not open, RFC 5246, section 7.2.2.
	return AnswerAbort
}

func (p Policy) answer(k Kind) Answer {
	switch k {
	case KindSecure:
		return p.Secure
	case KindReset:
		return p.Reset
	case KindBare:
		return p.Bare
	case KindRestart:
		return p.Restart
	}
	return AnswerDefault
}
