package renego

import "fmt"

// A Policy says how second hellos are answered. Its zero value answers each kind
// with its default: a reset hello is accepted only bound by session.
type Policy struct {
	Secure, Reset, Bare, Restart Answer
	// Strict follows RFC 5746 to the letter: the SCSV in a second hello aborts.
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
	return nil
}

// Answer gives the policy's answer to a hello, never AnswerDefault.
func (p Policy) Answer(v Verdict) Answer {
	if p.Strict && v.Kind == KindReset {
		return AnswerAbort // RFC 5746, section 3.7
	}
	if a := p.answer(v.Kind); a != AnswerDefault {
		return a
	}
	return allowed[v.Kind][0]
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
