package inventory

import (
	"crypto/tls"
	"slices"
	"strings"
	"sync"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/proxy/rehearse"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// Needs are the least settings that serve a client, in the words of a
// permission's grant.
type Needs struct {
	MinVersion string   `json:"min_version,omitempty"` // the latest version that it offers; empty: not known
	Suites     []string `json:"suites,omitempty"`      // the best that it shares with us; none in TLS 1.3, which has its own
	Secure     string   `json:"secure,omitempty"`
	Reset      string   `json:"reset,omitempty"`
	Bare       string   `json:"bare,omitempty"`
	Restart    string   `json:"restart,omitempty"`
	// Never says why no settings serve it, by a finding.
	Never string `json:"never,omitempty"`
}

// maxSuites bounds the suites that a client needs: a client whose hello changes
// may need another one each time.
const maxSuites = 4

// A least remembers what it found: the devices of a fleet say the same hello, and
// come all at once when their power does.
type least struct {
	mu   sync.Mutex // guards what follows
	kept map[leastKey]Needs
}

// A leastKey is what the least settings depend on.
type leastKey struct {
	shape        [32]byte
	certificates *tls.Certificate // the first: others are of another list
}

// maxLeast bounds what is remembered.
const maxLeast = 1024

func (l *least) of(hello *wire.ClientHello, certificates []tls.Certificate) Needs {
	key := leastKey{shape: rehearse.Shape(hello)}
	if len(certificates) > 0 {
		key.certificates = &certificates[0]
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	found, ok := l.kept[key]
	if !ok {
		if l.kept == nil || len(l.kept) >= maxLeast {
			l.kept = map[leastKey]Needs{}
		}
		found = leastOf(hello, certificates)
		l.kept[key] = found
	}
	return found
}

// leastOf has a hello meet a server that has everything, best first. What it gets
// there is the least that settings must have.
func leastOf(hello *wire.ClientHello, certificates []tls.Certificate) Needs {
	keyless := rehearse.Keyless(certificates)
	if len(keyless) == 0 {
		keyless = rehearse.AnyCertificate()
	}
	config := &parley.Config{Certificates: keyless, CipherSuites: everySuite(), NoTickets: true, NoSessionIDs: true}
	switch got := rehearse.Play(config, rehearse.Client{Hello: hello, Header: wire.VersionTLS10}); {
	case got.Why != "":
		return Needs{Never: known(got.Finding)}
	case got.Version == wire.VersionTLS13:
		return Needs{MinVersion: number(got.Version)}
	default:
		return Needs{MinVersion: number(got.Version), Suites: []string{got.Suite.String()}}
	}
}

func everySuite() (out []uint16) {
	for _, s := range suite.All() {
		out = append(out, uint16(s.ID))
	}
	return out
}

// number is a version as settings write it: 1.2.
func number(v wire.Version) string { return strings.TrimPrefix(v.String(), "TLS ") }

// add has needs serve a second hello too. What was refused and lived with, and
// what is forged, needs nothing.
func (n *Needs) add(s Second) {
	to := n.answer(s.Kind)
	if s.Lived || to == nil {
		return
	}
	*to = moreOf(s.Kind, *to, leastAnswer(s).String())
}

// answer is where the answer to a kind stands; nil: it has none.
func (n *Needs) answer(k renego.Kind) *string {
	switch k {
	case renego.KindSecure:
		return &n.Secure
	case renego.KindReset:
		return &n.Reset
	case renego.KindBare:
		return &n.Bare
	case renego.KindRestart:
		return &n.Restart
	}
	return nil
}

// leastAnswer is the one that gives least of those that serve a hello.
func leastAnswer(s Second) renego.Answer {
	switch {
	case s.Kind == renego.KindReset && !s.Resumes:
		return renego.AnswerAcceptFull
	case s.Kind == renego.KindBare && s.Resumes:
		return renego.AnswerResumed
	case s.Kind == renego.KindBare && s.Terms == renego.TermsTrusted:
		return renego.AnswerTrust // its stream went on, and nobody can tell whether it could begin anew
	case s.Kind == renego.KindBare, s.Kind == renego.KindRestart:
		return renego.AnswerIsolate
	}
	return renego.AnswerAccept
}

// moreOf is the word that gives more; an empty one gives nothing.
func moreOf(k renego.Kind, a, b string) string {
	one, err := renego.ParseAnswer(k, a)
	if err != nil {
		return b
	}
	other, err := renego.ParseAnswer(k, b)
	if err != nil {
		return a
	}
	return renego.More(k, one, other).String()
}

// with are needs that serve all that two have seen.
func (n Needs) with(m Needs) Needs {
	out := n
	if n.MinVersion == "" || m.MinVersion != "" && m.MinVersion < n.MinVersion {
		out.MinVersion = m.MinVersion
	}
	out.Suites = slices.Concat(n.Suites, m.Suites)
	slices.SortFunc(out.Suites, func(a, b string) int { return slices.Index(suiteNames, a) - slices.Index(suiteNames, b) })
	out.Suites = slices.Compact(out.Suites)
	out.Suites = out.Suites[:min(len(out.Suites), maxSuites)]
	for _, k := range kinds {
		*out.answer(k) = moreOf(k, *n.answer(k), *m.answer(k))
	}
	out.Never = max(n.Never, m.Never)
	return out
}

var kinds = []renego.Kind{renego.KindSecure, renego.KindReset, renego.KindBare, renego.KindRestart}

// suiteNames are those of all suites, the best first.
var suiteNames = func() (out []string) {
	for _, s := range suite.All() {
		out = append(out, s.String())
	}
	return out
}()
