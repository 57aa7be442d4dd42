package explain

import (
	"strings"
	"testing"

	"github.com/parley-tls/parley/docs/findings"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/trace"
)

// everyMessage gives all messages of all tables.
func everyMessage() []*message {
	var all []*message
	for _, table := range tables() {
		for i := range table {
			all = append(all, &table[i])
		}
	}
	return all
}

func TestEveryCauseIsAFindingWithAPage(t *testing.T) {
	topics := map[*topic]string{}
	for _, m := range everyMessage() {
		topics[m.about] = m.name
	}
	for _, e := range alerts {
		topics[e.about] = e.alert.String()
	}
	for about, of := range topics {
		for _, c := range about.causes {
			if _, ok := findings.Page(c.Finding); c.Finding != "" && !ok {
				t.Errorf("%s: %q has no page", of, c.Finding)
			}
			if !strings.HasSuffix(c.Why, ".") || strings.ToLower(c.Why[:1]) != c.Why[:1] && !strings.HasPrefix(c.Why, "TLS") {
				t.Errorf("%s: a cause is no sentence after a colon: %s", of, c.Why)
			}
		}
		for _, text := range []string{about.parley, about.client, about.capture} {
			if !strings.HasSuffix(text, ".") {
				t.Errorf("%s: %q is no sentence", of, text)
			}
		}
	}
}

func TestEveryMessageSaysWhatItMeans(t *testing.T) {
	for _, m := range everyMessage() {
		if m.name == "" || m.about == nil || !strings.HasSuffix(strings.TrimSuffix(m.meaning, ")"), ".") && !strings.HasSuffix(m.meaning, ").") {
			t.Errorf("%q: %q", m.name, m.meaning)
		}
	}
}

// TestEveryTextIsRecognised: no text of one message is taken for another's,
// unless the two are of the same topic, or of two libraries that cannot be told
// apart by it.
func TestEveryTextIsRecognised(t *testing.T) {
	for _, p := range patterns {
		line := strings.TrimSpace(strings.Join(p.parts, " "))
		got, ok := find(readLine(line), p.of.weak)
		if !ok {
			t.Errorf("%q of %s is not recognised", line, p.of.name)
			continue
		}
		if got != p.of && got.about != p.of.about && got.library == p.of.library {
			t.Errorf("%q of %s is taken for %s", line, p.of.name, got.name)
		}
	}
}

func TestEveryNumberIsOneMessages(t *testing.T) {
	type key struct {
		library string
		number  int
	}
	seen := map[key]string{}
	for _, m := range everyMessage() {
		if m.number == 0 {
			continue
		}
		k := key{m.library, m.number}
		if seen[k] != "" {
			t.Errorf("%d of %s is %s and %s", m.number, m.library, seen[k], m.name)
		}
		seen[k] = m.name
	}
}

func TestEveryAlertIsFoundByNameNumberAndLibrary(t *testing.T) {
	for _, e := range alerts {
		for _, line := range []string{
			"javax.net.ssl.SSLException: Received fatal alert: " + e.alert.String(),
			"remote error: tls: " + e.spellings()[len(e.names)],
			e.alert.String(),
			"SSL alert number " + numberOf(e),
			"alert " + numberOf(e),
			"error:0A000" + reasonOf(e),
		} {
			i, ok := explainLine(line)
			if !ok || i.Alert == nil || *i.Alert != e.alert {
				t.Errorf("%s is not %s: %q", line, e.alert, i.Message)
			}
		}
	}
}

func TestNoMessageLosesAllItsCauses(t *testing.T) {
	for _, m := range everyMessage() {
		for _, l := range []lineRead{{}, {role: trace.Client}, {role: trace.Server}, {when: opening}, {when: open}, {role: trace.Client, when: open}} {
			if i := m.item(l); len(i.Causes) == 0 && len(m.about.causes) > 0 {
				t.Errorf("%s has no cause for %+v", m.name, l)
			}
		}
	}
}

func TestKindsAndAnswersAreExplained(t *testing.T) {
	for _, k := range []renego.Kind{renego.KindSecure, renego.KindReset, renego.KindForged, renego.KindBare, renego.KindRestart} {
		i, ok := explainLine(k.String())
		if !ok || i.Page == nil || i.Page.ID != k.Finding() {
			t.Errorf("%s: %+v", k, i)
		}
	}
	for _, a := range []renego.Answer{renego.AnswerAccept, renego.AnswerAcceptFull, renego.AnswerResumed, renego.AnswerRefuse, renego.AnswerAbort, renego.AnswerIsolate, renego.AnswerTrust} {
		if i, ok := explainLine(a.String()); !ok || i.Code != anAnswer {
			t.Errorf("%s: %+v", a, i)
		}
	}
}

func TestCausesOfTheOtherSideAreLeftOut(t *testing.T) {
	for _, test := range []struct {
		line  string
		fault trace.Side
	}{
		{"SSL_accept: wrong version number", trace.Server},
		{"SSL_connect: wrong version number", trace.Client},
	} {
		i, ok := explainLine(test.line)
		if !ok || i.Fault != test.fault || len(i.Causes) == 0 {
			t.Fatalf("%s: %+v", test.line, i)
		}
		for _, c := range i.Causes {
			if c.side == other(test.fault) {
				t.Errorf("%s: %s", test.line, c.Why)
			}
		}
	}
}
