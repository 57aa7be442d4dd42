package proxy

import (
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/legacyclient"
)

// newTicketKey is a line of a file of ticket keys.
func newTicketKey() string {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret)
	return base64.StdEncoding.EncodeToString(secret) + "\n"
}

// writeKeys puts ticket keys into a file.
func writeKeys(t *testing.T, name string, lines ...string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(strings.Join(lines, "")), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A traveller is a client that keeps its sessions and goes from server to server.
type traveller struct {
	version uint16
	cache   tls.ClientSessionCache
}

func newTraveller(version uint16) *traveller {
	return &traveller{version, tls.NewLRUClientSessionCache(1)}
}

// visit says whether the server resumed the session that the client has.
func (c *traveller) visit(t *testing.T, d *daemon) bool {
	t.Helper()
	conn := d.dial(c.version, func(config *tls.Config) { config.ClientSessionCache = c.cache })
	defer conn.Close()
	writes(t, conn, "x")
	reads(t, conn, "x")
	return conn.ConnectionState().DidResume
}

// node is a server of a process of its own.
func node(t *testing.T, o Options) *daemon {
	return &daemon{t: t, Server: serveGroup(t, o).servers[0]}
}

func TestNodesWithTheSameTicketKeysResumeEachOthersClients(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tickets.keys")
	writeKeys(t, file, newTicketKey())
	one, two, stranger := node(t, Options{TicketKeyFiles: []string{file}}), node(t, Options{TicketKeyFiles: []string{file}}), node(t, Options{})
	eachVersion(t, func(t *testing.T, version uint16) {
		c := newTraveller(version)
		if c.visit(t, one) || !c.visit(t, two) || c.visit(t, stranger) {
			t.Error("a session is resumed where it is not shared, or not where it is")
		}
	})
}

func TestListenersDoNotResumeEachOthersSessions(t *testing.T) {
	g := serveGroup(t, Options{}, Options{})
	a, b := &daemon{t: t, Server: g.servers[0]}, &daemon{t: t, Server: g.servers[1]}
	eachVersion(t, func(t *testing.T, version uint16) {
		c := newTraveller(version)
		if c.visit(t, a) || !c.visit(t, a) || c.visit(t, b) {
			t.Error("a session of one listener is resumed at another, or not at its own")
		}
	})
}

func TestTheScopeOfSessionsIsTheSameOnEveryNode(t *testing.T) {
	for _, test := range []struct{ name, listen, want string }{
		{"", ":8443", ""},
		{"terminals", "192.0.2.1:8443", "terminals"},
		{"192.0.2.1:8443", "192.0.2.1:8443", "8443"},
		{"unix:/run/a", "unix:/run/a", "/run/a"},
	} {
		s, err := Options{Name: test.name, Listen: test.listen}.Check()
		if err != nil {
			t.Fatal(err)
		}
		if got := s.scope(); got != test.want {
			t.Errorf("%q on %s: %q, not %q", test.name, test.listen, got, test.want)
		}
	}
}

// One port of two addresses has two listeners, whose clients and certificates may be
// others; and a name may look like a port.
func TestListenersOnOnePortDoNotResumeEachOthersSessions(t *testing.T) {
	port := freeAddress(t).Address[len("127.0.0.1"):]
	var all []*Settings
	for _, o := range []Options{{Listen: "127.0.0.1" + port}, {Listen: "127.0.0.2" + port}, {Listen: "127.0.0.3:0", Name: port[1:]}} {
		if o.Name == "" {
			o.Name = o.Listen // as the file's listeners are called that have no name
		}
		s, err := o.Check()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	g := serveGroup(t, Options{})
	reloads(t, g, all...)
	until(t, "the first listener is forgotten", func() bool { return len(g.all()) == len(all) })
	scopes := map[string]bool{}
	for _, d := range of(t, g) {
		scopes[d.by().scope()] = true
	}
	if len(scopes) != len(all) || !scopes[port[1:]] {
		t.Errorf("the scopes are %v", scopes)
	}
	one, two := of(t, g)[0], of(t, g)[1]
	eachVersion(t, func(t *testing.T, version uint16) {
		c := newTraveller(version)
		if c.visit(t, one) || !c.visit(t, one) || c.visit(t, two) {
			t.Error("a session of one listener is resumed at another, or not at its own")
		}
	})
}

// What a client has from before a rotation is opened after it; what the keys that
// were taken away sealed is a miss, and no failure.
func TestTicketKeysAreExchangedByAReload(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tickets.keys")
	old, next := newTicketKey(), newTicketKey()
	writeKeys(t, file, old)
	d := serve(t, Options{TicketKeyFiles: []string{file}})
	g := groupOf(d)
	c := newTraveller(tls.VersionTLS13)
	c.visit(t, d)
	for _, step := range []struct {
		keys    []string
		resumed bool
	}{{[]string{next, old}, true}, {[]string{next}, true}, {[]string{newTicketKey()}, false}} {
		writeKeys(t, file, step.keys...)
		if err := g.Reload([]*Settings{d.by()}); err != nil {
			t.Fatal(err)
		}
		if got := c.visit(t, d); got != step.resumed {
			t.Errorf("with %d keys: resumed is %v", len(step.keys), got)
		}
	}
}

func TestTicketKeysThatCannotBeReadChangeNothing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tickets.keys")
	writeKeys(t, file, newTicketKey())
	d := serve(t, Options{TicketKeyFiles: []string{file}})
	c := newTraveller(tls.VersionTLS12)
	c.visit(t, d)
	writeKeys(t, file, newTicketKey(), "cut shor")
	err := groupOf(d).Reload([]*Settings{d.by()})
	if err == nil || !strings.Contains(err.Error(), file+":2: ") || strings.Contains(err.Error(), "cut shor") {
		t.Errorf("the error is %v", err)
	}
	if !c.visit(t, d) {
		t.Error("the session is not resumed any more")
	}
}

// The session in use is known by its connection: a client that resets its TLS
// object is served though no key is left that opens what it offers.
func TestAResetIsBoundThoughAllTicketKeysAreOthers(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tickets.keys")
	writeKeys(t, file, newTicketKey())
	d := serve(t, Options{TicketKeyFiles: []string{file}})
	m := named(t, "reset")
	c := d.legacy(t, m, legacyclient.Options{Version: legacyVersions[2], Suites: aesSuites(legacyVersions[2]), SessionTickets: true})
	writeKeys(t, file, newTicketKey())
	if err := groupOf(d).Reload([]*Settings{d.by()}); err != nil {
		t.Fatal(err)
	}
	if err := m.Run(c); err != nil {
		t.Fatal(err)
	}
	if err := c.Echo([]byte("the stream goes on")); err != nil {
		t.Error(err)
	}
}

func TestASuccessorResumesTheSessionsOfTheProcessBefore(t *testing.T) {
	before, after := serveGroup(t, Options{}), serveGroup(t, Options{})
	eachVersion(t, func(t *testing.T, version uint16) {
		c := newTraveller(version)
		c.visit(t, &daemon{t: t, Server: before.servers[0]})
		keys, err := before.TicketKeys().MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		if err := after.TicketKeys().UnmarshalBinary(keys); err != nil {
			t.Fatal(err)
		}
		if !c.visit(t, &daemon{t: t, Server: after.servers[0]}) {
			t.Error("the session is not resumed")
		}
	})
}

func TestAReloadFollowsTheFilesOfTicketKeys(t *testing.T) {
	s, err := Options{TicketKeyFiles: []string{"/a", "/b"}}.Check()
	if err != nil {
		t.Fatal(err)
	}
	if files := strings.Join(filesOf([]*Settings{s}), " "); files != "/a /b" {
		t.Errorf("watched are %s", files)
	}
	if _, err := (Options{TicketKeyFiles: []string{""}}).Check(); err == nil {
		t.Error("a file without a name is taken")
	}
}
