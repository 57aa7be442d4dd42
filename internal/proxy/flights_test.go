package proxy

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley/docs/findings"
	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/trace/form"
	"github.com/parley-tls/parley/internal/wire"
)

// flown runs a server, has a client meet it, and gives the line that its stream
// left.
func flown(t *testing.T, o Options, meet func(address string)) (g *Group, line map[string]any) {
	t.Helper()
	c := certificateFor(t, testKeys().rsa)
	o.Listen, o.Certs = "127.0.0.1:0", []string{writeFile(t, "server.pem", certBlock(c.Certificate[0]), keyBlock(t, testKeys().rsa))}
	if o.ClientAuth != "" {
		o.ClientCA = o.Certs[0]
	}
	settings, err := o.Check()
	if err != nil {
		t.Fatal(err)
	}
	log := new(logLines)
	g, stop := group(t, log, settings)
	defer stop()
	meet(g.servers[0].Addr().String())
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		for _, message := range []string{"connection", "handshake failed"} {
			if lines := log.all(t, message); len(lines) > 0 {
				return g, lines[len(lines)-1]
			}
		}
	}
	t.Fatalf("the log has no line of the stream:\n%s", log)
	return nil, nil
}

// readBack diagnoses the flight that a line names, as parley diagnose does its file.
func readBack(t *testing.T, g *Group, id string) *diagnose.Diagnosis {
	t.Helper()
	f, ok := g.commons.flights.Flight(id)
	if !ok {
		t.Fatalf("there is no flight %q", id)
	}
	b, err := form.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	_, c, err := form.NewFlightReader(bytes.NewReader(b)).Next()
	if err != nil {
		t.Fatal(err)
	}
	return diagnose.Diagnose(c)
}

// firsts are clients that fail in their first handshake.
var firsts = map[string]struct {
	options Options
	meet    func(t *testing.T, address string)
}{
	"version-none-shared": {Options{MinVersion: "1.2"}, offers(func(o *legacyclient.Options) { o.Version = wire.VersionTLS10 })},
	"suite-none-shared":   {Options{}, offers(func(o *legacyclient.Options) { o.Suites = []wire.SuiteID{wire.TLS_RSA_WITH_3DES_EDE_CBC_SHA} })},
	"client-cert-missing": {Options{ClientAuth: "require"}, offers(func(*legacyclient.Options) {})},
	"not-tls-http":        {Options{}, says("GET / HTTP/1.0\r\n\r\n")},
	"not-tls":             {Options{}, says("\x00\x01\x02\x03\x04\x05\x06\x07")},
	"hello-malformed":     {Options{}, says("\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03")},
	"handshake-timeout":   {Options{HandshakeTimeout: "50ms"}, says("\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03")},
	"cert-refused":        {Options{}, refuses},
}

func offers(change func(*legacyclient.Options)) func(*testing.T, string) {
	return func(t *testing.T, address string) {
		o := legacyclient.Options{Version: wire.VersionTLS12, Timeout: patience}
		change(&o)
		c := legacyclient.New(connected(t, address), o)
		_ = c.Handshake() // what it comes to the server tells
		_ = c.Close()
	}
}

func connected(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return c
}

// says sends bytes and hangs up when the server has.
func says(text string) func(*testing.T, string) {
	return func(t *testing.T, address string) {
		c := connected(t, address)
		_, _ = io.WriteString(c, text) // the server may have gone
		_, _ = io.Copy(io.Discard, c)
	}
}

// refuses does not know who issued the server's certificate.
func refuses(t *testing.T, address string) {
	c := tls.Client(connected(t, address), &tls.Config{ServerName: "till.example", MaxVersion: tls.VersionTLS12})
	if err := c.Handshake(); err == nil {
		t.Error("the client took the certificate")
	}
}

func TestFirstHandshakeThatFailsHasItsFindingInTheLine(t *testing.T) {
	for want, c := range firsts {
		t.Run(want, func(t *testing.T) {
			g, line := flown(t, c.options, func(address string) { c.meet(t, address) })
			agrees(t, g, line)
			if line["ended"] != want || line["finding"] != want {
				t.Errorf("the line says ended=%v finding=%v", line["ended"], line["finding"])
			}
		})
	}
}

// agrees holds what a line says of its flight against what parley diagnose says of
// the file.
func agrees(t *testing.T, g *Group, line map[string]any) {
	t.Helper()
	id, _ := line["flight"].(string)
	ended, _ := line["ended"].(string)
	_, isFinding := findings.Page(ended)
	switch {
	case id == "" && (!isFinding || ended == "tcp-reset"):
		return // TLS had ended well when a client that read no more was reset
	case id == "":
		t.Fatalf("no flight: %v", line)
	}
	d := readBack(t, g, id)
	sentences := map[string]string{}
	for _, f := range slices.Backward(d.Findings) {
		sentences[f.ID] = f.Sentence
	}
	finding, _ := line["finding"].(string)
	if sentences[finding] == "" || sentences[finding] != line["sentence"] {
		t.Errorf("the line says %v: %v, the file %v", line["finding"], line["sentence"], sentences)
	}
	if isFinding && sentences[ended] == "" {
		t.Errorf("the server ended it for %s, and the file says %v", ended, sentences)
	}
}

// beside are misbehaviours that are told by what the client did, and not by what
// ended it.
var beside = map[string]string{"no-answer": "reneg-reset-hello", "header-ccs": "reneg-reset-hello"}

