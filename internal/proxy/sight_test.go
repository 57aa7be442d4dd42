package proxy

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/legacyclient"
	legacy "github.com/parley-tls/parley/internal/legacyclient/profiles"
	"github.com/parley-tls/parley/internal/proxy/inventory"
	"github.com/parley-tls/parley/internal/wire"
)

// serveAll is serve with all that a process has, an inventory too.
func serveAll(t *testing.T, o Options, permissions ...PermissionOptions) *daemon {
	t.Helper()
	o.Listen, o.Name = "127.0.0.1:0", "devices"
	if o.Certs == nil && o.Mode != "observe" {
		c := certificateFor(t, testKeys().rsa)
		o.Certs = []string{writeFile(t, "server.pem", certBlock(c.Certificate[0]), keyBlock(t, testKeys().rsa))}
	}
	settings, err := o.Check()
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range permissions {
		p, err := words.Check()
		if err != nil {
			t.Fatal(err)
		}
		settings.Permissions = append(settings.Permissions, p)
	}
	d := &daemon{t: t, log: &logLines{}}
	g, err := NewGroup([]*Settings{settings}, slog.New(slog.NewJSONHandler(d.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	if err != nil {
		t.Fatal(err)
	}
	d.Server = g.servers[0]
	if d.desk, err = openDesk(settings, d.Server.log, d.Server); err != nil {
		t.Fatal(err)
	}
	stop, end := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- g.Serve(stop, stop) }()
	t.Cleanup(func() {
		end()
		if err := <-served; err != nil {
			t.Error(err)
		}
		d.desk.close()
	})
	return d
}

// client waits until the inventory says something of its only client.
func (d *daemon) client(t *testing.T, says func(inventory.Client) bool) (c inventory.Client) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		d.sightLive()
		d.commons.clients.Settle(patience)
		all := d.commons.clients.Clients()
		if len(all) != 1 {
			continue
		}
		if c = all[0]; says(c) {
			return c
		}
	}
	t.Fatalf("the inventory has %+v", d.commons.clients.Clients())
	return c
}

