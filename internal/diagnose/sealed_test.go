package diagnose_test

import (
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// The lengths are those of the founding captures: a hello of 297 bytes, a ticket
// of 160, and the session id of 32 that OpenSSL puts beside it.

func TestTheFoundingCaseWithoutAKey(t *testing.T) {
	talk := sealed(wire.VersionTLS12, wire.TLS_RSA_WITH_AES_128_GCM_SHA256).established().data(4096, 4096)
	talk.record(client, wire.TypeHandshake, wire.VersionTLS10, 513)
	hello := talk.frame
	d := talk.record(server, wire.TypeAlert, wire.VersionTLS12, 26).closes(server).closes(client).diagnosis()
	f := d.Findings[0]
	if f.ID != "reneg-reset-hello" || f.Level != diagnose.Failure || f.Culprit != diagnose.CulpritClient || f.Confidence != diagnose.Likely || f.Frames[0] != hello {
		t.Fatalf("%s, %s, %s, %s, %v", f.ID, f.Level, f.Culprit, f.Confidence, f.Frames)
	}
	says(t, f, "0x0301 (TLS 1.0), where TLS 1.2 is negotiated", "exactly 489 bytes", "the first hello with the ticket that the server gave has 489",
		"a sealed alert from the server", "no HelloRequest in frames 1 to", "--reset accept", "as --key")
	if d.Facts.Library == "" {
		t.Error("the stamp says nothing of the library")
	}
	find(t, d, "capture-no-keys", diagnose.Note)
}

func TestTheFoundingCaseOnTLS10WithoutAKeyIsOnlyPossible(t *testing.T) {
	d := sealed(wire.VersionTLS10, wire.TLS_RSA_WITH_AES_128_CBC_SHA).established().data(4096, 4096).
		record(client, wire.TypeHandshake, wire.VersionTLS10, 512).record(server, wire.TypeAlert, wire.VersionTLS10, 32).closes(server).diagnosis()
	f := d.Findings[0]
	if f.ID != "reneg-reset-hello" || f.Confidence != diagnose.Possible {
		t.Fatalf("%s, %s", f.ID, f.Confidence)
	}
	says(t, f, "only a key can tell", "476 to 491 bytes")
}

func TestSealedRenegotiationsAreTold(t *testing.T) {
	d := sealed(wire.VersionTLS12, wire.TLS_RSA_WITH_AES_128_GCM_SHA256).established().data(64, 64).
		record(client, wire.TypeHandshake, wire.VersionTLS12, 336).record(server, wire.TypeHandshake, wire.VersionTLS12, 101).
		record(client, wire.TypeHandshake, wire.VersionTLS12, 286).record(client, wire.TypeChangeCipherSpec, wire.VersionTLS12, 25).
		record(client, wire.TypeHandshake, wire.VersionTLS12, 40).record(server, wire.TypeChangeCipherSpec, wire.VersionTLS12, 25).
		record(server, wire.TypeHandshake, wire.VersionTLS12, 40).data(64, 64).goodbye().diagnosis()
	if d.Failed() {
		t.Fatal(ids(d))
	}
	f := find(t, d, "reneg-secure-hello", diagnose.Note)
	if f.Confidence != diagnose.Likely {
		t.Errorf("%s: %s", f.Confidence, f.Sentence)
	}
	find(t, d, "healthy", diagnose.Note)
	if n := len(d.Facts.SecondHellos); n != 1 || d.Facts.SecondHellos[0].Kind != "unknown" || d.Facts.SecondHellos[0].FromClient != 64 {
		t.Errorf("%+v", d.Facts.SecondHellos)
	}
}

func TestASealedHelloRequestIsToldByItsLength(t *testing.T) {
	d := sealed(wire.VersionTLS12, wire.TLS_RSA_WITH_AES_256_CBC_SHA).established().data(64, 64).
		record(server, wire.TypeHandshake, wire.VersionTLS12, 48).record(client, wire.TypeHandshake, wire.VersionTLS12, 544).
		record(server, wire.TypeHandshake, wire.VersionTLS12, 144).record(server, wire.TypeChangeCipherSpec, wire.VersionTLS12, 48).
		record(server, wire.TypeHandshake, wire.VersionTLS12, 64).record(client, wire.TypeChangeCipherSpec, wire.VersionTLS12, 48).
		record(client, wire.TypeHandshake, wire.VersionTLS12, 64).data(64, 64).goodbye().diagnosis()
	if d.Failed() {
		t.Fatal(ids(d))
	}
	if f := find(t, d, "reneg-server-asked", diagnose.Note); f.Confidence != diagnose.Likely {
		t.Error(f.Confidence)
	}
	if !d.Facts.SecondHellos[0].Asked {
		t.Error("the facts do not say that it was asked for")
	}
}

func TestARestartIsNeverTakenForAReset(t *testing.T) {
	d := sealed(wire.VersionTLS12, wire.TLS_RSA_WITH_AES_256_CBC_SHA256).established().data(64, 64).
		second(renego.KindRestart, wire.VersionTLS10).record(server, wire.TypeAlert, wire.VersionTLS12, 64).closes(server).diagnosis()
	f := d.Findings[0]
	if f.ID != "reneg-restart-hello" || f.Level != diagnose.Failure || f.Culprit != diagnose.CulpritClient || f.Confidence != diagnose.Sure {
		t.Fatalf("%s, %s, %s, %s", f.ID, f.Level, f.Culprit, f.Confidence)
	}
	for _, f := range d.Findings {
		if f.ID == "reneg-reset-hello" {
			t.Error("a reset is told beside it")
		}
	}
	says(t, f, "--restart isolate", "in clear")
}

func TestOfTwoAlertsTheFirstEndsTheConnection(t *testing.T) {
	d := sealed(wire.VersionTLS12, wire.TLS_RSA_WITH_AES_256_GCM_SHA384).established().data(64, 64).
		second(renego.KindRestart, wire.VersionTLS10).record(server, wire.TypeAlert, wire.VersionTLS12, 26).fatal(client, wire.AlertIllegalParameter).closes(client).diagnosis()
	says(t, d.Findings[0], "the server answered with an alert that no key opens here")
}

func TestASealedWarningEndsNothing(t *testing.T) {
	d := sealed(wire.VersionTLS12, wire.TLS_RSA_WITH_AES_256_GCM_SHA384).established().data(64, 64).
		record(client, wire.TypeHandshake, wire.VersionTLS12, 336).record(server, wire.TypeAlert, wire.VersionTLS12, 26).data(64, 64).goodbye().diagnosis()
	if d.Failed() {
		t.Error(ids(d))
	}
}

func TestASealedSecondHandshakeOfNoKnownLooks(t *testing.T) {
	d := sealed(wire.VersionTLS12, wire.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256).established().data(64, 64).
		record(client, wire.TypeHandshake, wire.VersionTLS12, 1000).record(server, wire.TypeAlert, wire.VersionTLS12, 26).closes(server).diagnosis()
	f := d.Findings[0]
	if f.ID != "capture-no-keys" || f.Level != diagnose.Failure || f.Culprit != diagnose.CulpritUnknown {
		t.Fatalf("%s, %s, %s", f.ID, f.Level, f.Culprit)
	}
	says(t, f, "only a key can tell", "private key does not open ECDHE", "--key-log")
}

func TestSealedGoodbyesAreNoAlarm(t *testing.T) {
	d := sealed(wire.VersionTLS12, wire.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256).established().data(64, 64).
		record(client, wire.TypeAlert, wire.VersionTLS12, 26).resets(client).diagnosis()
	if d.Failed() || d.Findings[0].ID != "healthy" {
		t.Error(ids(d))
	}
}

func TestASealedProperHelloThatIsRefusedIsTheServersDoing(t *testing.T) {
	d := sealed(wire.VersionTLS12, wire.TLS_RSA_WITH_AES_128_GCM_SHA256).established().data(64, 64).
		record(client, wire.TypeHandshake, wire.VersionTLS12, 336).record(server, wire.TypeAlert, wire.VersionTLS12, 26).closes(client).diagnosis()
	f := d.Findings[0]
	if f.ID != "reneg-secure-hello" || f.Level != diagnose.Failure || f.Culprit != diagnose.CulpritServer || f.Confidence != diagnose.Likely {
		t.Fatalf("%s, %s, %s, %s", f.ID, f.Level, f.Culprit, f.Confidence)
	}
	says(t, f, "exactly 312 bytes", "SSL_OP_ALLOW_CLIENT_RENEGOTIATION")
}

func TestASealedHelloOfAClientThatSignalsNothing(t *testing.T) {
	bare := foundingHello()
	bare.CipherSuites = bare.CipherSuites[:4]
	length := len(raw(bare).Raw) + 160 + 32 + 24
	d := sealed(wire.VersionTLS12, wire.TLS_RSA_WITH_AES_128_GCM_SHA256).hello(bare).serverHello().certificate(server).ticket(160).finished().data(64, 64).
		record(client, wire.TypeHandshake, wire.VersionTLS12, length).record(server, wire.TypeAlert, wire.VersionTLS12, 26).closes(server).diagnosis()
	if f := d.Findings[0]; f.ID != "capture-no-keys" || f.Level != diagnose.Failure {
		t.Errorf("%s: %s", f.ID, f.Sentence)
	}
}

func TestWhatOthersAnswerGoesByTheVersionThatCanBeSeen(t *testing.T) {
	late := sealed(wire.VersionTLS12, 0).gap(client, trace.GapLate, 0).gap(server, trace.GapLate, 0).data(64, 64)
	late.says(client, trace.Record, trace.RecordDetail{Type: wire.TypeApplicationData, Header: wire.VersionTLS12, Length: 64, Sealed: true})
	late.says(client, trace.Record, trace.RecordDetail{Type: wire.TypeHandshake, Header: wire.VersionTLS10, Length: 513, Sealed: true})
	f := late.record(server, wire.TypeAlert, wire.VersionTLS12, 26).closes(server).diagnosis().Findings[0]
	if f.ID != "reneg-reset-hello" || !strings.Contains(f.Others[0].Answer, "wrong version number") {
		t.Errorf("%s: %+v", f.ID, f.Others)
	}
}
