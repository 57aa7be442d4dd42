package diagnose_test

import (
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// charged gives what is said of one thing that a server can have done.
func charged(t *testing.T, d *diagnose.Diagnosis, what string) diagnose.Charge {
	t.Helper()
	for _, c := range d.Charges {
		if strings.HasPrefix(c.What, what) {
			return c
		}
	}
	t.Fatalf("nothing is said of %q: %+v", what, d.Charges)
	return diagnose.Charge{}
}

func TestAServerThatHasNothingLeftToSayIsNotChargedWithSilence(t *testing.T) {
	smtp := captured()
	smtp.c.Protocol = "SMTP"
	smtp.c.Prelude = &trace.Prelude{Protocol: "SMTP", Refused: "454 TLS not available", Request: trace.Place{Frame: 4, Length: 10}, Reply: trace.Place{Frame: 5, Length: 23}}
	for name, test := range map[string]struct {
		talk    *talk
		verdict diagnose.Verdict
		why     string
	}{
		"the client gave up":       {captured().hello(foundingHello()).serverHello().fatal(client, wire.AlertUnknownCA).closes(server), diagnose.DidNot, "unknown_ca (48)"},
		"no TLS was spoken":        {smtp.closes(server), diagnose.DidNot, "TLS had not begun"},
		"it speaks something else": {captured().hello(foundingHello()).answersInClear().closes(server), diagnose.DidNot, "TLS had not begun"},
		"it left without words":    {captured().hello(foundingHello()).serverHello().closes(server), diagnose.Did, "no alert came before"},
		"it left amid data":        {captured().established().data(1, 1).resets(server), diagnose.Did, "no alert came before"},
	} {
		c := charged(t, test.talk.diagnosis(), "closed without close_notify")
		if c.Verdict != test.verdict || !strings.Contains(c.Why, test.why) {
			t.Errorf("%s: %s, %s", name, c.Verdict, c.Why)
		}
	}
}

// answersInClear is a server's first bytes that are no TLS.
func (t *talk) answersInClear() *talk {
	t.says(server, trace.Record, trace.RecordDetail{Type: '<', Header: 0x2144, Length: 0x4f43, Why: "no record of TLS begins here, but what looks like plain text"})
	t.c.Events[len(t.c.Events)-1].Place.Offset = 0
	return t
}

func TestACertificateThatTheClientTookIsNoCharge(t *testing.T) {
	asked := captured().hello(foundingHello()).serverHello().certificate(server)
	took := captured().hello(foundingHello()).serverHello().certificate(server).message(client, wire.MessageClientKeyExchange, 262, nil)
	for _, c := range took.fatal(server, wire.AlertHandshakeFailure).diagnosis().Charges {
		if strings.Contains(c.What, "certificate") {
			t.Errorf("%s: %s", c.What, c.Verdict)
		}
	}
	charged(t, asked.fatal(client, wire.AlertHandshakeFailure).diagnosis(), "sent a certificate")
}

func TestASuiteThatWasNotSeenHasNoName(t *testing.T) {
	talk := sealed(wire.VersionTLS12, 0).hello(foundingHello()).gap(server, trace.GapLost, 100).finished().data(64, 64)
	talk.record(server, wire.TypeHandshake, wire.VersionTLS12, 28).record(client, wire.TypeHandshake, wire.VersionTLS12, 336)
	d := talk.record(server, wire.TypeAlert, wire.VersionTLS12, 26).closes(server).diagnosis()
	for _, f := range d.Findings {
		if strings.Contains(text(f), "NULL") {
			t.Errorf("%s:\n%s", f.ID, text(f))
		}
	}
	says(t, d.Findings[0], "which suite it is was not seen")
}

func TestNothingIsGivenUpForWhatIsOnlyPossible(t *testing.T) {
	first := foundingHello()
	first.Extensions = first.Extensions[:2] // it takes no tickets
	talk := sealed(wire.VersionTLS10, wire.TLS_RSA_WITH_AES_128_CBC_SHA).hello(raw(first)).serverHello().finished().data(64, 64)
	d := talk.record(client, wire.TypeHandshake, wire.VersionTLS10, len(first.Raw)+25).
		record(server, wire.TypeAlert, wire.VersionTLS10, 32).closes(server).diagnosis()
	f := find(t, d, "reneg-reset-hello", diagnose.Failure)
	if f.Confidence != diagnose.Possible || strings.Contains(text(f), "accept-full") {
		t.Errorf("%s:\n%s", f.Confidence, text(f))
	}
	says(t, f, "--reset accept is the default", "only a key can tell")
}
