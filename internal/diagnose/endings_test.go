package diagnose_test

import (
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

func TestHowConnectionsEnd(t *testing.T) {
	for _, test := range []struct {
		name    string
		talk    *talk
		id      string // of the first finding
		level   diagnose.Level
		culprit diagnose.Culprit
		says    string
	}{
		{"well", captured().established().data(1, 1).goodbye(), "healthy", diagnose.Note, diagnose.CulpritNone, ""},
		{"well, with a reset behind it, as browsers do", captured().established().data(1, 1).alert(client, wire.LevelWarning, wire.AlertCloseNotify).resets(client), "healthy", diagnose.Note, diagnose.CulpritNone, ""},
		{"with a reset behind the other side's end", captured().established().data(1, 1).closes(server).resets(client), "healthy", diagnose.Note, diagnose.CulpritNone, ""},
		{"not yet", captured().established().data(1, 1).ends(client, trace.EndOfCapture), "healthy", diagnose.Note, diagnose.CulpritNone, ""},
		{"with a reset", captured().established().data(1, 1).resets(client), "tcp-reset", diagnose.Failure, diagnose.CulpritClient, "unread data"},
		{"with a reset after a long silence", captured().established().data(1, 1).pause(5 * time.Minute).resets(server), "tcp-reset", diagnose.Failure, diagnose.CulpritNetwork, "firewall"},
		{"with a fatal alert that says little", captured().established().data(1, 1).fatal(server, wire.AlertInternalError).closes(server), "truncated", diagnose.Failure, diagnose.CulpritUnknown, "internal_error (80)"},
		{"with a fatal alert in the handshake", captured().hello(foundingHello()).fatal(server, wire.AlertInternalError), "handshake-abandoned", diagnose.Failure, diagnose.CulpritUnknown, "parley explain internal_error"},
		{"with a record that did not open", captured().established().data(1, 1).fatal(server, wire.AlertBadRecordMAC), "record-mac", diagnose.Failure, diagnose.CulpritUnknown, "bad_record_mac (20)"},
		{"with a wrong Finished", captured().hello(foundingHello()).serverHello().message(client, wire.MessageClientKeyExchange, 262, nil).fatal(server, wire.AlertDecryptError), "record-mac", diagnose.Failure, diagnose.CulpritUnknown, "different keys"},
		{"in the handshake", captured().hello(foundingHello()).serverHello().closes(client), "handshake-abandoned", diagnose.Failure, diagnose.CulpritClient, "without an alert"},
		{"by a server that does not answer", captured().hello(foundingHello()).pause(30 * time.Second).closes(client), "handshake-timeout", diagnose.Failure, diagnose.CulpritUnknown, "it was the server's turn"},
		{"by a client that does not go on", captured().hello(foundingHello()).serverHello().pause(10 * time.Second).closes(server), "handshake-timeout", diagnose.Failure, diagnose.CulpritUnknown, "it was the client's turn"},
	} {
		d := test.talk.diagnosis()
		f := d.Findings[0]
		if f.ID != test.id || f.Level != test.level || f.Culprit != test.culprit {
			t.Errorf("%s: %s, %s, %s: %s", test.name, f.ID, f.Level, f.Culprit, f.Sentence)
			continue
		}
		says(t, f, test.says)
		for _, fault := range unsound(d) {
			t.Errorf("%s: %s", test.name, fault)
		}
	}
}

func TestAHelloThatAnOldBalancerHangsAt(t *testing.T) {
	d := captured().hello(foundingHello()).pause(30 * time.Second).closes(client).diagnosis()
	says(t, d.Findings[0], "256 to 511 bytes (RFC 7685), and this one has 297")
}

func TestAnEndWithoutCloseNotifyIsANote(t *testing.T) {
	d := captured().established().data(1, 1).closes(client).closes(server).diagnosis()
	if d.Failed() || d.Findings[0].ID != "healthy" {
		t.Error(ids(d))
	}
	find(t, d, "truncated", diagnose.Note)
}

func TestOfASealedEndNothingIsSaid(t *testing.T) {
	talk := sealed(wire.VersionTLS13, wire.TLS_AES_128_GCM_SHA256)
	if text := ids(talk.established().data(1, 1).closes(client).closes(server).diagnosis()); text != "healthy (note)" {
		t.Error(text)
	}
}

func TestAResetBehindASealedGoodbyeIsNoAlarm(t *testing.T) {
	d := sealed(wire.VersionTLS13, wire.TLS_AES_128_GCM_SHA256).established().data(1, 1).resets(client).diagnosis()
	if d.Failed() {
		t.Error(ids(d))
	}
	find(t, d, "tcp-reset", diagnose.Note)
}

func TestAResetThatLooksLikeNobodys(t *testing.T) {
	d := captured().established().data(1, 1).says(server, trace.Closed, trace.EndDetail{How: trace.EndReset, Odd: "its TTL is 3, and the others' 64"}).diagnosis()
	f := d.Findings[0]
	if f.ID != "middlebox" || f.Culprit != diagnose.CulpritNetwork {
		t.Errorf("%s, %s", f.ID, f.Culprit)
	}
	says(t, f, "its TTL is 3")
}

func TestRecordsThatDoNotBelong(t *testing.T) {
	strange := func(r trace.RecordDetail) *talk {
		r.Negotiated = wire.VersionTLS12
		return captured().established().data(1, 1).says(client, trace.Record, r)
	}
	for _, test := range []struct {
		name    string
		talk    *talk
		id      string
		level   diagnose.Level
		culprit diagnose.Culprit
	}{
		{"a heartbeat that ends it", strange(trace.RecordDetail{Type: wire.TypeHeartbeat, Header: wire.VersionTLS12, Length: 35, Sealed: true}).fatal(server, wire.AlertUnexpectedMessage), "record-unknown-type", diagnose.Failure, diagnose.CulpritClient},
		{"bytes that are no record", strange(trace.RecordDetail{Type: 'G', Header: 0x4554, Length: 0x202f}).fatal(server, wire.AlertUnexpectedMessage), "record-unknown-type", diagnose.Failure, diagnose.CulpritClient},
		{"another version", strange(trace.RecordDetail{Type: wire.TypeApplicationData, Header: wire.VersionTLS10, Length: 40}).fatal(server, wire.AlertProtocolVersion), "record-version", diagnose.Failure, diagnose.CulpritClient},
		{"one that no key opens though they are known", captured().established().data(1, 1).broken(client).fatal(server, wire.AlertBadRecordMAC), "record-mac", diagnose.Failure, diagnose.CulpritUnknown},
	} {
		f := test.talk.diagnosis().Findings[0]
		if f.ID != test.id || f.Level != test.level || f.Culprit != test.culprit {
			t.Errorf("%s: %s, %s, %s: %s", test.name, f.ID, f.Level, f.Culprit, f.Sentence)
		}
	}
	lost := captured().established().data(1, 1).gap(client, trace.GapLost, 100).broken(client).data(1, 1).goodbye().diagnosis()
	if lost.Failed() {
		t.Errorf("behind a gap nothing opens, and it is called a failure: %s", ids(lost))
	}
	alone := strange(trace.RecordDetail{Type: wire.TypeApplicationData, Header: wire.VersionTLS10, Length: 40}).data(1, 1).goodbye().diagnosis()
	if text := ids(alone); text != "healthy (note)" {
		t.Error(text)
	}
}

func TestAnAlertInClear(t *testing.T) {
	talk := captured().established().data(1, 1).fatal(client, wire.AlertHandshakeFailure)
	talk.c.Events[len(talk.c.Events)-1].Place.Length = 7
	f := talk.fatal(server, wire.AlertBadRecordMAC).diagnosis().Findings[0]
	if f.ID != "alert-in-clear" || f.Culprit != diagnose.CulpritClient {
		t.Errorf("%s, %s", f.ID, f.Culprit)
	}
}

func TestWhatIsNotTLS(t *testing.T) {
	talk := captured()
	talk.c.Protocol = trace.ProtocolHTTP
	if d := talk.closes(client).diagnosis(); d.Failed() || d.Findings[0].ID != "healthy" {
		t.Errorf("HTTP on its own is no failure: %s", ids(d))
	}
	if f := talk.fatal(server, wire.AlertUnexpectedMessage).diagnosis().Findings[0]; f.ID != "not-tls-http" || f.Culprit != diagnose.CulpritClient {
		t.Errorf("%s, %s", f.ID, f.Culprit)
	}
	unheard := captured()
	unheard.c.Protocol = trace.ProtocolHTTP
	unheard.closes(server)
	unheard.c.Events[0].Place.Offset = 0
	if f := unheard.diagnosis().Findings[0]; f.ID != "not-tls-http" || f.Confidence != diagnose.Possible {
		t.Errorf("%s, %s", f.ID, f.Confidence)
	}
	talk.c.Protocol = "SSH"
	if f := talk.diagnosis().Findings[0]; f.ID != "not-tls" {
		t.Error(f.ID)
	}
	silent := captured()
	silent.c.Protocol = trace.ProtocolSilent
	if d := silent.closes(client).diagnosis(); d.Failed() {
		t.Errorf("a health check is no failure: %s", ids(d))
	}
}

func TestAnIncompleteCaptureSaysSo(t *testing.T) {
	for id, why := range map[string]trace.GapReason{"capture-gap": trace.GapLost, "capture-late": trace.GapLate, "capture-snaplen": trace.GapSnaplen} {
		d := captured().gap(server, why, 0).established().data(1, 1).goodbye().diagnosis()
		find(t, d, id, diagnose.Note)
		f := find(t, d, "healthy", diagnose.Note)
		if f.Confidence != diagnose.Possible || len(f.Missing) == 0 {
			t.Errorf("%s: healthy is %s", id, f.Confidence)
		}
	}
	late := captured().gap(client, trace.GapLate, 0).data(5, 5).fatal(server, wire.AlertInternalError).diagnosis()
	if f := late.Findings[0]; f.Level == diagnose.Failure && len(f.Missing) == 0 {
		t.Errorf("nothing is said to be missing: %s", f.Sentence)
	}
}

func TestAHoleInTheMiddleOfTheGroundsLowersConfidence(t *testing.T) {
	talk := captured().established().data(1, 1)
	talk.second(2, wire.VersionTLS10).gap(server, trace.GapLost, 50).fatal(server, wire.AlertProtocolVersion)
	f := talk.diagnosis().Findings[0]
	if f.ID != "reneg-reset-hello" || f.Confidence != diagnose.Likely {
		t.Errorf("%s, %s", f.ID, f.Confidence)
	}
	if !strings.Contains(strings.Join(f.Missing, " "), "missing packets") {
		t.Error(f.Missing)
	}
}

func TestChargesOfAServerThatIsToBlame(t *testing.T) {
	h := foundingHello()
	h.SessionID = make([]byte, 32)
	talk := captured().hello(raw(h)).serverHello().finished().data(1, 1).pause(3 * time.Second).resets(server)
	verdicts := map[string]diagnose.Verdict{}
	for _, c := range talk.diagnosis().Charges {
		verdicts[c.What] = c.Verdict
	}
	for what, want := range map[string]diagnose.Verdict{
		"asked for a renegotiation (HelloRequest)":            diagnose.DidNot,
		"closed without close_notify":                         diagnose.Did,
		"refused to resume a session that the client offered": diagnose.Did,
		"lost patience (a short time-out)":                    diagnose.Did,
	} {
		if verdicts[what] != want {
			t.Errorf("%s: %s", what, verdicts[what])
		}
	}
}

func TestAPremasterThatDoesNotOpenMayBeAProbe(t *testing.T) {
	talk := captured().hello(foundingHello()).serverHello().certificate(server).message(client, wire.MessageClientKeyExchange, 262, nil).
		says(client, trace.Keys, trace.KeysDetail{Version: wire.VersionTLS12, SuiteID: wire.TLS_RSA_WITH_AES_128_GCM_SHA256, Locked: "it does not open", BadPremaster: true}).
		fatal(server, wire.AlertBadRecordMAC).closes(server)
	d := talk.diagnosis()
	find(t, d, "key-oracle-probe", diagnose.Risk)
	find(t, d, "record-mac", diagnose.Failure)
}

func TestARefusedConnectionIsNamed(t *testing.T) {
	silent := captured()
	silent.c.Protocol = trace.ProtocolSilent
	f := silent.resets(server).diagnosis().Findings[0]
	if f.ID != "tcp-reset" || f.Culprit != diagnose.CulpritServer || f.Confidence != diagnose.Possible {
		t.Errorf("%s, %s, %s", f.ID, f.Culprit, f.Confidence)
	}
	says(t, f, "refused the TCP connection", "nothing listens at this port")
}

func TestAResetOfWhatIsNoTLSIsNoAlarm(t *testing.T) {
	http := captured()
	http.c.Protocol = trace.ProtocolHTTP
	if d := http.pause(5 * time.Minute).resets(client).diagnosis(); d.Failed() {
		t.Error(ids(d))
	}
}

func TestASealedAlertIsNotTakenForAFatalOne(t *testing.T) {
	hello := func() *talk {
		return sealed(wire.VersionTLS12, wire.TLS_RSA_WITH_AES_128_GCM_SHA256).established().data(64, 64).
			record(client, wire.TypeHandshake, wire.VersionTLS10, 513).record(server, wire.TypeAlert, wire.VersionTLS12, 26)
	}
	says(t, hello().closes(server).diagnosis().Findings[0], "the server ended the connection with an alert")
	says(t, hello().closes(client).diagnosis().Findings[0], "the server answered with an alert that no key opens here, upon which the connection ended")
}