// plays connects a client that we know, which does something.
func (d *daemon) plays(t *testing.T, profile, does string, o legacyclient.Options) error {
	t.Helper()
	p, ok := legacy.Named(profile)
	if !ok {
		t.Fatalf("no profile %q", profile)
	}
	p = p.Trimmed()
	conn, err := net.Dial("tcp", d.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	o.Template, o.Version, o.Timeout = p.Hello, p.Hello.Version, patience
	m := legacyclient.Misbehaviour{}
	if does != "none" {
		m = named(t, does)
	}
	c := legacyclient.New(conn, m.Options(o))
	if err := c.Handshake(); err != nil {
		return err
	}
	if does != "none" {
		if err := m.Run(c); err != nil {
			return err
		}
	}
	if err := c.Echo([]byte("still here")); err != nil {
		return err
	}
	return c.Close()
}

func TestInventoryKnowsTheFoundingClient(t *testing.T) {
	d := serveAll(t, Options{})
	if err := d.plays(t, "founding", "reset", legacyclient.Options{}); err != nil {
		t.Fatal(err)
	}
	c := d.client(t, func(c inventory.Client) bool { return c.Second["reset"] > 0 })
	if c.Listener != "devices" || c.Source.Addr().String() != "127.0.0.1" || c.Connections != 1 || c.Failed != 0 || c.Agreed.Version != "TLS 1.2" {
		t.Errorf("%+v", c)
	}
	if c.Weakest != inventory.WeakReset || c.Needs.Reset != "accept" || c.Needs.MinVersion != "1.2" || c.Findings["reneg-reset-hello"] == 0 {
		t.Errorf("%+v", c)
	}
}

// A terminal is connected for days, and does not wait for its end to be known.
func TestInventoryHearsOfSecondHellosWhileAStreamLives(t *testing.T) {
	d := serveAll(t, Options{})
	m := named(t, "reset")
	c := d.legacy(t, m, legacyclient.Options{})
	if err := m.Run(c); err != nil {
		t.Fatal(err)
	}
	d.client(t, func(c inventory.Client) bool { return c.Needs.Reset == "accept" && c.Connections == 1 })
	if lines := d.log.all(t, "connection"); len(lines) != 0 {
		t.Errorf("it is over: %v", lines)
	}
}

// Who asks for the clients may come when a stream's line has been written, and its
// session is not over yet.
func TestAStreamWhoseStoryIsOverHasNoNews(t *testing.T) {
	s := sight{told: 2}
	if news := s.news(nil, ""); news != nil || s.told != 2 {
		t.Errorf("%v", news)
	}
	whole := []secondHello{{Outcome: outcomeDone}, {Outcome: outcomeDone}, {Outcome: outcomeDone}, {Outcome: outcomeNone}}
	if news := s.news(whole, ""); len(news) != 1 || s.told != 3 {
		t.Errorf("%v, %d", news, s.told)
	}
	if news := s.news(whole, endedClean); len(news) != 1 || s.told != 4 {
		t.Errorf("%v, %d", news, s.told)
	}
}

func TestInventoryKnowsWhomNobodyServes(t *testing.T) {
	d := serveAll(t, Options{MinVersion: "1.2"})
	if err := d.plays(t, "java-6", "none", legacyclient.Options{}); err == nil {
		t.Fatal("it was served")
	}
	c := d.client(t, func(c inventory.Client) bool { return c.Failed == 1 })
	if c.Weakest != inventory.WeakTLS10 || c.Needs.MinVersion != "1.0" || !slices.Equal(c.Needs.Suites, []string{"TLS_RSA_WITH_AES_128_CBC_SHA"}) || c.Findings["version-none-shared"] != 1 {
		t.Errorf("%+v", c)
	}
}

func TestRefusalThatIsLivedWithNeedsNothing(t *testing.T) {
	d := serveAll(t, Options{})
	m := named(t, "bare")
	c := d.legacy(t, m, legacyclient.Options{})
	_ = m.Run(c) // it is refused
	if err := c.Echo([]byte("still here")); err != nil {
		t.Fatal(err)
	}
	c.Close()
	if got := d.client(t, func(c inventory.Client) bool { return c.Second["bare"] > 0 }); got.Needs.Bare != "" || got.Weakest != inventory.WeakBare {
		t.Errorf("%+v", got)
	}
}

func TestInventoryTellsClientCertificatesApart(t *testing.T) {
	device := clientCertificate(t, "device 7")
	d := serveAll(t, Options{ClientAuth: "request", ClientCA: writeFile(t, "ca.pem", certBlock(device.Certificate[0]))})
	c := d.dial(tls.VersionTLS12, func(c *tls.Config) { c.Certificates = []tls.Certificate{device} })
	writes(t, c, "x")
	reads(t, c, "x")
	got := d.client(t, func(inventory.Client) bool { return true })
	if len(got.Certificate) != 32*3-1 || got.SNI != "" || got.Name != "device 7" {
		t.Errorf("%+v", got)
	}
	p := PermissionOptions{Name: "n", Owner: "o", Reason: "r", Until: "2099-01-01", After: "warn", Certificate: []string{got.Certificate}, Bare: "resumed"}
	if _, err := p.Check(); err != nil {
		t.Errorf("a permission does not take it: %v", err)
	}
}

// What is suggested, once a person has filled in the rest, serves the client where
// it was refused.
func TestSuggestedPermissionsServeWhoNeedsThem(t *testing.T) {
	for name, test := range map[string]struct {
		profile, does string
		options       legacyclient.Options
		lenient       Options
	}{
		"founding client": {"founding", "reset", legacyclient.Options{}, Options{}},
		"Java 6":          {"java-6", "none", legacyclient.Options{}, Options{}},
		"Windows XP":      {"windows-xp", "none", legacyclient.Options{}, Options{Profile: "museum"}},
	} {
		t.Run(name, func(t *testing.T) {
			open := serveAll(t, test.lenient)
			if err := open.plays(t, test.profile, test.does, test.options); err != nil {
				t.Fatal(err)
			}
			client := open.client(t, func(c inventory.Client) bool { return test.does == "none" || c.Second[test.does] > 0 })
			strict := serveAll(t, Options{Profile: "modern"})
			if err := strict.plays(t, test.profile, test.does, test.options); err == nil {
				t.Fatal("modern serves it")
			}
			permitted := serveAll(t, Options{Profile: "modern"}, permissionFor(t, client))
			if err := permitted.plays(t, test.profile, test.does, test.options); err != nil {
				t.Errorf("with %+v it is not served: %v", client.Needs, err)
			}
		})
	}
}

// permissionFor is a permission with what a client lacks under modern.
func permissionFor(t *testing.T, c inventory.Client) PermissionOptions {
	t.Helper()
	modern, err := ProfileOffer("modern")
	if err != nil {
		t.Fatal(err)
	}
	p := PermissionOptions{Name: "n", Owner: "o", Reason: "r", Until: "2099-01-01", After: "warn", From: []string{c.Source.Addr().String()}, Fingerprint: []string{c.JA3}}
	for _, lack := range c.Needs.Lacks(modern) {
		switch lack.Key {
		case "min_version":
			p.MinVersion = lack.Word
		case "suites":
			p.Suites = append(p.Suites, lack.Word)
		case "reset":
			p.Reset = lack.Word
		default:
			t.Errorf("it lacks %+v", lack)
		}
	}
	return p
}

func TestClientsOfALiveServerAreAskedFor(t *testing.T) {
	path := socketPath(t)
	d := serveAll(t, Options{Admin: "unix:" + path, Inventory: filepath.Join(t.TempDir(), "clients.db")})
	c := d.dial(tls.VersionTLS12)
	writes(t, c, "x")
	reads(t, c, "x")
	now, err := AskClients("unix:" + path)
	if err != nil || len(now.Clients) != 1 || now.Clients[0].SNI != "proxy.example" || now.Totals.Clients != 1 {
		t.Errorf("%+v, %v", now, err)
	}
}

func TestServerWithoutInventorySaysSo(t *testing.T) {
	path := socketPath(t)
	d := serveAll(t, Options{Admin: "unix:" + path, InventoryKeep: "0"})
	c := d.dial(tls.VersionTLS12)
	writes(t, c, "x")
	reads(t, c, "x")
	if _, err := AskClients("unix:" + path); err == nil || !strings.Contains(err.Error(), "keeps no inventory") {
		t.Errorf("%v", err)
	}
}

func TestServerDoesNotStartWithADamagedInventory(t *testing.T) {
	name := writeFile(t, "clients.db", certBlock([]byte("no database")))
	settings, err := Options{Listen: "127.0.0.1:0", Inventory: name}.Check()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewGroup([]*Settings{settings}, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "move it away") || !strings.Contains(err.Error(), name) {
		t.Errorf("%v", err)
	}
}

func TestPermissionsThatNobodyFilledInAreRefused(t *testing.T) {
	whole := PermissionOptions{Name: "n", Owner: "o", Reason: "r", Until: "2099-01-01", After: "warn", SNI: []string{"x"}, MinVersion: "1.0"}
	for name, spoil := range map[string]func(*PermissionOptions){
		"owner": func(p *PermissionOptions) { p.Owner = inventory.FillIn }, "reason": func(p *PermissionOptions) { p.Reason = inventory.FillIn },
		"until": func(p *PermissionOptions) { p.Until = inventory.FillIn }, "after": func(p *PermissionOptions) { p.After = inventory.FillIn },
	} {
		p := whole
		spoil(&p)
		if _, err := p.Check(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := whole.Check(); err != nil {
		t.Error(err)
	}
}

func TestOffersAreWhatProfilesServe(t *testing.T) {
	offer, err := ProfileOffer("modern")
	if err != nil || offer.MinVersion != "1.2" || slices.Contains(offer.Suites, wire.TLS_RSA_WITH_AES_128_CBC_SHA.String()) || offer.Answers["reset"] != "abort" || offer.Answers["bare"] != "refuse" {
		t.Errorf("%+v, %v", offer, err)
	}
	if offer, err = ProfileOffer("museum"); err != nil || offer.MinVersion != "1.0" || !slices.Contains(offer.Suites, "TLS_RSA_WITH_RC4_128_SHA") || offer.Answers["reset"] != "accept" {
		t.Errorf("%+v, %v", offer, err)
	}
	if _, err = ProfileOffer("none"); err == nil {
		t.Error("there is no such profile")
	}
}
