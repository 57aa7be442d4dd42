package proxy

import (
	"context"
	"crypto/tls"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/proxy/usage"
	"github.com/parley-tls/parley/internal/wire"
)

// A connection that stays for weeks has used its permission from its beginning,
// and what it does later is counted while it stays.
func TestUsesOfAConnectionThatLivesAreCounted(t *testing.T) {
	path := socketPath(t)
	d := serve(t, Options{Profile: "modern", Admin: "unix:" + path},
		permitted(func(o *PermissionOptions) { o.MinVersion, o.Suites = "1.0", []string{"AES128-SHA"} }),
		permitted(func(o *PermissionOptions) { o.Name, o.Reset = "resets", "accept" }),
		permitted(func(o *PermissionOptions) { o.Name, o.Restart = "never", "isolate" }))
	m := named(t, "reset")
	c := d.legacy(t, m, legacyclient.Options{Version: wire.VersionTLS10, Suites: []wire.SuiteID{wire.TLS_RSA_WITH_AES_128_CBC_SHA}})
	writes(t, c, "x")
	reads(t, c, "x")
	if err := m.Run(c); err != nil {
		t.Fatal(err)
	}
	for range 2 { // what is counted once is not counted again
		all, err := AskPermissionUses("unix:" + path)
		if err != nil {
			t.Fatal(err)
		}
		if near := all["near"]; near.Uses != 1 || near.Sources != 1 || near.Grants["TLS 1.0"] != 1 || near.Grants["TLS_RSA_WITH_AES_128_CBC_SHA"] != 1 || near.Last.IsZero() {
			t.Errorf("%+v", near)
		}
		if resets := all["resets"]; resets.Uses != 1 || resets.Grants["reset accept"] != 1 {
			t.Errorf("%+v", resets)
		}
		if never, known := all["never"]; !known || never.Uses != 0 || !never.Last.IsZero() || never.Since.IsZero() {
			t.Errorf("%+v", never)
		}
	}
	c.Close()
	line := d.log.wait(t, "connection", 1)
	if used, _ := line["permissions"].([]any); len(used) != 2 || used[0] != "near" || used[1] != "resets" {
		t.Errorf("used are %v", line["permissions"])
	}
	if e := d.uses.Of("near"); e.Uses != 1 {
		t.Errorf("%+v", e)
	}
}

func TestMetricsAndStatusOfPermissions(t *testing.T) {
	path := socketPath(t)
	d := serve(t, Options{Profile: "modern", Metrics: "127.0.0.1:0", Admin: "unix:" + path},
		permitted(func(o *PermissionOptions) { o.MinVersion, o.Suites = "1.0", []string{"default"} }),
		permitted(func(o *PermissionOptions) {
			o.Name, o.Restart, o.Until, o.After = "never", "isolate", "2020-01-01", "warn"
		}))
	visits(t, d.Server)
	d.tells(`parley_permission_uses_total{permission="near"} 1`, `parley_permission_uses_total{permission="never"} 0`,
		`parley_permission_until_timestamp_seconds{permission="never"} 1.5779232e+09`)
	_, page := d.ask("/metrics")
	if !strings.Contains(page, "\nparley_permission_last_use_timestamp_seconds{permission=\"near\"} ") || strings.Contains(page, `last_use_timestamp_seconds{permission="never"}`) {
		t.Errorf("%s", page)
	}
	s, err := AskStatus("unix:" + path)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := s.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\n  near, until 2999-12-31: ", "; used by 1 connection, last on 20", "\n  never, until 2020-01-01: its last day is over; never used\n"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("there is no %q in\n%s", want, &text)
		}
	}
}

// group runs servers until stop is called, which waits for them.
func group(t *testing.T, log *logLines, settings ...*Settings) (g *Group, stop func()) {
	t.Helper()
	g, err := NewGroup(settings, slog.New(slog.NewJSONHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- g.Serve(ctx, ctx) }()
	return g, func() {
		end()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}
}

// permitting are settings of a server with a permission for TLS 1.0, counted in a
// file.
func permitting(t *testing.T, file, name string) *Settings {
	t.Helper()
	s, err := Options{Listen: "127.0.0.1:0", Profile: "modern", PermissionUses: file}.Check()
	if err != nil {
		t.Fatal(err)
	}
	p, err := permitted(func(o *PermissionOptions) { o.Name, o.MinVersion, o.Suites = name, "1.0", []string{"default"} }).Check()
	if err != nil {
		t.Fatal(err)
	}
	s.Permissions = []*Permission{p}
	return s
}

func visits(t *testing.T, s *Server) {
	t.Helper()
	c, err := tls.Dial("tcp", s.Addr().String(), &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS10, MinVersion: tls.VersionTLS10})
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
}

func TestUsesOutliveAReloadAndARestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "uses.json")
	for restart := range 2 {
		log := &logLines{}
		g, stop := group(t, log, permitting(t, file, "old"))
		visits(t, g.servers[0])
		log.wait(t, "connection", 1)
		if err := g.Reload([]*Settings{permitting(t, file, "new")}); err != nil {
			t.Fatal(err)
		}
		visits(t, g.servers[0])
		log.wait(t, "connection", 2)
		stop()
		all, err := usage.Read(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"old", "new"} {
			if e := all[name]; e == nil || e.Uses != uint64(restart)+1 || e.Grants["TLS 1.0"] != e.Uses {
				t.Errorf("after run %d %s is %+v", restart+1, name, e)
			}
		}
	}
}

// A listener that was taken away and still has connections says nothing of what
// the permissions are now.
func TestPermissionsAreThoseOfListenersThatAreThere(t *testing.T) {
	log := &logLines{}
	old, next := permitting(t, "", "old"), permitting(t, "", "new")
	old.Name, next.Name, next.Listen.Address = "a", "b", "localhost:0"
	g, stop := group(t, log, old)
	defer stop()
	desk, err := openDesk(old, slog.New(slog.DiscardHandler), g.servers...)
	if err != nil {
		t.Fatal(err)
	}
	defer desk.close()
	g.at(desk)
	c, err := tls.Dial("tcp", g.all()[0].Addr().String(), &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS10, MinVersion: tls.VersionTLS10})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	writes(t, c, "x")
	reads(t, c, "x")
	if err := g.Reload([]*Settings{next}); err != nil {
		t.Fatal(err)
	}
	if n := len(desk.all()); n != 2 {
		t.Fatalf("there are %d listeners, and not the old one too", n)
	}
	if got := desk.permissions(); len(got) != 1 || got[0].Name != "new" {
		t.Errorf("%+v", got)
	}
}

// What a connection uses is in the file while it lives.
func TestUsesAreWrittenWhileTheServerRuns(t *testing.T) {
	file := filepath.Join(t.TempDir(), "uses.json")
	g, stop := group(t, &logLines{}, permitting(t, file, "old"))
	defer stop()
	ctx, end := context.WithCancel(t.Context())
	kept := make(chan struct{})
	go func() { defer close(kept); g.keepUses(ctx, time.Millisecond) }()
	defer func() { end(); <-kept }()
	c, err := tls.Dial("tcp", g.servers[0].Addr().String(), &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS10, MinVersion: tls.VersionTLS10})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for late := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		all, err := usage.Read(file)
		if err != nil {
			t.Fatal(err)
		}
		if e := all["old"]; e != nil && e.Uses == 1 {
			return
		}
		if time.Now().After(late) {
			t.Fatalf("%v", all)
		}
	}
}

func TestAFileOfUsesThatCannotBeWrittenIsAnErrorAtStart(t *testing.T) {
	settings := permitting(t, filepath.Join(t.TempDir(), "no", "uses.json"), "old")
	if _, err := NewGroup([]*Settings{settings}, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "permission_uses") {
		t.Errorf("%v", err)
	}
}

func TestADamagedFileOfUsesEndsNoServer(t *testing.T) {
	file := filepath.Join(t.TempDir(), "uses.json")
	if err := os.WriteFile(file, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	log := &logLines{}
	_, stop := group(t, log, permitting(t, file, "old"))
	defer stop()
	line := log.wait(t, "the file with the uses of permissions cannot be read: they are counted anew, and it is kept", 1)
	wants(t, line, map[string]any{"kept_as": file + ".damaged"})
}

// The end of a permission is told once a day, also to whoever looks only now and
// then.
func TestARemarkIsMadeOnceADay(t *testing.T) {
	log := &logLines{}
	p, err := permitted(func(o *PermissionOptions) { o.Until, o.After, o.Restart = "2020-01-01", "warn", "isolate" }).Check()
	if err != nil {
		t.Fatal(err)
	}
	var r remember
	logger := slog.New(slog.NewJSONHandler(log, nil))
	day := time.Date(2026, 11, 27, 1, 0, 0, 0, time.UTC)
	for _, at := range []time.Time{day, day.Add(time.Hour), day.Add(25 * time.Hour)} {
		r.tell(logger, p, at)
	}
	if n := len(log.all(t, "a permission is past its last day and still holds")); n != 2 {
		t.Errorf("it is told %d times in two days", n)
	}
}
