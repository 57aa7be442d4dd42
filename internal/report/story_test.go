package report_test

import (
	"io"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/report"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// breaking gives the rung that is marked as the one at which it broke.
func breaking(t *testing.T, rungs []report.Rung) (int, report.Rung) {
	t.Helper()
	i := slices.IndexFunc(rungs, func(r report.Rung) bool { return r.Breaks })
	if i < 0 {
		t.Fatalf("nothing breaks in %+v", rungs)
	}
	return i, rungs[i]
}

func TestTheBreakingArrowIsTheDecisiveFramesOwn(t *testing.T) {
	d := founder(1)
	// The data and the hello come in a row, and the decisive frame is the hello's.
	d.Conversation.Events = slices.DeleteFunc(d.Conversation.Events, func(e trace.Event) bool {
		return e.Place.Frame == 11
	})
	i, r := breaking(t, report.Story(d))
	if r.Frame != 12 || !strings.HasPrefix(r.Text, "ClientHello") {
		t.Errorf("it breaks at %+v", r)
	}
	if next := report.Story(d)[i+1]; !strings.Contains(next.Text, "it breaks here: reneg-reset-hello") {
		t.Errorf("below it stands %q", next.Text)
	}
}

func TestASealedHelloBreaksWithItsHeader(t *testing.T) {
	_, r := breaking(t, report.Story(sealedFounder(1)))
	if r.Text != "encrypted handshake message, record header 0x0301, 513 bytes" || !r.Protected || r.From != trace.Client {
		t.Errorf("it breaks at %+v", r)
	}
}

func TestALiveStoryBreaksAtTheTimeOfItsFinding(t *testing.T) {
	d := &diagnose.Diagnosis{
		Conversation: &trace.Conversation{Live: true, Events: []trace.Event{
			{At: time.Second, From: trace.Client, Name: trace.Message, Detail: trace.MessageDetail{Type: wire.MessageClientHello}},
			{At: 2 * time.Second, From: trace.Server, Name: trace.AlertEvent, Detail: trace.AlertDetail{Level: wire.LevelFatal, Alert: wire.AlertHandshakeFailure}},
		}},
		Findings: []diagnose.Finding{{ID: "suite-none-shared", Level: diagnose.Failure, At: 2 * time.Second}},
	}
	if _, r := breaking(t, report.Story(d)); r.From != trace.Server {
		t.Errorf("it breaks at %+v", r)
	}
}

func TestWhatFailedNotDoesNotBreak(t *testing.T) {
	for _, r := range report.Story(healthy(1)) {
		if r.Breaks {
			t.Errorf("it breaks at %+v", r)
		}
	}
}

func TestTheDialogueBeforeTLSIsTold(t *testing.T) {
	d := healthy(1)
	d.Conversation.Prelude = &trace.Prelude{Protocol: "SMTP", Upgraded: true, Request: at(2), Reply: at(3)}
	rungs := report.Story(d)
	if rungs[0].Text != "SMTP in clear, asks for TLS" || rungs[0].From != trace.Client || rungs[1].From != trace.Server || rungs[1].Protected {
		t.Errorf("it begins %+v", rungs[:2])
	}
	d.Conversation.Prelude = &trace.Prelude{Protocol: "SMTP", Refused: "454 TLS not available", Request: at(2), Reply: at(3)}
	if r := report.Story(d)[1]; r.Text != "no TLS: 454 TLS not available" || !r.Marked {
		t.Errorf("a refusal is told as %+v", r)
	}
	d.Conversation.Prelude = &trace.Prelude{Protocol: "unknown", Upgraded: true, Bytes: 12}
	if r := report.Story(d)[0]; r.Text != "before TLS came 12 bytes of something else in clear" {
		t.Errorf("what is not known is told as %+v", r)
	}
	d.Conversation.Prelude = &trace.Prelude{Protocol: "PROXY protocol v2", Upgraded: true, Bytes: 28}
	if r := report.Story(d)[0]; r.Text != "before TLS came 28 bytes of PROXY protocol v2 in clear" {
		t.Errorf("a header is told as %+v", r)
	}
	d.Conversation.Prelude.Origin = netip.MustParseAddrPort("192.0.2.7:40000")
	if r := report.Story(d)[0]; r.Text != "PROXY protocol v2: it speaks for 192.0.2.7:40000" || r.From != trace.Client {
		t.Errorf("a header that names a client is told as %+v", r)
	}
	d.Conversation.Prelude = &trace.Prelude{Protocol: "SMTP", Upgraded: true, Request: at(2), Reply: at(3), Injected: 6, InjectedPlace: at(2)}
	if r := report.Story(d)[1]; !r.Marked || !strings.HasPrefix(r.Text, "6 bytes in clear behind the request") {
		t.Errorf("what was injected is told as %+v", r)
	}
}

func TestWhatIsMissingIsSaid(t *testing.T) {
	for why, want := range map[trace.GapReason]string{
		trace.GapLost:    "3,000 bytes of the client's are missing in the capture",
		trace.GapLate:    "the capture begins in the middle of the connection: what came before is not known",
		trace.GapSnaplen: "3,000 bytes of the client's were cut off by the snap length of the capture",
		trace.GapChanged: "3,000 bytes of the client's came twice, and differently",
		trace.GapLimit:   "3,000 bytes of the client's were not read: a bound of this program was met",
	} {
		rungs := report.Ladder([]trace.Event{{From: trace.Client, Name: trace.Gap, Detail: trace.GapDetail{Bytes: 3000, Why: why}}})
		if len(rungs) != 1 || rungs[0].Text != want {
			t.Errorf("%s: %+v", why, rungs)
		}
	}
}

func TestEndsAreArrowsThatAreNotUnderKeys(t *testing.T) {
	tail := report.Story(founder(1))
	tail = tail[len(tail)-2:]
	if tail[0].Text != "FIN" || tail[1].Text != "RST" || tail[0].Protected || tail[1].Protected {
		t.Errorf("it ends with %+v", tail)
	}
	d := founder(1)
	d.Conversation.Events = slices.DeleteFunc(d.Conversation.Events, func(e trace.Event) bool { return e.Name == trace.AlertEvent })
	tail = report.Story(d)
	if text := tail[len(tail)-2].Text; text != "FIN, no close_notify" {
		t.Errorf("without an alert the client's end is told as %q", text)
	}
}

func TestEventsThatWereNotKeptAreCounted(t *testing.T) {
	d := healthy(1)
	d.Conversation.Omitted = 1234
	rungs := report.Story(d)
	if r := rungs[len(rungs)-1]; r.Text != "… 1,234 events of this connection were not kept" {
		t.Errorf("it ends with %q", r.Text)
	}
}

func TestALongStoryIsShortenedAroundItsBreak(t *testing.T) {
	long := healthy(1).Conversation.Events
	d := founder(1)
	events := d.Conversation.Events
	at := slices.IndexFunc(events, func(e trace.Event) bool { return e.Place.Frame == 12 })
	data := slices.DeleteFunc(slices.Clone(long), func(e trace.Event) bool { return e.Name != trace.Data })
	d.Conversation.Events = slices.Concat(events[:at], data, events[at:])
	for i := range d.Conversation.Events {
		if e := &d.Conversation.Events[i]; i >= at+len(data) {
			e.Place.Frame, e.Place.Last = e.Place.Frame+1000, e.Place.Last+1000
		}
	}
	d.Findings[0].Frames = []int{1012}
	short := report.Shorten(report.Story(d), 30)
	if len(short) > 40 {
		t.Errorf("%d rungs are left", len(short))
	}
	_, r := breaking(t, short)
	if r.Frame != 1012 {
		t.Errorf("it breaks at %+v", r)
	}
	i := slices.IndexFunc(short, func(r report.Rung) bool { return r.Left > 0 })
	if i < 0 || !strings.Contains(short[i].Text, "of them data: 33,996 bytes from the client") {
		t.Errorf("the middle is told as %q", short[i].Text)
	}
}

func TestShorteningLosesNothingWithoutSayingSo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rungs := make([]report.Rung, rapid.IntRange(0, 300).Draw(t, "rungs"))
		for i := range rungs {
			rungs[i].Frame = i + 1
			rungs[i].Marked = rapid.Float64().Draw(t, "mark") < 0.05
		}
		broken := -1
		if len(rungs) > 0 && rapid.Bool().Draw(t, "breaks") {
			broken = rapid.IntRange(0, len(rungs)-1).Draw(t, "at")
			rungs[broken].Breaks = true
		}
		most := rapid.IntRange(1, 100).Draw(t, "most")
		short, told := report.Shorten(rungs, most), 0
		for _, r := range short {
			told += max(r.Left, 1)
			if r.Breaks {
				broken = -1
			}
		}
		if told != len(rungs) {
			t.Fatalf("%d rungs are told of %d", told, len(rungs))
		}
		if broken >= 0 {
			t.Fatal("the break is left out")
		}
		if len(short) > 3*most+40 {
			t.Fatalf("%d rungs are left, where about %d were wanted", len(short), most)
		}
	})
}

