package diagnose_test

import (
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// ended is how a server tells the end of a connection; an empty id is a good one.
func (t *talk) ended(id, reason string) *talk {
	return t.says(trace.Nobody, trace.Closed, trace.FailureDetail{Finding: id, Reason: reason})
}

func TestALiveFoundingClientIsServed(t *testing.T) {
	d := live().established().data(4096, 4096).second(renego.KindReset, wire.VersionTLS10).
		answered(renego.AnswerAccept, renego.TermsBound, "session and reply").finished().data(1, 1).ended("", "").diagnosis()
	if d.Failed() {
		t.Fatal(ids(d))
	}
	f := find(t, d, "reneg-reset-hello", diagnose.Note)
	if f.Frames != nil || f.At == 0 {
		t.Errorf("frames %v, at %s", f.Frames, f.At)
	}
	says(t, f, "was served")
	find(t, d, "healthy", diagnose.Note)
}

func TestALiveServersOwnVerdictsAreKept(t *testing.T) {
	for _, test := range []struct {
		name  string
		talk  *talk
		id    string
		level diagnose.Level
		says  string
	}{
		{
			"a reset that cannot be bound",
			live().established().data(1, 1).second(renego.KindReset, wire.VersionTLS10, noSession).answered(renego.AnswerAbort, 0, "").
				fatal(server, wire.AlertHandshakeFailure).ended("reneg-reset-hello", "no session is offered"),
			"reneg-reset-hello", diagnose.Failure, "--reset accept-full",
		},
		{
			"a restart",
			live().established().data(1, 1).second(renego.KindRestart, wire.VersionTLS10).answered(renego.AnswerAbort, 0, "").
				fatal(server, wire.AlertBadRecordMAC).ended("reneg-restart-hello", "a restart hello is aborted by this server's settings"),
			"reneg-restart-hello", diagnose.Failure, "--restart isolate",
		},
		{
			"no version",
			live().hello(offering(wire.VersionSSL30, []wire.SuiteID{0x002f})).fatal(server, wire.AlertProtocolVersion).ended("version-none-shared", "the client offers SSL 3.0"),
			"version-none-shared", diagnose.Failure, "SSL 3.0",
		},
		{"a ration", live().established().data(1, 1).says(trace.Nobody, trace.Rationed, trace.RationedDetail{Wait: time.Second}).ended("reneg-ration", "over the ration"), "reneg-ration", diagnose.Failure, "--ration-source"},
		{"a client certificate", live().hello(foundingHello()).fatal(server, wire.AlertBadCertificate).ended("client-cert-refused", "x509: unknown authority"), "client-cert-refused", diagnose.Failure, "x509: unknown authority"},
		{"HTTP", live().fatal(server, wire.AlertUnexpectedMessage).ended("not-tls-http", "the client speaks HTTP without TLS"), "not-tls-http", diagnose.Failure, "https://"},
		{"no goodbye", live().established().data(1, 1).ended("truncated", "the TCP connection ended without close_notify"), "truncated", diagnose.Note, "close_notify"},
		{"an id that is not known here", live().established().ended("some-new-thing", "so it is"), "some-new-thing", diagnose.Failure, "so it is"},
	} {
		d := test.talk.diagnosis()
		f := find(t, d, test.id, test.level)
		says(t, f, test.says)
		if test.level == diagnose.Failure && d.Findings[0].ID != test.id {
			t.Errorf("%s: %s", test.name, ids(d))
		}
		for _, c := range d.Charges {
			if c.What == "closed without close_notify" && len(d.Conversation.Events) > 0 && strings.Contains(text(f), "from the server") && c.Verdict != diagnose.DidNot {
				t.Errorf("%s: it sent an alert, and %s: %s", test.name, c.What, c.Verdict)
			}
		}
		if n := strings.Count(ids(d), test.id); n != 1 {
			t.Errorf("%s: told %d times", test.name, n)
		}
	}
}

// givenByServers are the ids of failures that the engine and the library give.
var givenByServers = []string{
	"reneg-refused", "reneg-insisted", "reneg-ration", "reneg-identity-changed", "reneg-version-changed", "version-none-shared",
	"fallback-scsv-refused", "suite-none-shared", "curve-none-shared", "signature-none-shared", "cert-unknown-ca", "cert-expired", "cert-refused",
	"client-cert-missing", "client-cert-refused", "client-cert-revoked", "client-cert-unchecked", "client-cert-not-allowed", "record-version", "record-mac", "record-unknown-type", "hello-size", "hello-ssl2", "hello-malformed",
	"alert-in-clear", "not-tls-http", "not-tls", "tcp-reset", "handshake-timeout", "handshake-abandoned", "reneg-secure-hello", "reneg-reset-hello",
	"reneg-bare-hello", "reneg-forged-hello", "reneg-restart-hello",
}

func TestEveryIDThatAServerGivesHasItsWords(t *testing.T) {
	for _, id := range givenByServers {
		d := live().ended(id, "for a reason\x1b[31m").diagnosis()
		f := find(t, d, id, diagnose.Failure)
		if strings.HasPrefix(f.Sentence, "The server ended the connection") || strings.Contains(text(f), "\x1b") {
			t.Errorf("%s: %q", id, f.Sentence)
		}
		for _, fault := range unsound(d) {
			t.Error(fault)
		}
	}
}

func TestABareHelloThatIsTrustedIsARisk(t *testing.T) {
	d := live().established().data(1, 1).second(renego.KindBare, wire.VersionTLS12).
		answered(renego.AnswerAccept, renego.TermsTrusted, "nothing").finished().data(1, 1).ended("", "").diagnosis()
	find(t, d, "reneg-bare-hello", diagnose.Risk)
}

func TestDataThatCrossedIsCountedOnce(t *testing.T) {
	talk := live().established().data(10, 10)
	talk.second(renego.KindReset, wire.VersionTLS10).says(client, trace.Crossed, trace.DataDetail{FromClient: 5}).data(5, 0).
		answered(renego.AnswerAccept, renego.TermsBound, "session and reply").finished().ended("", "")
	if n := talk.diagnosis().Facts.FromClient; n != 15 {
		t.Errorf("live: %d bytes", n)
	}
	told := captured().established().data(10, 10)
	told.second(renego.KindReset, wire.VersionTLS10).says(client, trace.Crossed, trace.DataDetail{FromClient: 5}).finished().goodbye()
	d := told.diagnosis()
	if n := d.Facts.FromClient; n != 15 {
		t.Errorf("captured: %d bytes", n)
	}
	find(t, d, "reneg-data-crossed", diagnose.Note)
}

func TestALiveFailureWithoutANameIsAFailure(t *testing.T) {
	modern := foundingHello()
	modern.Extensions = append(modern.Extensions, wire.SupportedVersionsExtension([]wire.Version{wire.VersionTLS13}))
	failed := func(reason string) *diagnose.Diagnosis {
		talk := live().hello(raw(modern))
		talk.says(trace.Nobody, trace.HandshakeFailed, trace.FailureDetail{Reason: reason})
		return talk.ended("", reason).diagnosis()
	}
	says(t, find(t, failed("tls: something new"), "handshake-abandoned", diagnose.Failure), "tls: something new")
	f := find(t, failed("local error: tls: bad record MAC"), "cert-refused", diagnose.Failure)
	if f.Confidence != diagnose.Possible {
		t.Error(f.Confidence)
	}
	if d := live().established().data(1, 1).ended("", "the server stopped").diagnosis(); d.Failed() {
		t.Error(ids(d))
	}
}

// What a server tells of an end is not always its own doing.
func TestClientThatGoesAwayAmidItsRenegotiationWasNotEnded(t *testing.T) {
	for id, reason := range map[string]string{
		"truncated": "the TCP connection ended without close_notify", "tcp-reset": "the client's TCP connection was reset",
	} {
		d := live().established().data(1, 1).second(renego.KindSecure, wire.VersionTLS12).ended(id, reason).diagnosis()
		f := find(t, d, "reneg-secure-hello", diagnose.Failure)
		if strings.Contains(f.Sentence, "the server") || !strings.Contains(f.Sentence, "the TCP connection") {
			t.Errorf("%s", f.Sentence)
		}
	}
}

func TestReasonThatSaysTheSameIsSaidOnce(t *testing.T) {
	d := live().established().data(1, 1).ended("tcp-reset", "the client's TCP connection was reset").diagnosis()
	if f := find(t, d, "tcp-reset", diagnose.Failure); f.Sentence != "The client's TCP connection was reset." {
		t.Errorf("%s", f.Sentence)
	}
}
