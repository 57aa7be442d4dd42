package diagnose

import "github.com/parley-tls/parley/internal/renego"

// secondHellos finds the second hellos that could be read.
func secondHellos(s *story) []Finding {
	var list []Finding
	for _, h := range s.handshakes {
		if h.second == nil {
			continue
		}
		what, last := s.outcome(h)
		list = append(list, secondHello(s, h, what, last))
	}
	return list
}

// secondHello makes the finding of one second hello.
func secondHello(s *story, h *handshake, what outcome, last stop) Finding {
	if h.second.Kind == renego.KindForged && s.gapBefore(h.secondAt) {
		return uncompared(s, h, last)
	}
	words := kinds[h.second.Kind]
	f := Finding{
		ID: h.second.Kind.Finding(), Level: levelOf(h, what), Culprit: CulpritNone, Confidence: Sure,
		Sentence: words.sentence + ", and " + outcomeWords(h, what, last) + ".", Cause: words.cause,
		At: h.secondAt.At, Frames: frames(h.secondAt, last.at),
		Proof: provenHello(s, h), RuledOut: ruledOutOf(s, h, last), Others: words.others(s),
		Remedies: words.remedies(s, h, what),
	}
	if last.alert != nil {
		f.Proof = append(f.Proof, alertProof(*last.alert))
	}
	if f.Level == Failure {
		f.Culprit = words.culprit(what)
	}
	if f.Culprit == CulpritServer && h.answered != nil && h.answered.Answer == renego.AnswerAccept {
		f.Culprit = CulpritUnknown // it had agreed: what it ended by came later
	}
	return f
}

// uncompared is a hello that does not agree with what is known of the connection,
// where not all of the connection is known.
func uncompared(s *story, h *handshake, last stop) Finding {
	return Finding{
		ID: "reneg-forged-hello", Level: Note, Culprit: CulpritNone, Confidence: Possible,
		Sentence: "The client sent a second hello that cannot be compared with its connection, of which bytes are missing.",
		Frames:   frames(h.secondAt, last.at), At: h.secondAt.At, Proof: provenHello(s, h),
		Missing: []string{"the handshake before, with which renegotiation_info would have to agree; capture the whole connection"},
	}
}

// levelOf says how bad a second hello was. One that was served though nothing
// bound it to the connection is a risk: nothing tells its client from another.
func levelOf(h *handshake, what outcome) Level {
	switch {
	case h.second.Kind == renego.KindForged:
		return Failure
	case h.second.Kind != renego.KindSecure && what == outcomeDone && !h.bound():
		return Risk
	}
	return levels[what]
}

func outcomeWords(h *handshake, what outcome, last stop) string {
	switch what {
	case outcomeDone:
		return "was served"
	case outcomeRefused:
		return "was refused with no_renegotiation"
	case outcomeIsolated:
		return "what followed was made another connection"
	case outcomeAborted:
		if h.answered != nil && last.alert == nil {
			return "the server ended the connection"
		}
	}
	return last.words()
}