func TestSealedRecordsInARowAreCounted(t *testing.T) {
	sealed := func(kind wire.ContentType, n int) trace.Event {
		return trace.Event{From: trace.Server, Name: trace.Record, Place: at(5), Detail: trace.RecordDetail{
			Type: kind, Header: wire.VersionTLS12, Negotiated: wire.VersionTLS12, Length: n, Sealed: true,
		}}
	}
	rungs := report.Ladder([]trace.Event{sealed(wire.TypeHandshake, 101), sealed(wire.TypeHandshake, 827), sealed(wire.TypeChangeCipherSpec, 25)})
	want := "encrypted handshake message, 101 bytes, another, 827 bytes, encrypted ChangeCipherSpec, 25 bytes"
	if len(rungs) != 1 || rungs[0].Text != want {
		t.Errorf("they are told as %+v", rungs)
	}
}

func TestManyMessagesAreNotAllNamed(t *testing.T) {
	var events []trace.Event
	for range 1000 {
		events = append(events, trace.Event{From: trace.Client, Name: trace.Message, Detail: trace.MessageDetail{Type: wire.MessageFinished}})
	}
	rungs := report.Ladder(events)
	if len(rungs) != 1 || len(rungs[0].Text) > 200 || len(rungs[0].Events) != 1000 {
		t.Errorf("%d rungs, the first of %d bytes with %d events", len(rungs), len(rungs[0].Text), len(rungs[0].Events))
	}
}

