package diagnose

import (
	"fmt"
	"strings"

	"github.com/parley-tls/parley/internal/wire"
)

// weakSuite finds connections under a suite that should not be in use.
func weakSuite(s *story) []Finding {
	h := s.first()
	id, _ := s.cipher()
	why := weakness(id)
	if h == nil || h.done == nil || why == "" || id == 0 { // no suite was seen
		return nil
	}
	f := Finding{
		ID: "suite-weak", Level: Risk, Culprit: CulpritNone, Confidence: Sure,
		Sentence: fmt.Sprintf("The connection uses %s: %s.", id, why),
		Cause:    "the client has nothing better, or the server prefers it",
		Frames:   frames(h.serverHelloAt), At: h.doneAt.At,
		Proof:    []Proof{{Frame: h.serverHelloAt.Place.Frame, At: h.serverHelloAt.At, Field: "cipher_suite", Value: id.String(), Bytes: []byte{byte(id >> 8), byte(id)}}},
		Remedies: []Remedy{{Where: "the client", Setting: "a library with AES; until then keep its connections short", Safe: true}},
	}
	if h.hello != nil {
		if better := usable(h.hello, bestVersion(h.hello)); len(better) > 0 {
			f.Cause = fmt.Sprintf("the server chose it, though the client also offers %s", better[0])
			f.Remedies = []Remedy{{Where: "the server", Setting: "turn the weak suite off, or put it last; in Parley: leave it out of --suites, as the default does", Safe: true}}
		}
	}
	return []Finding{f}
}

// weak says what is wrong with suites whose names have a word.
var weak = []struct{ word, why string }{
	{"_NULL_", "it does not encrypt"},
	{"_anon_", "nobody proves who the server is"},
	{"_EXPORT", "its keys are short enough to be found (FREAK, Logjam)"},
	{"_RC4_", "RC4 leaks plaintext; RFC 7465 forbids it"},
	{"_RC2_", "RC2 has short keys"},
	{"_DES_", "DES has keys of 56 bits"},
	{"_3DES_", "3DES has 64-bit blocks and leaks plaintext in long connections (Sweet32)"},
	{"_IDEA_", "IDEA has 64-bit blocks and leaks plaintext in long connections (Sweet32)"},
}

func weakness(id wire.SuiteID) string {
	for _, w := range weak {
		if strings.Contains(id.String(), w.word) {
			return w.why
		}
	}
	return ""
}
