package proxy

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/proxy/valkey/valkeytest"
	"github.com/parley-tls/parley/internal/wire"
)

// sharing are the options of nodes that share a store.
func sharing(t *testing.T, f *valkeytest.Fake) Options {
	t.Helper()
	file := filepath.Join(t.TempDir(), "tickets.keys")
	writeKeys(t, file, newTicketKey())
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte("open-sesame\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return Options{SessionStore: "valkey://me@" + f.Addr(), SessionStorePasswordFile: password, TicketKeyFiles: []string{file}, Tickets: "off"}
}

// shares waits until the daemon's store answers.
func (d *daemon) shares(t *testing.T) {
	t.Helper()
	eventually(t, "the store answers", func() bool { held, up := d.commons.stores.Up(); return held == 1 && up == 1 })
}

// session makes a handshake that offers a session, and says which one it has then.
func (d *daemon) session(t *testing.T, offered *legacyclient.Session) (session *legacyclient.Session, resumed bool) {
	t.Helper()
	c := d.legacy(t, named(t, "reset"), legacyclient.Options{Version: wire.VersionTLS12, Session: offered})
	defer c.Close()
	if err := c.Echo([]byte("x")); err != nil {
		t.Fatal(err)
	}
	return c.Session(), goesOn(c, offered)
}

// goesOn says whether a client's session is one that it had before.
func goesOn(c *legacyclient.Client, before *legacyclient.Session) bool {
	return before != nil && string(c.Session().ID) == string(before.ID)
}

func TestNodesThatShareAStoreResumeSessionIDs(t *testing.T) {
	f := valkeytest.New(t, "open-sesame")
	o := sharing(t, f)
	one, two := node(t, o), node(t, o)
	one.shares(t)
	two.shares(t)
	eventually(t, "a session of one node is resumed at the other", func() bool {
		session, _ := one.session(t, nil)
		_, resumed := two.session(t, session)
		return resumed
	})
	if f.Entries() == 0 {
		t.Error("nothing is in the store")
	}
}

// A session of another node that the store has and the keys open is still not the
// session in use: a reset hello that offers it proves nothing.
func TestASessionOfAnotherNodeIsNotTheSessionInUse(t *testing.T) {
	f := valkeytest.New(t, "open-sesame")
	o := sharing(t, f)
	one, two := node(t, o), node(t, o)
	one.shares(t)
	two.shares(t)
	eventually(t, "the other session is good at this node", func() bool {
		other, _ := one.session(t, nil)
		_, resumed := two.session(t, other)
		if !resumed {
			return false
		}
		c := two.legacy(t, named(t, "reset"), legacyclient.Options{Version: wire.VersionTLS12})
		c.Configure(func(o *legacyclient.Options) { o.Session = other })
		err := c.Renegotiate(legacyclient.Hello{Kind: legacyclient.HelloReset, Session: other})
		var alert *legacyclient.AlertError
		if !errors.As(err, &alert) || alert.Alert != wire.AlertHandshakeFailure {
			t.Errorf("a reset hello with it: %v", err)
		}
		return true
	})
}

// And one that was resumed from the store is the session in use.
func TestASessionFromTheStoreBindsAReset(t *testing.T) {
	f := valkeytest.New(t, "open-sesame")
	o := sharing(t, f)
	one, two := node(t, o), node(t, o)
	one.shares(t)
	two.shares(t)
	eventually(t, "a session of the other node is resumed", func() bool {
		other, _ := one.session(t, nil)
		m := named(t, "reset")
		c := two.legacy(t, m, legacyclient.Options{Version: wire.VersionTLS12, Session: other})
		if !goesOn(c, other) {
			return false
		}
		if err := m.Run(c); err != nil {
			t.Errorf("the reset: %v", err)
		}
		if err := c.Echo([]byte("the stream goes on")); err != nil {
			t.Error(err)
		}
		return true
	})
}

func TestAStoreThatIsDownFailsNoHandshake(t *testing.T) {
	f := valkeytest.New(t, "open-sesame")
	o := sharing(t, f)
	f.Stop()
	d := serve(t, o)
	for range 20 {
		session, _ := d.session(t, nil)
		if _, resumed := d.session(t, session); resumed {
			t.Error("resumed by a store that is down")
		}
	}
	d.log.wait(t, "the session store does not answer: clients that come with a session id make full handshakes, and none fails", 1)
	if strings.Contains(d.log.String(), "open-sesame") {
		t.Error("the password is in the log")
	}
}

func TestTheStoreIsExchangedByAReload(t *testing.T) {
	f, next := valkeytest.New(t, "open-sesame"), valkeytest.New(t, "open-sesame")
	o := sharing(t, f)
	d := node(t, o)
	d.shares(t)
	o.SessionStore = "valkey://me@" + next.Addr()
	o.Listen, o.Name = d.by().Listen.String(), d.by().Name
	settings, err := o.Check()
	if err != nil {
		t.Fatal(err)
	}
	if err := groupOf(d).Reload([]*Settings{settings}); err != nil {
		t.Fatal(err)
	}
	d.shares(t)
	eventually(t, "the new one is used", func() bool { d.session(t, nil); return next.Entries() > 0 })
	if files := strings.Join(filesOf([]*Settings{settings}), " "); !strings.Contains(files, o.SessionStorePasswordFile) {
		t.Errorf("watched are %s", files)
	}
	if err := os.WriteFile(o.SessionStorePasswordFile, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := groupOf(d).Reload([]*Settings{settings}); err == nil || !strings.Contains(err.Error(), "no password in this file") {
		t.Errorf("%v", err)
	}
}

func TestWhereSessionsAreKeptIsChecked(t *testing.T) {
	keys := []string{"k"}
	for _, test := range []struct {
		options    Options
		name, says string
	}{
		{Options{SessionStore: "valkey://a"}, "session-store", "no other node could resume one"},
		{Options{SessionStore: "redis://me:hunter2@a", TicketKeyFiles: keys}, "session-store", "neither memory nor"},
		{Options{SessionStore: "valkey://me:hunter2@a", SessionStorePasswordFile: "f", TicketKeyFiles: keys}, "session-store", "two passwords"},
		{Options{SessionStore: "valkey://a", SessionStoreCA: "f", TicketKeyFiles: keys}, "session-store", "TLS is not spoken"},
		{Options{SessionStorePasswordFile: "f"}, "session-store-password-file", "no store"},
		{Options{SessionStore: "memory", SessionStoreCA: "f"}, "session-store-ca", "no store"},
	} {
		var wrong *SettingError
		_, err := test.options.Check()
		if !errors.As(err, &wrong) || wrong.Name != test.name || !strings.Contains(wrong.Problem, test.says) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v", err)
		}
	}
	s, err := Options{SessionStore: "valkey://me:hunter2@192.0.2.1", TicketKeyFiles: keys}.Check()
	if err != nil {
		t.Fatal(err)
	}
	if told := strings.Join(s.SessionWarnings(), " "); !strings.Contains(told, "password stands in the settings") || !strings.Contains(told, "spoken to in clear") || strings.Contains(told, "hunter2") {
		t.Errorf("%s", told)
	}
}

func TestAPasswordStandsOnOneLineAlone(t *testing.T) {
	for text, says := range map[string]string{"": "no password", "\n": "no password", "hunter2\nmore\n": "more than one line", strings.Repeat("x", 5000): "very long"} {
		name := filepath.Join(t.TempDir(), "password")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := (&SessionStore{PasswordFile: name}).read(); err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%.10q: %v", text, err)
		}
	}
}

// eventually waits until something is so.
func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !f(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not in %v", what, patience)
		}
	}
}
