package diagnose_test

import (
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/trace"
)

var (
	askedAt    = trace.Place{Frame: 9, Last: 9, Offset: 8, Length: 10}
	answeredAt = trace.Place{Frame: 10, Last: 10, Offset: 36, Length: 8}
)

func TestARequestForTLSThatWasRefused(t *testing.T) {
	for _, x := range []struct {
		name    string
		prelude trace.Prelude
		level   diagnose.Level
		culprit diagnose.Culprit
		frame   int
	}{
		{"refused", trace.Prelude{Request: askedAt, Reply: answeredAt, Onward: 6}, diagnose.Failure, diagnose.CulpritServer, 10},
		{"refused, and on in clear", trace.Prelude{Request: askedAt, Reply: answeredAt, Onward: 600}, diagnose.Risk, diagnose.CulpritNone, 10},
		{"not answered", trace.Prelude{Request: askedAt}, diagnose.Failure, diagnose.CulpritUnknown, 9},
	} {
		talk := captured()
		x.prelude.Protocol, x.prelude.Refused = "SMTP", "the server answered STARTTLS with 454"
		talk.c.Protocol, talk.c.Prelude = "SMTP", &x.prelude
		f := talk.closes(client).diagnosis().Findings[0]
		if f.ID != "not-tls" || f.Level != x.level || f.Culprit != x.culprit || f.Frames[0] != x.frame || !strings.Contains(f.Sentence, "STARTTLS with 454") {
			t.Errorf("%s: %+v", x.name, f)
		}
	}
}

func TestADialogueThatNeverAsksForTLSIsNoFailure(t *testing.T) {
	talk := captured()
	talk.c.Protocol, talk.c.Prelude = "SMTP", &trace.Prelude{Protocol: "SMTP", Refused: "the client did not ask for TLS"}
	if d := talk.closes(client).diagnosis(); d.Failed() || d.Findings[0].ID != "healthy" {
		t.Error(ids(d))
	}
}

func TestAHelloInTheMiddleOfADialogue(t *testing.T) {
	talk := captured().hello(foundingHello())
	talk.c.Prelude = &trace.Prelude{Protocol: "SMTP", Refused: "the client began TLS without asking for it"}
	d := talk.strangeAnswer("SMTP or FTP").closes(client).diagnosis()
	if f := d.Findings[0]; f.ID != "not-tls" || f.Culprit != diagnose.CulpritClient || !strings.Contains(f.Remedies[0].Setting, "STARTTLS") {
		t.Errorf("%s: %+v", ids(d), f)
	}
	if strings.Contains(ids(d), "record-unknown-type") {
		t.Errorf("the server's words are told twice: %s", ids(d))
	}
}

func TestAHelloThatAServerAnswersInClear(t *testing.T) {
	d := captured().hello(foundingHello()).strangeAnswer("HTTP").closes(client).diagnosis()
	f := d.Findings[0]
	if f.ID != "not-tls" || f.Culprit != diagnose.CulpritUnknown || !strings.Contains(f.Sentence, "answered with HTTP in clear") {
		t.Errorf("%s: %+v", ids(d), f)
	}
	if strings.Contains(ids(d), "record-unknown-type") {
		t.Errorf("the answer is told twice: %s", ids(d))
	}
}

// strangeAnswer is a server's first bytes, which are no record of TLS.
func (t *talk) strangeAnswer(like string) *talk {
	t.says(server, trace.Record, trace.RecordDetail{Type: 'H', Header: 0x5454, Length: 40, Why: "no record of TLS begins here, but what looks like " + like})
	t.c.Events[len(t.c.Events)-1].Place.Offset = 0
	return t
}
