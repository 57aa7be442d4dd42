package proxy

import (
	"errors"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
)

// deskOf is a group's desk.
func deskOf(t *testing.T, g *Group) *desk {
	t.Helper()
	d, err := openDesk(g.newest, g.log, g.all()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.close)
	g.at(d)
	d.reloadBy(func() ([]string, error) { return g.reload([]*Settings{g.newest}) })
	return d
}

// page reads from the metrics' address.
func page(a Address) (string, error) {
	answer, err := http.Get("http://" + a.String() + "/metrics")
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return string(text), err
}

func TestMetricsAndAdminSocketMove(t *testing.T) {
	g := serveGroup(t, Options{})
	deskOf(t, g)
	d := of(t, g)[0]
	before, after, admin := freeAddress(t), freeAddress(t), Address{"unix", socketPath(t)}
	reloads(t, g, d.changed(func(s *Settings) { s.Metrics, s.Admin = before, admin }))
	if text, err := page(before); err != nil || !strings.Contains(text, `parley_connections_total{listener="listener 0"} 0`) {
		t.Errorf("%v %.200s", err, text)
	}
	if _, err := AskStatus(admin.String()); err != nil {
		t.Error(err)
	}
	reloads(t, g, d.changed(func(s *Settings) { s.Metrics, s.Admin, s.AdminProfiles = after, admin, true }))
	if _, err := page(after); err != nil {
		t.Error(err)
	}
	until(t, "the old metrics' address is shut", func() bool { _, err := page(before); return err != nil })
	if _, err := ask(admin.String(), http.MethodGet, "/debug/pprof/cmdline"); err != nil {
		t.Errorf("there are no profiles: %v", err)
	}
	reloads(t, g, d.changed(func(s *Settings) { s.Metrics, s.Admin = Address{}, Address{} }))
	until(t, "the admin socket is gone", func() bool { _, err := os.Stat(admin.Address); return errors.Is(err, os.ErrNotExist) })
}

func TestMetricsFollowTheListeners(t *testing.T) {
	g := serveGroup(t, Options{}, Options{})
	desk := deskOf(t, g)
	all := of(t, g)
	counted := func() (names []string) {
		families, err := desk.process.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			for _, m := range f.GetMetric() {
				if f.GetName() == "parley_connections_total" {
					names = append(names, m.GetLabel()[0].GetValue())
				}
			}
		}
		return names
	}
	reloads(t, g, all[0].by(), all[0].changed(func(s *Settings) { s.Name, s.Listen = "new", freeAddress(t) }))
	until(t, "the new one is counted, and the old one is not", func() bool { return slices.Equal(counted(), []string{"listener 0", "new"}) })
	reloads(t, g, all[0].changed(func(s *Settings) { s.Name = "" }))
	if n := len(desk.all()); n != 1 {
		until(t, "one is left", func() bool { return len(desk.all()) == 1 })
	}
}

func TestReloadByTheAdminSocketSaysWhatChanged(t *testing.T) {
	g := serveGroup(t, Options{Admin: "unix:" + socketPath(t)})
	desk := deskOf(t, g)
	d := of(t, g)[0]
	word := d.by().Admin.String()
	next := d.changed(func(s *Settings) { s.MinVersion, s.MaxConnections, s.Drain = 0x0303, 7, 0 })
	added := d.changed(func(s *Settings) { s.Name, s.Listen = "new", freeAddress(t) })
	desk.reloadBy(func() ([]string, error) { return g.reload([]*Settings{next, added}) })
	changes, err := AskReload(word)
	want := []string{"listener 0: max_connections, min_version", "new: a new listener, on " + added.Listen.String(), "of the process: drain"}
	if err != nil || !slices.Equal(changes, want) {
		t.Errorf("%v %q", err, changes)
	}
	if changes, err := AskReload(word); err != nil || len(changes) > 0 {
		t.Errorf("the second time: %v %q", err, changes)
	}
	desk.reloadBy(func() ([]string, error) { return nil, errors.New("parley.yaml:3: there is no such key") })
	if _, err := AskReload(word); err == nil || !strings.Contains(err.Error(), "parley.yaml:3: there is no such key") {
		t.Errorf("the error is %v", err)
	}
}

func TestKeyLogMoves(t *testing.T) {
	d := serve(t, Options{})
	dir := t.TempDir()
	visit := func() { c := d.dial(0x0303); isServed(t, c); c.Close() }
	lines := func(name string) int {
		text, err := os.ReadFile(dir + "/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(string(text), "CLIENT_RANDOM")
	}
	for _, name := range []string{"a", "b"} {
		d.reload(func(s *Settings) { s.KeyLog = dir + "/" + name })
		visit()
	}
	d.reload(func(s *Settings) { s.KeyLog = "" })
	visit()
	if a, b := lines("a"), lines("b"); a != 1 || b != 1 {
		t.Errorf("%d and %d lines", a, b)
	}
}

func TestLogChangesItsFormat(t *testing.T) {
	var text logLines
	log, _ := newLogger(&Settings{}, &text)
	_, named := nameLines(log, "terminals")
	named.With("a", 1).Info("first")
	writeAs(log, &Settings{LogJSON: true})
	named.With("a", 1).Info("second")
	if got := text.String(); !strings.Contains(got, `msg=first listener=terminals`) && !strings.Contains(got, `a=1 listener=terminals`) || !strings.Contains(got, `"listener":"terminals"`) {
		t.Error(got)
	}
}

func TestFieldsOfSettingsAreToldByTheirKeys(t *testing.T) {
	for field, key := range map[string]string{"MinVersion": "min_version", "ALPN": "alpn", "ClientCRLs": "client_crls", "Idle": "idle_timeout", "Metrics": "metrics"} {
		if got := keyOf(field); got != key {
			t.Errorf("%s is %s", field, got)
		}
	}
}
