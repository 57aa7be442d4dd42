package main

import (
	"encoding/json"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The morning after: the log names a flight, and parley flights tells it as parley
// diagnose tells its file.
func TestFlightOfALineIsToldAsItsFileIs(t *testing.T) {
	dir, err := os.MkdirTemp("", "p") // a socket's name must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	admin, flights := "unix:"+filepath.Join(dir, "a"), filepath.Join(dir, "f")
	p := start(t, "--admin", admin, "--flights", flights, "--log-format", "json")
	p.waitLine("admin socket on")
	c, err := net.Dial("tcp", p.address)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(c, "GET / HTTP/1.0\r\n\r\n")
	_, _ = io.Copy(io.Discard, c)
	_ = c.Close()
	var line struct{ Flight, Finding, Sentence string }
	if err := json.Unmarshal([]byte(p.waitLine("handshake failed")), &line); err != nil {
		t.Fatal(err)
	}
	code, list, stderr := run(t, "flights", "--admin", admin)
	if code != 0 || !strings.Contains(list, line.Flight) || !strings.Contains(list, line.Finding+": "+line.Sentence) {
		t.Errorf("%d, %s%s", code, list, stderr)
	}
	_, told, stderr := run(t, "flights", "--admin", admin, line.Flight)
	if !strings.HasPrefix(told, "not-tls-http: ") || !strings.Contains(told, "flight "+line.Flight) {
		t.Errorf("%s%s", told, stderr)
	}
	file := filepath.Join(dir, "flight.json")
	if code, _, stderr := run(t, "flights", "--admin", admin, line.Flight, "-o", file); code != 0 {
		t.Fatal(stderr)
	}
	_, diagnosed, _ := run(t, "diagnose", file)
	finding, _, _ := strings.Cut(told, "\n\n")
	if again, _, _ := strings.Cut(diagnosed, "\n\n"); again != finding {
		t.Errorf("flights:\n%s\ndiagnose:\n%s", finding, again)
	}
	if _, told, _ := run(t, "flights", file, "--anonymous"); !strings.HasPrefix(told, "not-tls-http: ") || strings.Contains(told, "127.0.0.1") {
		t.Errorf("%s", told)
	}
	if code, out, _ := run(t, "flights", "--admin", admin, "--live"); code != 0 || out != "no connection is open\n" {
		t.Errorf("%d, %s", code, out)
	}
}

func TestFlightsIsCalledRightly(t *testing.T) {
	for _, arguments := range [][]string{
		{"flights"}, {"flights", "--live"}, {"flights", "--live", "7"}, {"flights", "--admin", "unix:x", "a", "b"}, {"flights", "--admin", "unix:x", "-o", "f"}, {"flights", "--admin", "unix:x", "--anonymous"},
		{"serve", "--flights-keep", "5"},
	} {
		if code, _, stderr := run(t, arguments...); code != 2 {
			t.Errorf("%q: %d, %s", arguments, code, stderr)
		}
	}
}
