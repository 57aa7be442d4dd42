package explain

import (
	"regexp"
	"strings"

	"github.com/parley-tls/parley/docs/findings"
)

var (
	// idForm is how a finding's id is made.
	idForm = regexp.MustCompile(`[a-z0-9]+(?:-[a-z0-9]+)*`)
	// endedAs is what parley serve logs of a stream's end, as text or JSON.
	endedAs = regexp.MustCompile(`\bended(?:=|":")([a-z0-9-]+)`)
)

// findingItem finds a finding's id: the whole text, or where a log line or an
// error of Parley's has one.
func findingItem(l lineRead) (Item, bool) {
	if m := endedAs.FindStringSubmatch(l.raw); m != nil {
		if e, ok := findings.Lookup(m[1]); ok {
			return entryItem(e), true
		}
	}
	whole := strings.ToLower(strings.TrimSpace(l.raw))
	for _, id := range idForm.FindAllString(l.raw, -1) {
		if e, ok := findings.Lookup(id); ok && strings.Contains(id, "-") {
			return entryItem(e), true
		}
	}
	if e, ok := findings.Lookup(whole); ok {
		return entryItem(e), true
	}
	return Item{}, false
}

func entryItem(e findings.Entry) Item {
	return Item{Message: e.ID, Library: libParley, Meaning: e.Sentence, Page: &e}
}

// parleyMessages has the words of ended= that are no finding's, and reasons without one.
var parleyMessages = []message{
	ended("clean", "The stream ended in good order: close_notify from both sides.", closed),
	ended("idle", "Nothing came from either side for longer than --idle-timeout allows.", timeout),
	ended("stopped", "Parley itself was stopped (SIGTERM or SIGINT) and --drain was over.", ownEnd),
	ended("backend", "The backend could not be reached, or failed. No client caused it; error= has the reason.", ownBackend),
	ended("error", "It ended for a reason that no finding is about; error= has it.", ownEnd),
	message{name: "the client's Finished does not verify", library: libParley, meaning: "The client's Finished does not fit the handshake that Parley saw. In a second handshake that is how a spliced one ends.", about: finishedWrong}.server(),
	message{name: "the handshake awaits", texts: []string{"the handshake awaits … and got"}, library: libParley, meaning: "A handshake message came that is not due; the line names both.", about: outOfOrder}.server(),
	{name: "listening on", library: libParley, meaning: "Clients can connect. It is no failure.", about: ownEnd, weak: true},
}

var ownEnd = &topic{
	parley:  "Nothing.",
	client:  "Nothing.",
	capture: "Nothing.",
}

var ownBackend = &topic{
	causes: []Cause{
		by("", "the backend is not running, listens elsewhere, refuses, or closed by a reset."),
	},
	parley:  "Check --backend, and that the backend is up: the same connection without TLS must work.",
	client:  "Nothing: it did nothing wrong.",
	capture: "Between Parley and the backend, where all is in clear.",
}

func ended(word, meaning string, about *topic) message {
	return message{
		name: "ended=" + word, texts: []string{"ended=" + word, `"ended":"` + word + `"`}, library: libParley, meaning: meaning, about: about,
		who: "Parley's own log line of a stream that ended.",
	}
}

// A word is one of Parley's own.
type word struct{ word, sort, meaning, finding string }

const (
	aKind    = "a kind of second hello"
	anAnswer = "an answer to a second hello"
)

// words are the kinds of second hellos and the answers to them, as
// ARCHITECTURE.md defines them.
var words = []word{
	{"secure", aKind, "The client renegotiates as RFC 5746 has it: inside the connection, renegotiation_info equal to its verify_data.", "reneg-secure-hello"},
	{"reset", aKind, "The client began its handshake again inside the connection, as if it were the first: no renegotiation_info, and the SCSV.", "reneg-reset-hello"},
	{"forged", aKind, "The hello contradicts the connection that it arrived in. It is always aborted.", "reneg-forged-hello"},
	{"bare", aKind, "A client from before RFC 5746 renegotiates: neither renegotiation_info nor the SCSV.", "reneg-bare-hello"},
	{"restart", aKind, "The client forgot its TLS state and began again in clear on the same TCP connection.", "reneg-restart-hello"},
	{"accept", anAnswer, "Handshake, and the same stream goes on; for a reset hello only by resuming the session in use.", ""},
	{"accept-full", anAnswer, "As accept, for a reset hello that makes a full handshake too; for named clients only (--trust-from, --trust-until).", "reneg-reset-hello"},
	{"resumed", anAnswer, "Accept a bare hello, only if it resumes the session in use. Safe.", "reneg-bare-hello"},
	{"refuse", anAnswer, "Warning alert no_renegotiation; the connection goes on.", "reneg-refused"},
	{"abort", anAnswer, "Fatal alert; the connection ends.", ""},
	{"isolate", anAnswer, "Handshake, but what comes before and after it are two connections to everyone above TLS.", "reneg-restart-hello"},
	{"trust", anAnswer, "Accept a bare hello with nothing to bind it: CVE-2009-3555 for those clients. For named clients only.", "reneg-bare-hello"},
}

// wordItem takes a text that is one of Parley's words, perhaps with what it is a
// word for: "reset hello", "--bare resumed", "answer isolate".
func wordItem(l lineRead) (Item, bool) {
	text := strings.ToLower(strings.TrimSpace(l.raw))
	for _, before := range []string{"--secure ", "--reset ", "--bare ", "--restart ", "answer ", "answer: ", "kind ", "a "} {
		text = strings.TrimPrefix(text, before)
	}
	text = strings.TrimPrefix(strings.TrimSuffix(text, " hello"), "--")
	for _, w := range words {
		if w.word != text {
			continue
		}
		i := Item{Message: w.word, Library: libParley, Code: w.sort, Meaning: w.meaning}
		switch e, ok := findings.Lookup(w.finding); {
		case ok && w.sort == aKind:
			i.Page = &e
		case ok:
			i.Causes = []Cause{by(w.finding, "its page tells the whole of it.")}
		}
		return i, true
	}
	return Item{}, false
}
