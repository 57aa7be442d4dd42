package proxy

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// socketPath is short enough for a socket's name.
func socketPath(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "p")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "a")
}

func TestStatusOfALiveServer(t *testing.T) {
	path := socketPath(t)
	d := serve(t, Options{Admin: "unix:" + path})
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("others may ask: %v", info.Mode())
	}
	c := d.dial(tls.VersionTLS12)
	writes(t, c, "four")
	reads(t, c, "four")
	s, err := AskStatus("unix:" + path)
	if err != nil {
		t.Fatal(err)
	}
	if !s.Ready || len(s.Listeners) != 1 {
		t.Fatalf("%+v", s)
	}
	l := s.Listeners[0]
	if l.Address != d.Addr().String() || l.Connections != 1 || l.FromClients != 4 || l.ToClients != 4 || len(l.Certificates) != 1 || l.Certificates[0].DaysLeft < 300 {
		t.Errorf("%+v", l)
	}
	if len(l.Open) != 1 || l.Open[0].Count != 1 || l.Open[0].Labels["version"] != "TLS 1.2" || l.Open[0].Labels["kind"] != "first" {
		t.Errorf("%+v", l.Open)
	}
	d.now()
	d.stop()
	d.desk.close()
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Errorf("the socket is left: %v", err)
	}
	if _, err := AskStatus("unix:" + path); err == nil || !strings.Contains(err.Error(), "is parley serve running") {
		t.Errorf("%v", err)
	}
}

func TestProfilesOnlyWhereAskedFor(t *testing.T) {
	for word, want := range map[string]int{"": 404, "off": 404, "on": 200} {
		path := socketPath(t)
		serve(t, Options{Admin: "unix:" + path, AdminPprof: word, Metrics: "127.0.0.1:0"})
		client := &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true,
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, "unix", path)
			}}}
		answer, err := client.Get("http://x/debug/pprof/")
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("%q: %d", word, answer.StatusCode)
		}
	}
	d := serve(t, Options{Metrics: "127.0.0.1:0"})
	for _, path := range []string{"/debug/pprof/", "/status"} {
		if code, _ := d.ask(path); code != 404 {
			t.Errorf("%s is with the metrics: %d", path, code)
		}
	}
}

func TestAdminSocketTakesNobodysPlace(t *testing.T) {
	path := socketPath(t)
	if err := os.WriteFile(path, []byte("a letter"), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func() error {
		settings, err := Options{Listen: "127.0.0.1:0", Admin: "unix:" + path}.Check()
		if err != nil {
			t.Fatal(err)
		}
		return Run(Source{Load: func() ([]*Settings, error) { return []*Settings{settings}, nil }}, io.Discard)
	}
	if err := run(); err == nil || !strings.Contains(err.Error(), "no socket") {
		t.Errorf("a file: %v", err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "a letter" {
		t.Errorf("%q, %v", text, err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	live, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	if err := run(); err == nil || !strings.Contains(err.Error(), "answers there already") {
		t.Errorf("a live socket: %v", err)
	}
	live.SetUnlinkOnClose(false)
	live.Close()
	serve(t, Options{Admin: "unix:" + path}) // nobody is behind that socket any more
	if s, err := AskStatus("unix:" + path); err != nil || !s.Ready {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestStatusSaysThatItStops(t *testing.T) {
	path := socketPath(t)
	d := serve(t, Options{Admin: "unix:" + path, Drain: "1h"})
	c := d.dial(tls.VersionTLS12)
	writes(t, c, "x")
	reads(t, c, "x")
	go d.stop()
	d.log.wait(t, "stopping: waiting for connections to end", 1)
	if s, err := AskStatus("unix:" + path); err != nil || s.Ready || s.Why != errStopping.Error() {
		t.Errorf("%+v, %v", s, err)
	}
	c.Close()
	d.log.wait(t, "stopped", 1)
}
