package renego

import "fmt"

// A Stream says what becomes of the application's stream at the handshake's end.
type Stream uint8

// What becomes of the stream.
const (
	StreamBegins Stream = iota
	StreamGoesOn
	StreamSplits
)

// Sessions says which sessions a handshake may resume.
type Sessions uint8

// Which sessions.
const (
	SessionsAny   Sessions = iota // what the store or a ticket gives
	SessionsAlike                 // the one in use, or another that agrees with it in all that identifies the client
	SessionsInUse                 // the one in use only
)

// A Rule holds all that differs between the terms of a handshake.
type Rule struct {
	// FullReply: ServerHello's renegotiation_info, where the hello signals RFC
	// 5746, carries both verify_data of this connection; else it is empty.
	FullReply bool
	Sessions  Sessions
	// MayBeFull: a handshake that resumes nothing is allowed.
	MayBeFull bool
	Stream    Stream
}

var rules = [...]Rule{
	TermsInitial:  {FullReply: false, Sessions: SessionsAny, MayBeFull: true, Stream: StreamBegins},
	TermsSecure:   {FullReply: true, Sessions: SessionsAlike, MayBeFull: true, Stream: StreamGoesOn},
	TermsBound:    {FullReply: true, Sessions: SessionsInUse, MayBeFull: false, Stream: StreamGoesOn},
	TermsResumed:  {FullReply: true, Sessions: SessionsInUse, MayBeFull: false, Stream: StreamGoesOn},
	TermsIsolated: {FullReply: false, Sessions: SessionsAny, MayBeFull: true, Stream: StreamSplits},
	TermsTrusted:  {FullReply: true, Sessions: SessionsInUse, MayBeFull: true, Stream: StreamGoesOn},
}

// Rule gives what holds under the terms.
func (t Terms) Rule() Rule { return rules[t] }

// A Decision is an answer made definite: for answers that lead to a handshake,
// its terms; for the others, why.
type Decision struct {
	Answer Answer // accept, refuse, abort or isolate
	Terms  Terms  // for accept and isolate
	Bound  string // what binds the handshake to the connection: "RFC 5746", "session and reply", "session", "reply only", "nothing"
	Reason string // for refuse and abort
}

// Decide makes the answer to a hello definite. An answer that the kind does not
// have is an abort.
func Decide(v Verdict, a Answer) Decision {
	if a == AnswerDefault {
		a = allowed[v.Kind][0]
	}
	switch a {
	case AnswerRefuse:
		if v.SSL30 {
			// RFC 6101, section 5.4.2 knows no no_renegotiation.
			return abort("SSL 3.0 has no warning with which to refuse a " + v.Kind.String() + " hello")
		}
		if v.Kind == KindSecure || v.Kind == KindReset || v.Kind == KindBare {
			return Decision{Answer: AnswerRefuse, Reason: "a " + v.Kind.String() + " hello is refused by this server's settings"}
		}
	case AnswerAbort:
		return abort(v.abortReason())
	}
	if v.SSL30 && v.Kind != KindSecure && v.Kind != KindRestart {
		return abort("a " + v.Kind.String() + " hello on SSL 3.0 is never answered")
	}
	switch v.Kind {
	case KindSecure:
		if a == AnswerAccept {
			return Decision{Answer: AnswerAccept, Terms: TermsSecure, Bound: "RFC 5746"}
		}
	case KindReset:
		return decideReset(v, a)
	case KindBare:
		return decideBare(v, a)
	case KindRestart:
		if a == AnswerIsolate {
			return Decision{Answer: AnswerIsolate, Terms: TermsIsolated, Bound: "nothing"}
		}
	case KindForged:
		return abort(v.abortReason())
	}
	return abort(fmt.Sprintf("%s is no answer to a %s hello", a, v.Kind))
}

func decideReset(v Verdict, a Answer) Decision {
	switch {
	case a != AnswerAccept && a != AnswerAcceptFull:
		return abort(fmt.Sprintf("%s is no answer to a reset hello", a))
	case v.Resumes:
		// RFC 5746, section 3.7 aborts on the SCSV here. We ask for another proof
		// instead: that the client knows the secret of this very connection.
		return Decision{Answer: AnswerAccept, Terms: TermsBound, Bound: "session and reply"}
	case a == AnswerAcceptFull && !v.LikeFirst:
		return abort("accept-full wants a reset hello that is otherwise equal to the first; " + v.Unlike)
	case a == AnswerAcceptFull:
		return Decision{Answer: AnswerAccept, Terms: TermsTrusted, Bound: "reply only"}
	default:
		return abort("the reset hello does not resume the session in use: " + v.WhyNotResumed)
	}
}

func decideBare(v Verdict, a Answer) Decision {
	switch {
	case a == AnswerIsolate:
		return Decision{Answer: AnswerIsolate, Terms: TermsIsolated, Bound: "nothing"}
	case (a == AnswerResumed || a == AnswerTrust) && v.Resumes:
		return Decision{Answer: AnswerAccept, Terms: TermsResumed, Bound: "session"}
	case a == AnswerTrust:
		return Decision{Answer: AnswerAccept, Terms: TermsTrusted, Bound: "nothing"}
	case a == AnswerResumed:
		return Decision{Answer: AnswerRefuse, Reason: "the bare hello does not resume the session in use: " + v.WhyNotResumed}
	default:
		return abort(fmt.Sprintf("%s is no answer to a bare hello", a))
	}
}

func abort(reason string) Decision { return Decision{Answer: AnswerAbort, Reason: reason} }
