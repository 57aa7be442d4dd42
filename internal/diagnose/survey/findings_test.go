package survey

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// finding is what the survey found under an id; nil: nothing.
func finding(all []diagnose.Remark, id string) *diagnose.Finding {
	for _, r := range all {
		if r.Finding != nil && r.Finding.ID == id {
			return r.Finding
		}
	}
	return nil
}

func TestSessionsResumedByTurnsAreFound(t *testing.T) {
	offering := wire.ClientHello{Version: wire.VersionTLS12, SessionID: make([]byte, 32)}
	by := func(n int, every time.Duration, resumed func(int) bool) (list []told) {
		for i := range n {
			list = append(list, connection(i+1, "192.0.2.1", time.Duration(i)*every).hello(offering).
				done(trace.HandshakeDetail{Version: wire.VersionTLS12, Resumed: resumed(i)}))
		}
		return list
	}
	turns := func(i int) bool { return i%2 == 0 }
	if f := finding(remarks(by(9, time.Minute, turns)...), "resume-alternates"); f == nil || f.Confidence != diagnose.Likely {
		t.Errorf("by turns: %+v", f)
	}
	for name, list := range map[string][]told{
		"too few":             by(5, time.Minute, turns),
		"always":              by(9, time.Minute, func(int) bool { return true }),
		"never":               by(9, time.Minute, func(int) bool { return false }),
		"sessions of old age": by(9, time.Hour, turns),
	} {
		if f := finding(remarks(list...), "resume-alternates"); f != nil {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func TestAFallbackIsFound(t *testing.T) {
	high := wire.ClientHello{Version: wire.VersionTLS12}
	low := wire.ClientHello{Version: wire.VersionTLS10}
	failed := func() told { return connection(1, "192.0.2.1", 0).hello(high).failing("tcp-reset") }
	next := func(client string, after time.Duration, h wire.ClientHello) told {
		return connection(2, client, after).hello(h).done(trace.HandshakeDetail{Version: h.Version})
	}
	f := finding(remarks(failed(), next("192.0.2.1", 2*time.Second, low)), "version-fallback")
	if f == nil || !strings.Contains(f.Sentence, "offered TLS 1.0 instead of TLS 1.2") || f.Confidence != diagnose.Possible {
		t.Errorf("%+v", f)
	}
	var often []told
	for n := range 3 {
		at := time.Duration(n) * time.Hour
		often = append(often, connection(2*n+1, "192.0.2.1", at).fingerprint("high").hello(high).failing("tcp-reset"),
			connection(2*n+2, "192.0.2.1", at+time.Second).fingerprint("low").hello(low).done(trace.HandshakeDetail{Version: wire.VersionTLS10}))
	}
	if f := finding(remarks(often...), "version-fallback"); f == nil || f.Confidence != diagnose.Likely || !strings.Contains(f.Sentence, "3 times") {
		t.Errorf("three times: %+v", f)
	}
	other := connection(9, "192.0.2.1", 30*time.Minute).fingerprint("low").hello(low).done(trace.HandshakeDetail{Version: wire.VersionTLS10})
	if f := finding(remarks(append(often, other)...), "version-fallback"); f == nil || f.Confidence != diagnose.Possible {
		t.Errorf("beside a device that has nothing better: %+v", f)
	}
	for name, list := range map[string][]told{
		"of another client": {failed(), next("192.0.2.2", 2*time.Second, low)},
		"much later":        {failed(), next("192.0.2.1", time.Minute, low)},
		"with the same":     {failed(), next("192.0.2.1", 2*time.Second, high)},
		"after a success":   {connection(1, "192.0.2.1", 0).hello(high).done(trace.HandshakeDetail{}), next("192.0.2.1", 2*time.Second, low)},
	} {
		if f := finding(remarks(list...), "version-fallback"); f != nil {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func TestAProbeOfTheRSAKeyIsFound(t *testing.T) {
	by := func(n int, kx string, ok func(int) bool) (list []told) {
		for i := range n {
			c := connection(i+1, "192.0.2.1", 0).event(trace.Client, trace.Message, 0, trace.MessageDetail{Type: wire.MessageClientKeyExchange})
			c.Facts.KeyExchange = kx
			if ok(i) {
				c.done(trace.HandshakeDetail{})
			} else {
				c.failing("record-mac")
			}
			list = append(list, c)
		}
		return list
	}
	never := func(int) bool { return false }
	if f := finding(remarks(by(12, "RSA", never)...), "key-oracle-probe"); f == nil || f.Confidence != diagnose.Possible || f.Level != diagnose.Risk {
		t.Errorf("%+v", f)
	}
	if f := finding(remarks(by(200, "RSA", never)...), "key-oracle-probe"); f == nil || f.Confidence != diagnose.Likely {
		t.Errorf("%+v", f)
	}
	for name, list := range map[string][]told{
		"few":            by(9, "RSA", never),
		"ECDHE":          by(12, "ECDHE", never),
		"half went well": by(12, "RSA", func(i int) bool { return i%2 == 0 }),
	} {
		if f := finding(remarks(list...), "key-oracle-probe"); f != nil {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func TestAClientThatSplitRecordsBreakIsFound(t *testing.T) {
	by := func(n int, answer int64, how trace.End) (list []told) {
		for i := range n {
			c := connection(i+1, "192.0.2.1", 0).done(trace.HandshakeDetail{Version: wire.VersionTLS10}).
				event(trace.Server, trace.Data, time.Second, trace.DataDetail{ToClient: 500, Records: 2, Short: 1})
			if answer > 0 {
				c.event(trace.Client, trace.Data, time.Second, trace.DataDetail{FromClient: answer})
			}
			list = append(list, c.ended(trace.Client, how, 1100*time.Millisecond))
		}
		return list
	}
	f := finding(remarks(by(4, 0, trace.EndReset)...), "record-split-breaks-client")
	if f == nil || f.Confidence != diagnose.Possible || f.Culprit != diagnose.CulpritClient {
		t.Errorf("%+v", f)
	}
	well := connection(9, "192.0.2.1", 0).done(trace.HandshakeDetail{Version: wire.VersionTLS12})
	if f := finding(remarks(append(by(4, 0, trace.EndReset), well)...), "record-split-breaks-client"); f == nil || f.Confidence != diagnose.Likely {
		t.Errorf("beside one that went well: %+v", f)
	}
	for name, list := range map[string][]told{
		"few":           by(2, 0, trace.EndReset),
		"they go on":    by(4, 100, trace.EndReset),
		"the file ends": by(4, 0, trace.EndOfCapture),
	} {
		if f := finding(remarks(list...), "record-split-breaks-client"); f != nil {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func TestAServersDeadlineIsFound(t *testing.T) {
	by := func(wait func(int) time.Duration, done bool) (list []told) {
		for i := range 6 {
			c := connection(i+1, "192.0.2.1", 0).hello(wire.ClientHello{})
			if done {
				c.done(trace.HandshakeDetail{})
				c.event(trace.Client, trace.Data, time.Second, trace.DataDetail{FromClient: 10, Until: 2 * time.Second})
				list = append(list, c.ended(trace.Server, trace.EndFIN, 2*time.Second+wait(i)))
				continue
			}
			list = append(list, c.failing("handshake-timeout").ended(trace.Server, trace.EndFIN, wait(i)))
		}
		return list
	}
	five := func(i int) time.Duration { return 5*time.Second + time.Duration(i)*10*time.Millisecond }
	all := remarks(by(five, false)...)
	if f := finding(all, "handshake-timeout"); f == nil || !strings.Contains(f.Sentence, "after 5 s") {
		t.Errorf("%s", titles(all))
	}
	remark(t, remarks(by(five, true)...), "The server ends idle connections after 5 s")
	anyhow := func(i int) time.Duration { return time.Second << i }
	for _, r := range remarks(append(by(anyhow, false), by(anyhow, true)...)...) {
		if strings.Contains(r.Title, "given up after") || strings.Contains(r.Title, "ends idle") {
			t.Error(r.Title)
		}
	}
}

func TestARecordThatWasNeverWholeIsNoSignOfLife(t *testing.T) {
	var list []told
	for i := range 4 {
		list = append(list, connection(i+1, "192.0.2.1", 0).failing("handshake-timeout").
			event(trace.Client, trace.Record, 2050*time.Millisecond, trace.RecordDetail{Why: "the stream ends in the middle of it"}).
			ended(trace.Server, trace.EndFIN, 2010*time.Millisecond))
	}
	remark(t, remarks(list...), "Handshakes are given up after 2 s")
}

func TestSomethingInBetweenIsFound(t *testing.T) {
	wait := 100 * time.Millisecond
	by := func(n int, at func(int) int, odd string, late bool) (list []told) {
		for i := range n {
			c := connection(i+1, "192.0.2.1", 0).hello(wire.ClientHello{}).at(0, at(i)).failing("tcp-reset")
			if late {
				c.event(trace.Client, trace.Gap, 0, trace.GapDetail{Why: trace.GapLost})
			}
			list = append(list, c.event(trace.Server, trace.Closed, wait, trace.EndDetail{How: trace.EndReset, Odd: odd}))
		}
		return list
	}
	same := func(int) int { return 517 }
	all := remarks(by(4, same, "its TTL is 64, the server's others have 52", false)...)
	f := finding(all, "middlebox")
	if f == nil || f.Culprit != diagnose.CulpritNetwork || f.Confidence != diagnose.Likely || !strings.Contains(f.Sentence, "517 bytes of the client's") {
		t.Errorf("%+v", f)
	}
	all = remarks(by(4, same, "", false)...)
	if finding(all, "middlebox") != nil {
		t.Error("resets that look like the server's are called a middlebox's")
	}
	remark(t, all, "Connections are reset at the same byte")
	for name, list := range map[string][]told{
		"few":               by(2, same, "odd", false),
		"at other bytes":    by(4, func(i int) int { return 500 + i }, "odd", false),
		"bytes are missing": by(4, same, "odd", true),
	} {
		if f := finding(remarks(list...), "middlebox"); f != nil {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func TestAnIdleConnectionIsResetForAnotherReason(t *testing.T) {
	var list []told
	for i := range 4 {
		list = append(list, connection(i+1, "192.0.2.1", 0).hello(wire.ClientHello{}).at(0, 517).ended(trace.Server, trace.EndReset, 5*time.Second))
	}
	for _, r := range remarks(list...) {
		if strings.Contains(r.Title, "same byte") {
			t.Error(r.Title)
		}
	}
}

func TestResetsOfManyKindsOfClientsAreNoClientsFault(t *testing.T) {
	var list []told
	for i := range 4 {
		list = append(list, connection(i+1, "192.0.2.1", 0).fingerprint(fmt.Sprint(i)).hello(wire.ClientHello{}).at(0, 517).
			ended(trace.Server, trace.EndReset, 100*time.Millisecond))
	}
	if r := remark(t, remarks(list...), "Connections are reset at the same byte"); !strings.Contains(r.Text, "of 4 kinds") {
		t.Error(r.Text)
	}
}