func TestLineAndFileSayTheSameOfEveryMisbehaviour(t *testing.T) {
	for _, m := range legacyclient.Misbehaviours() {
		t.Run(m.Name, func(t *testing.T) {
			o := Options{HandshakeTimeout: "20s", RenegotiateTimeout: "200ms"}
			g, line := flown(t, o, func(address string) {
				c := legacyclient.New(connected(t, address), m.Options(legacyclient.Options{Version: wire.VersionTLS12, Suites: []wire.SuiteID{wire.TLS_RSA_WITH_AES_128_GCM_SHA256}, Timeout: patience}))
				if err := c.Handshake(); err != nil {
					t.Fatal(err)
				}
				if err := c.Echo([]byte("before")); err != nil {
					t.Fatal(err)
				}
				_ = m.Run(c) // what it comes to the server tells
				_ = c.Close()
			})
			agrees(t, g, line)
			if line["flight"] != nil && line["ended"] != "error" && line["finding"] != line["ended"] && beside[m.Name] != line["finding"] {
				t.Errorf("ended=%v finding=%v: %v", line["ended"], line["finding"], line["sentence"])
			}
		})
	}
}

func TestLineOfACleanEndNamesNoFlight(t *testing.T) {
	g, line := flown(t, Options{}, func(address string) { offers(func(*legacyclient.Options) {})(t, address) })
	if line["flight"] != nil || line["ended"] != "clean" || len(g.commons.flights.Kept().Flights) != 0 {
		t.Errorf("%v", line)
	}
}

func TestOperatorAsksForFlights(t *testing.T) {
	word := "unix:" + socketPath(t)
	settings, err := Options{Listen: "127.0.0.1:0", Admin: word}.Check()
	if err != nil {
		t.Fatal(err)
	}
	g, stop := group(t, new(logLines), settings)
	defer stop()
	desk, err := openDesk(settings, g.log, g.servers...)
	if err != nil {
		t.Fatal(err)
	}
	defer desk.close()
	address := g.servers[0].Addr().String()
	live := legacyclient.New(connected(t, address), legacyclient.Options{Version: wire.VersionTLS12, Timeout: patience})
	if err := live.Handshake(); err != nil {
		t.Fatal(err)
	}
	says("GET / HTTP/1.0\r\n\r\n")(t, address)
	list, err := AskFlights(word, false)
	if err != nil || len(list.Flights) != 1 || list.Flights[0].Finding != "not-tls-http" {
		t.Fatalf("%+v, %v", list, err)
	}
	if b, err := AskFlight(word, list.Flights[0].ID, false); err != nil || !bytes.Contains(b, []byte(`"parley.flight/1"`)) {
		t.Errorf("%s, %v", b, err)
	}
	if s, err := AskStatus(word); err != nil || s.Listeners[0].Flights != 1 {
		t.Errorf("%+v, %v", s, err)
	}
	open, err := AskFlights(word, true)
	if err != nil || len(open.Flights) != 1 || open.Flights[0].Client != live.LocalAddr().String() {
		t.Fatalf("%+v, %v", open, err)
	}
	if b, err := AskFlight(word, fmt.Sprint(open.Flights[0].Conn), true); err != nil || !bytes.Contains(b, []byte(`"handshake-done"`)) {
		t.Errorf("%s, %v", b, err)
	}
	for id, want := range map[string]string{"1-2": "no such flight", "x": "as the log has it", "../status": "as the log has it"} {
		if _, err := AskFlight(word, id, false); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", id, err)
		}
	}
	if _, err := AskFlight(word, "99999999", true); err == nil || !strings.Contains(err.Error(), "no open connection") {
		t.Errorf("%v", err)
	}
}

func TestFlightsThatAreOffAreNotKept(t *testing.T) {
	word := "unix:" + socketPath(t)
	d := serve(t, Options{Admin: word, Flights: "off"})
	says("GET / HTTP/1.0\r\n\r\n")(t, d.Addr().String())
	if line := d.log.wait(t, "handshake failed", 1); line["flight"] != nil || line["ended"] != "not-tls-http" {
		t.Errorf("%v", line)
	}
	if _, err := AskFlights(word, false); err == nil || !strings.Contains(err.Error(), "--flights off") {
		t.Errorf("%v", err)
	}
}

func TestFlightsAreWrittenBeforeTheServerStops(t *testing.T) {
	directory := filepath.Join(t.TempDir(), "flights")
	_, line := flown(t, Options{Flights: directory}, func(address string) { says("GET / HTTP/1.0\r\n\r\n")(t, address) })
	files, err := filepath.Glob(filepath.Join(directory, line["flight"].(string)+"_not-tls-http_127.0.0.1.json"))
	if err != nil || len(files) != 1 {
		t.Errorf("%q, %v", files, err)
	}
}

func TestSettingsOfFlights(t *testing.T) {
	for _, o := range []Options{
		{FlightsKeep: "5"}, {FlightsMaxSize: "5MiB"}, {Flights: "off", FlightsKeep: "5"}, {Flights: "d", FlightsKeep: "0"}, {Flights: "d", FlightsKeep: "many"},
		{Flights: "d", FlightsMaxSize: "5"}, {Flights: "d", FlightsMaxSize: "5KiB"}, {Flights: "d", FlightsMaxSize: "-1GiB"}, {Flights: "d", FlightsMaxSize: "99999999999GiB"},
	} {
		if _, err := o.Check(); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
	s, err := Options{Flights: "d", FlightsKeep: "7", FlightsMaxSize: "2GiB"}.Check()
	if want := (FlightSettings{Directory: "d", Keep: 7, MaxSize: 2 << 30}); err != nil || s.Flights != want {
		t.Errorf("%+v, %v", s.Flights, err)
	}
}
