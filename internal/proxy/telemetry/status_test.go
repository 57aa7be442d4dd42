package telemetry

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/wire"
)

func TestStatusInWords(t *testing.T) {
	x := newTest()
	told(x, 1, opened, done(0, wire.VersionTLS10, wire.TLS_RSA_WITH_AES_128_CBC_SHA, false), second(0, parley.KindReset), answered(parley.KindReset, parley.AnswerAccept),
		begun, done(0, wire.VersionTLS10, wire.TLS_RSA_WITH_AES_128_CBC_SHA, true))
	told(x, 2, opened, failed("not-tls"), closed(0, "not-tls"))
	x.Limited(LimitPerSource)
	p := NewProcess("1.2.3")
	p.Add("devices", x)
	var text strings.Builder
	now := p.started.Add(90 * time.Second)
	if err := p.Status(now, errors.New("stopping")).WriteText(&text); err != nil {
		t.Fatal(err)
	}
	want := `parley 1.2.3, up 1m30s, stopping

devices on 192.0.2.9:8443
  connections     1 open, 2 since the start; 7 bytes from clients, 8 to them
  open now             1  TLS 1.0  reset
  handshakes           1  first  TLS 1.0  TLS_RSA_WITH_AES_128_CBC_SHA
                       1  reset  TLS 1.0  TLS_RSA_WITH_AES_128_CBC_SHA  resumed
  failed               1  first  not-tls
  second hellos        1  reset  accept
  limits hit           1  max-per-source
`
	if got := text.String(); !strings.HasPrefix(got, want) || !strings.Contains(got, "until 2001-09-09: it has ended") {
		t.Errorf("%s", got)
	}
}

func TestStatusTellsOfTheStoreAndOfRevocationLists(t *testing.T) {
	p := NewProcess("")
	p.Add("", newTest())
	p.AddSessionStores(storeThatIsDown(t))
	var text strings.Builder
	if err := p.Status(time.Unix(1e9, 0).Add(-36*time.Hour), nil).WriteText(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"  revocation list CN=b\uFFFD, until 2001-09-09: 1 day left\n", "\nthe session store does not answer: the log says why\n  asked for            1  get  skipped\n"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is not in\n%s", want, &text)
		}
	}
}

func TestDaysLeftAreWholeOnes(t *testing.T) {
	p := NewProcess("")
	p.Add("", newTest())
	end := time.Unix(1e9, 0)
	for left, want := range map[time.Duration]int{36 * time.Hour: 1, 23 * time.Hour: 0, -time.Minute: -1, 240 * time.Hour: 10} {
		if got := p.Status(end.Add(-left), nil).Listeners[0].Certificates[0].DaysLeft; got != want {
			t.Errorf("%v before its end: %d", left, got)
		}
	}
}

// What is passed through has lines of its own where there is any.
func TestStatusOfWhatIsPassedThrough(t *testing.T) {
	x := newTest()
	x.PassageBegun()
	x.PassageBegun()
	x.PassageEnded("reset")
	x.Observed("reneg-reset-hello")
	p := NewProcess("1")
	p.Add("", x)
	var text strings.Builder
	if err := p.Status(time.Now(), nil).WriteText(&text); err != nil {
		t.Fatal(err)
	}
	want := `  passed through  1 open, 1 ended; 0 bytes from clients, 0 to them
  they ended           1  reset
  found in them        1  reneg-reset-hello
`
	if !strings.Contains(text.String(), want) {
		t.Errorf("%s", &text)
	}
}
