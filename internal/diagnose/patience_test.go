package diagnose_test

import (
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

func TestAnAlertBehindALongSilenceIsATimeout(t *testing.T) {
	half := func() *talk {
		return captured().says(client, trace.Record, trace.RecordDetail{Type: wire.TypeHandshake, Header: wire.VersionTLS10, Length: 256, Why: "the stream ends in the middle of it"})
	}
	for name, talk := range map[string]*talk{
		"in its hello":           half().pause(10*time.Second).fatal(server, wire.AlertHandshakeFailure).closes(server),
		"behind the certificate": captured().hello(foundingHello()).serverHello().pause(10*time.Second).fatal(server, wire.AlertHandshakeFailure).closes(server),
	} {
		d := talk.diagnosis()
		if f := d.Findings[0]; f.ID != "handshake-timeout" || f.Level != diagnose.Failure || !strings.Contains(f.Sentence, "nothing for 10s") {
			t.Errorf("%s: %s: %s", name, ids(d), f.Sentence)
		}
	}
	if d := half().fatal(server, wire.AlertHandshakeFailure).closes(server).diagnosis(); strings.Contains(ids(d), "handshake-timeout") {
		t.Errorf("at once: %s", ids(d))
	}
}
