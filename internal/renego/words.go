// Package renego judges second hellos: which kind one is, what may be answered to
// it, on which terms the handshake then runs, and what it may change. Its
// functions are pure; the server and the dissector share them.
package renego

import (
	"fmt"
	"slices"
)

// A Kind says what a second ClientHello is. Only Classify decides it.
type Kind uint8

// The kinds of second hello.
const (
	KindSecure  Kind = iota + 1 // renegotiation_info names the connection: RFC 5746
	KindReset                   // looks like a first hello of a client that knows RFC 5746, inside the connection
	KindForged                  // claims what no honest client would
	KindBare                    // from a client older than RFC 5746
	KindRestart                 // in clear: the client forgot its keys
)

var kindNames = [...]string{KindSecure: "secure", KindReset: "reset", KindForged: "forged", KindBare: "bare", KindRestart: "restart"}

// String gives the kind's one name.
func (k Kind) String() string {
	if k == 0 || int(k) >= len(kindNames) {
		return fmt.Sprintf("kind %d", uint8(k))
	}
	return kindNames[k]
}

// Finding gives the id under which logs and reports name this kind.
func (k Kind) Finding() string { return "reneg-" + k.String() + "-hello" }

// An Answer is what the server does with a second hello.
type Answer uint8

// The answers. AnswerDefault stands for the kind's default.
const (
	AnswerDefault    Answer = iota
	AnswerAccept            // handshake; the stream goes on
	AnswerAcceptFull        // as accept, and a reset hello may have a full handshake
	AnswerResumed           // accept only what resumes the session in use
	AnswerRefuse            // warning no_renegotiation
	AnswerAbort             // fatal alert
	AnswerIsolate           // handshake; what follows is another connection
	AnswerTrust             // accept without a binding
)

var answerNames = [...]string{"default", "accept", "accept-full", "resumed", "refuse", "abort", "isolate", "trust"}

// String gives the answer's one name, as settings spell it.
func (a Answer) String() string {
	if int(a) >= len(answerNames) {
		return fmt.Sprintf("answer %d", uint8(a))
	}
	return answerNames[a]
}

// ParseAnswer reads a setting's word for an answer to hellos of a kind.
func ParseAnswer(k Kind, word string) (Answer, error) {
	for _, a := range Allowed(k) {
		if a.String() == word {
			return a, nil
		}
	}
	return 0, fmt.Errorf("%s: %q is no answer to a %s hello; there are %v", k, word, k, Allowed(k))
}

// allowed lists the answers of each kind, its default first.
var allowed = map[Kind][]Answer{
	KindSecure:  {AnswerAccept, AnswerRefuse, AnswerAbort},
	KindReset:   {AnswerAccept, AnswerAcceptFull, AnswerRefuse, AnswerAbort},
	KindForged:  {AnswerAbort},
	KindBare:    {AnswerRefuse, AnswerResumed, AnswerIsolate, AnswerTrust, AnswerAbort},
	KindRestart: {AnswerAbort, AnswerIsolate},
}

// Allowed gives the answers that a kind has, its default first.
func Allowed(k Kind) []Answer { return slices.Clone(allowed[k]) }

// Terms are the conditions a handshake runs under.
type Terms uint8

// The terms.
const (
	TermsInitial  Terms = iota // the first hello
	TermsSecure                // RFC 5746
	TermsBound                 // a reset hello, only the session in use
	TermsResumed               // a bare hello, only the session in use
	TermsIsolated              // what follows is another connection
	TermsTrusted               // nothing binds it
)

var termsNames = [...]string{"initial", "secure", "bound", "resumed", "isolated", "trusted"}

// String gives the terms' one name.
func (t Terms) String() string {
	if int(t) >= len(termsNames) {
		return fmt.Sprintf("terms %d", uint8(t))
	}
	return termsNames[t]
}
