package diagnose_test

import (
	"slices"
	"testing"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

func TestTheFoundingCaseWithAKey(t *testing.T) {
	talk := captured().established().data(4096, 4096)
	talk.second(renego.KindReset, wire.VersionTLS10)
	hello := talk.frame
	talk.fatal(server, wire.AlertProtocolVersion).closes(server).closes(client)
	d := talk.diagnosis()
	f := d.Findings[0]
	if f.ID != "reneg-reset-hello" || f.Level != diagnose.Failure || f.Culprit != diagnose.CulpritClient || f.Confidence != diagnose.Sure {
		t.Fatalf("%s, %s, %s, %s", f.ID, f.Level, f.Culprit, f.Confidence)
	}
	if !slices.Equal(f.Frames, []int{hello, hello + 1}) {
		t.Errorf("frames %v, and the hello is in %d", f.Frames, hello)
	}
	says(t, f, "the server ended the connection with the fatal alert protocol_version (70)", "0x0301 (TLS 1.0), where TLS 1.2 is negotiated",
		"TLS_EMPTY_RENEGOTIATION_INFO_SCSV", "no renegotiation_info", "session offered: the session in use",
		"the server asked for it: no HelloRequest in frames 1 to", "--reset accept is the default", "SSL_renegotiate")
	if len(f.Others) < 4 || !f.Remedies[0].Safe {
		t.Errorf("others %v, remedies %v", f.Others, f.Remedies)
	}
	for _, c := range d.Charges {
		if c.Verdict != diagnose.DidNot {
			t.Errorf("the server is charged: %s: %s (%s)", c.What, c.Verdict, c.Why)
		}
	}
	if len(d.Charges) < 5 {
		t.Errorf("%d charges", len(d.Charges))
	}
}

func TestTheFoundingCaseOnTLS10(t *testing.T) {
	talk := captured()
	talk.version, talk.suite = wire.VersionTLS10, wire.TLS_RSA_WITH_AES_128_CBC_SHA
	d := talk.established().data(4096, 4096).second(renego.KindReset, wire.VersionTLS10).fatal(server, wire.AlertHandshakeFailure).closes(server).diagnosis()
	f := find(t, d, "reneg-reset-hello", diagnose.Failure)
	says(t, f, "handshake_failure (40)")
	if f.Others[0].Answer != `fatal handshake_failure (40), "scsv received when renegotiating"` {
		t.Error(f.Others[0])
	}
}

func TestResetThatResumesNothingNeedsTrust(t *testing.T) {
	d := captured().established().data(1, 1).second(renego.KindReset, wire.VersionTLS10, noSession).fatal(server, wire.AlertHandshakeFailure).diagnosis()
	f := find(t, d, "reneg-reset-hello", diagnose.Failure)
	says(t, f, "--reset accept-full --trust-from NETWORK --trust-until DATE", "no session is offered")
	if f.Remedies[0].Safe || f.Remedies[0].Cost == "" {
		t.Error("it is said to cost nothing")
	}
}

func TestEachKindWithEachOutcome(t *testing.T) {
	aborted := func(talk *talk) { talk.fatal(server, wire.AlertHandshakeFailure).closes(server) }
	served := func(talk *talk) {
		talk.answered(renego.AnswerAccept, renego.TermsTrusted, "nothing").finished().data(1, 1).goodbye()
	}
	bound := func(talk *talk) {
		talk.answered(renego.AnswerAccept, renego.TermsBound, "session and reply").finished().data(1, 1).goodbye()
	}
	refused := func(talk *talk) {
		talk.alert(server, wire.LevelWarning, wire.AlertNoRenegotiation).data(1, 1).goodbye()
	}
	givenUp := func(talk *talk) { talk.fatal(client, wire.AlertHandshakeFailure).closes(client) }
	cut := func(talk *talk) { talk.closes(client).closes(server) }
	open := func(talk *talk) {}
	for _, test := range []struct {
		kind    renego.Kind
		then    func(*talk)
		level   diagnose.Level
		culprit diagnose.Culprit
	}{
		{renego.KindSecure, bound, diagnose.Note, diagnose.CulpritNone},
		{renego.KindSecure, aborted, diagnose.Failure, diagnose.CulpritServer},
		{renego.KindSecure, givenUp, diagnose.Failure, diagnose.CulpritClient},
		{renego.KindSecure, cut, diagnose.Failure, diagnose.CulpritUnknown},
		{renego.KindSecure, open, diagnose.Note, diagnose.CulpritNone},
		{renego.KindReset, bound, diagnose.Note, diagnose.CulpritNone},
		{renego.KindReset, served, diagnose.Risk, diagnose.CulpritNone},
		{renego.KindReset, aborted, diagnose.Failure, diagnose.CulpritClient},
		{renego.KindReset, refused, diagnose.Note, diagnose.CulpritNone},
		{renego.KindReset, cut, diagnose.Failure, diagnose.CulpritClient},
		{renego.KindBare, served, diagnose.Risk, diagnose.CulpritNone},
		{renego.KindBare, bound, diagnose.Note, diagnose.CulpritNone},
		{renego.KindBare, refused, diagnose.Note, diagnose.CulpritNone},
		{renego.KindBare, aborted, diagnose.Failure, diagnose.CulpritClient},
		{renego.KindForged, aborted, diagnose.Failure, diagnose.CulpritClient},
		{renego.KindForged, served, diagnose.Failure, diagnose.CulpritClient},
		{renego.KindRestart, aborted, diagnose.Failure, diagnose.CulpritClient},
		{renego.KindRestart, open, diagnose.Note, diagnose.CulpritNone},
	} {
		talk := captured().established().data(100, 100).second(test.kind, wire.VersionTLS12)
		test.then(talk)
		d := talk.diagnosis()
		f := find(t, d, test.kind.Finding(), test.level)
		if f.Culprit != test.culprit || f.Confidence != diagnose.Sure {
			t.Errorf("%s, %s: %s, %s: %s", test.kind, test.level, f.Culprit, f.Confidence, f.Sentence)
		}
	}
}

func TestASilentClientAfterARefusal(t *testing.T) {
	d := captured().established().data(10, 10).second(renego.KindBare, wire.VersionTLS12).alert(server, wire.LevelWarning, wire.AlertNoRenegotiation).
		pause(30_000_000_000).fatal(server, wire.AlertHandshakeFailure).closes(server).diagnosis()
	f := find(t, d, "reneg-refused", diagnose.Failure)
	says(t, f, "no_renegotiation", "--bare resumed")
	if d.Findings[0].ID != "reneg-refused" {
		t.Error(ids(d))
	}
}

func TestWhoIsToBlameForARefusalDependsOnTheHello(t *testing.T) {
	for kind, culprit := range map[renego.Kind]diagnose.Culprit{renego.KindSecure: diagnose.CulpritServer, renego.KindBare: diagnose.CulpritClient} {
		d := captured().established().data(10, 10).second(kind, wire.VersionTLS12).alert(server, wire.LevelWarning, wire.AlertNoRenegotiation).fatal(client, wire.AlertHandshakeFailure).diagnosis()
		if f := find(t, d, "reneg-refused", diagnose.Failure); f.Culprit != culprit {
			t.Errorf("%s: %s", kind, f.Culprit)
		}
	}
}

func TestAClientThatInsists(t *testing.T) {
	talk := captured().established().data(10, 10)
	for range 3 {
		talk.second(renego.KindBare, wire.VersionTLS12).alert(server, wire.LevelWarning, wire.AlertNoRenegotiation)
	}
	d := talk.fatal(server, wire.AlertHandshakeFailure).closes(server).diagnosis()
	find(t, d, "reneg-insisted", diagnose.Failure)
}

func TestDataThatCrossesAHelloEndsTheFoundingClient(t *testing.T) {
	d := captured().established().data(10, 10).second(renego.KindReset, wire.VersionTLS10).data(0, 5000).fatal(client, wire.AlertUnexpectedMessage).closes(client).diagnosis()
	f := find(t, d, "reneg-data-crossed", diagnose.Failure)
	if d.Findings[0].ID != f.ID {
		t.Errorf("%s stands before it, though the hello failed by it", d.Findings[0].ID)
	}
	if f.Confidence != diagnose.Sure {
		t.Error(f.Confidence)
	}
	for _, c := range d.Charges {
		if c.What == "sent data across a second hello" && c.Verdict != diagnose.Did {
			t.Errorf("%s: %s", c.Verdict, c.Why)
		}
	}
}

// A server that had agreed to a renegotiation and then ended it may well have been
// right to.
func TestServerThatEndsARenegotiationItHadAcceptedIsNotToBlame(t *testing.T) {
	begun := func() *talk {
		return captured().established().data(10, 10).second(renego.KindSecure, wire.VersionTLS12)
	}
	agreed := begun().answered(renego.AnswerAccept, renego.TermsSecure, "RFC 5746").serverHello().fatal(server, wire.AlertUnexpectedMessage).closes(server).diagnosis()
	if f := find(t, agreed, "reneg-secure-hello", diagnose.Failure); f.Culprit != diagnose.CulpritUnknown {
		t.Errorf("the culprit is the %s", f.Culprit)
	}
	never := begun().fatal(server, wire.AlertHandshakeFailure).closes(server).diagnosis()
	if f := find(t, never, "reneg-secure-hello", diagnose.Failure); f.Culprit != diagnose.CulpritServer {
		t.Errorf("of a server that never agreed, the culprit is the %s", f.Culprit)
	}
}

func TestAServerThatAsked(t *testing.T) {
	d := captured().established().data(10, 10).says(server, trace.HelloRequest, nil).second(renego.KindSecure, wire.VersionTLS12, func(d *trace.SecondHelloDetail) { d.Asked = true }).
		finished().data(1, 1).goodbye().diagnosis()
	if d.Failed() || d.Charges != nil {
		t.Errorf("%s", ids(d))
	}
	find(t, d, "reneg-server-asked", diagnose.Note)
	find(t, d, "reneg-secure-hello", diagnose.Note)
	find(t, d, "healthy", diagnose.Note)

	d = captured().established().data(10, 10).says(server, trace.HelloRequest, nil).fatal(client, wire.AlertNoRenegotiation).closes(client).diagnosis()
	if f := find(t, d, "reneg-server-asked", diagnose.Failure); f.Culprit != diagnose.CulpritServer {
		t.Error(f.Culprit)
	}
	if c := d.Charges[0]; c.Verdict != diagnose.Did {
		t.Errorf("%s: %s", c.What, c.Verdict)
	}
}

func TestWhatIsLostIsNotRuledOut(t *testing.T) {
	d := captured().established().gap(server, trace.GapLost, 300).data(10, 10).second(renego.KindReset, wire.VersionTLS10).fatal(server, wire.AlertProtocolVersion).diagnosis()
	f := find(t, d, "reneg-reset-hello", diagnose.Failure)
	for _, r := range f.RuledOut {
		if r.What == "the server asked for it" {
			t.Error("a HelloRequest is ruled out, though bytes of the server's are missing")
		}
	}
	if len(f.Missing) == 0 || d.Charges[0].Verdict != diagnose.Unknown {
		t.Errorf("missing %v, charge %v", f.Missing, d.Charges[0])
	}
	find(t, d, "capture-gap", diagnose.Note)
}
