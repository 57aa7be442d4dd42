package renego

import "slices"

// permissiveness lists the answers of each kind, the one that gives most last.
var permissiveness = map[Kind][]Answer{
	KindSecure:  {AnswerAbort, AnswerRefuse, AnswerAccept},
	KindReset:   {AnswerAbort, AnswerRefuse, AnswerAccept, AnswerAcceptFull},
	KindBare:    {AnswerAbort, AnswerRefuse, AnswerResumed, AnswerIsolate, AnswerTrust},
	KindRestart: {AnswerAbort, AnswerIsolate},
}

// More is the answer that gives more to hellos of a kind.
func More(k Kind, a, b Answer) Answer {
	order := permissiveness[k]
	if slices.Index(order, b) > slices.Index(order, a) {
		return b
	}
	return a
}