func TestOfASealedSideNothingIsSaidOfCloseNotify(t *testing.T) {
	d := &diagnose.Diagnosis{Conversation: &trace.Conversation{Events: []trace.Event{
		{From: trace.Client, Name: trace.Data, Place: at(1), Detail: trace.DataDetail{FromClient: 19, Sealed: true}},
		{From: trace.Client, Name: trace.Closed, Place: at(2), Detail: trace.EndDetail{How: trace.EndFIN}},
	}}}
	rungs := report.Story(d)
	if !rungs[0].Protected || rungs[1].Text != "FIN" {
		t.Errorf("it is told as %+v", rungs)
	}
}

func TestABeginningThatIsMissingOnBothSidesIsSaidOnce(t *testing.T) {
	late := trace.GapDetail{Why: trace.GapLate}
	rungs := report.Ladder([]trace.Event{{From: trace.Client, Name: trace.Gap, Detail: late}, {From: trace.Server, Name: trace.Gap, Detail: late}})
	if len(rungs) != 1 {
		t.Errorf("it is said %d times", len(rungs))
	}
}

func TestAHelloRequestIsTheServersArrow(t *testing.T) {
	rungs := report.Ladder([]trace.Event{{Name: trace.HelloRequest, Place: at(13)}})
	if len(rungs) != 1 || rungs[0].From != trace.Server || rungs[0].Text != "HelloRequest" {
		t.Errorf("it is told as %+v", rungs)
	}
}

func TestWhatIsNoTLSIsNamed(t *testing.T) {
	for protocol, want := range map[trace.Protocol]string{
		trace.ProtocolHTTP:    "what was said is HTTP in clear, not TLS",
		trace.ProtocolUnknown: "what was said is of no protocol that is known, and not TLS",
		trace.ProtocolTLS:     "",
		trace.ProtocolSilent:  "",
	} {
		rungs := report.Story(&diagnose.Diagnosis{Conversation: &trace.Conversation{Protocol: protocol}})
		if len(rungs) > 1 || len(rungs) == 1 && rungs[0].Text != want || len(rungs) == 0 && want != "" {
			t.Errorf("%s: %+v", protocol, rungs)
		}
	}
}

func TestAConnectionThatStayedInClearIsNotSaidToHaveLeftIt(t *testing.T) {
	d := healthy(1)
	d.Conversation.Protocol, d.Facts.Version, d.Facts.Suite = "SMTP", "", ""
	d.Conversation.Prelude = &trace.Prelude{Protocol: "SMTP", Refused: "454 TLS not available"}
	got := string(written(t, func(w io.Writer, r *report.Report) error {
		return report.Terminal(w, r, report.TerminalOptions{Style: report.Style{Width: 100}})
	}, reportOf(d)))
	if !strings.Contains(got, " SMTP in clear") || strings.Contains(got, "after SMTP") || strings.Contains(got, "SMTP · ") {
		t.Errorf("it says\n%s", got)
	}
}
