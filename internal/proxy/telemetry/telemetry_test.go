package telemetry

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/proxy/upstream"
	"github.com/parley-tls/parley/internal/proxy/valkey"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/wire"
)

func newTest() *Telemetry {
	return New(Source{
		Address: func() string { return "192.0.2.9:8443" },
		Bytes:   func() (int64, int64) { return 7, 8 },
		Passed:  func() (int64, int64) { return 0, 0 },
		Certificates: func() []*x509.Certificate {
			return []*x509.Certificate{{Subject: pkix.Name{CommonName: "a\xff"}, NotAfter: time.Unix(1e9, 0)}}
		},
		Lists: func() []List { return []List{{"CN=b\xff", time.Unix(1e9, 0)}} },
	})
}

// storeThatIsDown is a session store whose server nobody has begun.
func storeThatIsDown(t *testing.T) *valkey.Stores {
	t.Helper()
	place, err := valkey.Parse("valkey://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	stores := valkey.NewStores(slog.New(slog.DiscardHandler))
	store := stores.At(place)
	stores.Hold(t, store)
	t.Cleanup(func() { stores.Hold(t, nil) })
	if _, err := store.Get(t.Context(), [32]byte{}); err == nil {
		t.Error("it answers")
	}
	return stores
}

// page is what a scraper gets.
func page(t *testing.T, x *Telemetry) string {
	t.Helper()
	w := httptest.NewRecorder()
	p := NewProcess("1.2.3")
	p.Add("", x)
	p.AddPermissions(func() []Permission { return []Permission{{Name: "old", Last: time.Unix(1e9, 0)}} })
	p.AddInventory(func() Inventory { return Inventory{1, 2, 3} })
	p.AddSessionStores(storeThatIsDown(t))
	p.AddBackends(func() []upstream.Status {
		return []upstream.Status{{Backend: "app", Server: "192.0.2.1:80", Up: true, Failures: 3}, {Backend: "app", Server: "unix:/\xff"}}
	})
	p.Handler(func() error { return nil }).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// has wants lines on the page.
func has(t *testing.T, page string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(page, "\n"+line+"\n") {
			t.Errorf("there is no line %s", line)
		}
	}
}

// told gives a connection's events to the counts.
func told(x *Telemetry, conn uint64, events ...parley.Event) {
	for _, e := range events {
		e.Conn = conn
		x.Observe(e)
	}
}

var (
	opened = parley.Event{Name: parley.EventOpened, Detail: parley.OpenedDetail{Client: "192.0.2.1:1"}}
	begun  = parley.Event{Name: parley.EventHandshakeBegun}
)

func done(at time.Duration, v wire.Version, id wire.SuiteID, resumed bool) parley.Event {
	return parley.Event{Name: parley.EventHandshakeDone, At: at, Detail: parley.HandshakeDetail{Version: v, SuiteID: id, Resumed: resumed}}
}

func second(at time.Duration, k parley.Kind) parley.Event {
	return parley.Event{Name: parley.EventSecondHello, At: at, Finding: k.Finding(), Detail: parley.SecondHelloDetail{Kind: k}}
}

func answered(k parley.Kind, a parley.Answer) parley.Event {
	return parley.Event{Name: parley.EventAnswered, Detail: parley.AnsweredDetail{Kind: k, Answer: a}}
}

func failed(finding string) parley.Event {
	return parley.Event{Name: parley.EventHandshakeFailed, Finding: finding, Detail: parley.FailureDetail{Finding: finding}}
}

func closed(at time.Duration, finding string) parley.Event {
	return parley.Event{Name: parley.EventClosed, At: at, Finding: finding, Detail: parley.FailureDetail{Finding: finding}}
}

func TestConnectionIsCountedAsItGoes(t *testing.T) {
	x := newTest()
	told(x, 1, opened)
	has(t, page(t, x), `parley_connections_open{kind="none",version="none"} 1`, `parley_connections_total 1`)
	told(x, 1, begun, done(20*time.Millisecond, wire.VersionTLS10, wire.TLS_RSA_WITH_AES_128_CBC_SHA, false))
	has(t, page(t, x), `parley_connections_open{kind="first",version="TLS 1.0"} 1`, `parley_connections_open{kind="none",version="none"} 0`,
		`parley_handshakes_total{kind="first",resumed="no",suite="TLS_RSA_WITH_AES_128_CBC_SHA",version="TLS 1.0"} 1`)
	told(x, 1, second(time.Hour, parley.KindReset),
		parley.Event{Name: parley.EventRationed, Detail: parley.RationedDetail{Wait: 1500 * time.Millisecond}},
		answered(parley.KindReset, parley.AnswerAccept), begun,
		done(time.Hour+2*time.Second, wire.VersionTLS10, wire.TLS_RSA_WITH_AES_128_CBC_SHA, true))
	told(x, 1, closed(2*time.Hour, ""))
	x.StreamEnded("clean")
	has(t, page(t, x), `parley_connections_open{kind="reset",version="TLS 1.0"} 0`,
		`parley_handshakes_total{kind="reset",resumed="yes",suite="TLS_RSA_WITH_AES_128_CBC_SHA",version="TLS 1.0"} 1`,
		`parley_handshake_duration_seconds_sum{kind="reset"} 2`, `parley_second_hellos_total{answer="accept",kind="reset"} 1`,
		`parley_rationed_hellos_total 1`, `parley_ration_wait_seconds_total 1.5`, `parley_connection_duration_seconds_sum 7200`,
		`parley_streams_ended_total{ended="clean"} 1`)
	if strings.Contains(page(t, x), "parley_handshake_failures_total{") {
		t.Error("a handshake failed")
	}
}

func TestEachFailedHandshakeIsCountedOnce(t *testing.T) {
	x := newTest()
	told(x, 1, opened, failed("suite-none-shared"), closed(0, "suite-none-shared"))
	told(x, 2, opened, closed(0, "handshake-abandoned"))
	told(x, 3, opened, done(0, wire.VersionTLS12, wire.TLS_RSA_WITH_AES_128_CBC_SHA, false), second(0, parley.KindSecure), answered(parley.KindSecure, parley.AnswerAccept),
		begun, failed(""), closed(0, ""))
	told(x, 4, opened, done(0, wire.VersionTLS12, wire.TLS_RSA_WITH_AES_128_CBC_SHA, false), second(0, parley.KindBare), answered(parley.KindBare, parley.AnswerRefuse),
		closed(0, "reneg-refused"))
	text := page(t, x)
	has(t, text, `parley_handshake_failures_total{finding="suite-none-shared",kind="first"} 1`, `parley_handshake_failures_total{finding="handshake-abandoned",kind="first"} 1`,
		`parley_handshake_failures_total{finding="none",kind="secure"} 1`, `parley_second_hellos_total{answer="refuse",kind="bare"} 1`)
	if n := strings.Count(text, "parley_handshake_failures_total{"); n != 3 {
		t.Errorf("%d series of failures", n)
	}
}

func TestWhatIsLookedUpWhenAsked(t *testing.T) {
	x := newTest()
	x.BackendFailed("b")
	x.BackendConnected("b\xff", 2*time.Second)
	x.Limited(LimitConnections)
	has(t, page(t, x), `parley_application_bytes_total{direction="from_client"} 7`, `parley_application_bytes_total{direction="to_client"} 8`,
		`parley_certificate_not_after_timestamp_seconds{number="1",subject="CN=a�"} 1e+09`, `parley_backend_connect_failures_total{backend="b"} 1`,
		`parley_session_store_up 0`, `parley_session_store_requests_total{request="get",result="skipped"} 1`, `parley_session_store_requests_total{request="put",result="done"} 0`,
		"parley_client_crl_next_update_timestamp_seconds{issuer=\"CN=b\uFFFD\",number=\"1\"} 1e+09",
		"parley_backend_connects_total{backend=\"b\uFFFD\"} 1", "parley_backend_connect_duration_seconds_sum{backend=\"b\uFFFD\"} 2", `parley_limited_total{limit="max-connections"} 1`,
		`parley_backend_up{backend="app",server="192.0.2.1:80"} 1`, "parley_backend_up{backend=\"app\",server=\"unix:/\uFFFD\"} 0", `parley_backend_server_failures_total{backend="app",server="192.0.2.1:80"} 3`)
	if !regexp.MustCompile(`parley_build_info\{goversion="go[^"]+",version="1\.2\.3"\} 1`).MatchString(page(t, x)) {
		t.Error("it does not say which program it is")
	}
}

// Whatever clients send, and however many of them: the labels are ours.
func TestHostileClientsMakeNoSeries(t *testing.T) {
	x := newTest()
	kinds := []parley.Kind{parley.KindSecure, parley.KindReset, parley.KindForged, parley.KindBare, parley.KindRestart}
	storm := func(from uint64) {
		for i := from; i < from+1000; i++ {
			odd := fmt.Sprintf("finding-%d", i)
			k := kinds[i%5]
			told(x, i,
				parley.Event{Name: parley.EventOpened, Detail: parley.OpenedDetail{Client: fmt.Sprintf("192.0.2.%d:%d", i%250, i)}},
				done(0, wire.Version(0x0400+i), wire.SuiteID(0x5000+i), i%2 == 0), second(0, k), answered(k, renego.Allowed(parley.KindSecure)[0]), begun, failed(odd), closed(0, odd))
			x.StreamEnded(odd)
			x.StreamEnded(fmt.Sprintf("clean%d", i))
		}
	}
	storm(0)
	before := strings.Count(page(t, x), "\nparley_")
	storm(1000)
	if after := strings.Count(page(t, x), "\nparley_"); after != before {
		t.Errorf("%d series after %d", after, before)
	}
	x.live.Range(func(conn, _ any) bool { t.Errorf("connection %v is remembered", conn); return true })
}

func TestServersOfAProcessAreToldApart(t *testing.T) {
	p := NewProcess("")
	left, right := newTest(), newTest()
	p.Add("left", left)
	p.Add("right", right)
	told(left, 1, opened)
	w := httptest.NewRecorder()
	p.Handler(func() error { return nil }).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	has(t, w.Body.String(), `parley_connections_total{listener="left"} 1`, `parley_connections_total{listener="right"} 0`,
		`parley_application_bytes_total{direction="to_client",listener="right"} 8`)
}

func TestDataCostsNoMemory(t *testing.T) {
	x := newTest()
	told(x, 1e6, opened)
	data := parley.Event{Conn: 1e6, Name: parley.EventData, Detail: parley.DataDetail{FromClient: 1}}
	if n := testing.AllocsPerRun(100, func() { x.Observe(data) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestProbes(t *testing.T) {
	why := io.ErrUnexpectedEOF
	for _, c := range []struct {
		path  string
		ready error
		code  int
		text  string
	}{
		{"/healthz", why, 200, "ok\n"}, {"/readyz", nil, 200, "ok\n"}, {"/readyz", why, 503, why.Error() + "\n"}, {"/", nil, 404, "404 page not found\n"},
	} {
		w := httptest.NewRecorder()
		NewProcess("").Handler(func() error { return c.ready }).ServeHTTP(w, httptest.NewRequest("GET", c.path, nil))
		if w.Code != c.code || w.Body.String() != c.text {
			t.Errorf("%s: %d %q", c.path, w.Code, w.Body)
		}
	}
}

// Each metric and each alert has its line in docs/metrics.md, and none that is not there has.
func TestMetricsAndAlertsAreTold(t *testing.T) {
	doc, err := os.ReadFile("../../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	rules, err := os.ReadFile("../../../packaging/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	x := newTest()
	told(x, 1, opened, done(0, wire.VersionTLS12, wire.TLS_RSA_WITH_AES_128_CBC_SHA, false), second(0, parley.KindReset), begun, failed(""))
	x.StreamEnded("clean")
	x.Tried("first", "version-none-shared")
	x.PassageBegun()
	x.PassageEnded("clean")
	x.Observed("healthy")
	x.BackendConnected("app", time.Second)
	x.BackendFailed("app")
	there := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^# TYPE (parley_\w+)`).FindAllStringSubmatch(page(t, x), -1) {
		there[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`alert: (\w+)`).FindAllStringSubmatch(string(rules), -1) {
		there[m[1]] = true
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `(parley_\\w+|Parley\\w+)`").FindAllStringSubmatch(string(doc), -1) {
		if !there[m[1]] {
			t.Errorf("docs/metrics.md tells of %s, which is not there", m[1])
		}
		delete(there, m[1])
	}
	for name := range there {
		t.Errorf("docs/metrics.md does not tell of %s", name)
	}
	for _, m := range regexp.MustCompile(`parley_\w+`).FindAllString(string(rules), -1) {
		if !strings.Contains(string(doc), "`"+m+"`") {
			t.Errorf("an alert asks for %s, which nobody tells", m)
		}
	}
}
