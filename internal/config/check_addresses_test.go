package config

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/legacyclient/profiles"
	"github.com/parley-tls/parley/internal/proxy"
)

func spare() *proxy.Spare { return new(proxy.Spare) }

func fingerprintOf(t *testing.T, name string) string {
	t.Helper()
	p, ok := profiles.Named(name)
	if !ok {
		t.Fatalf("there is no client %s", name)
	}
	_, ja3 := p.Hello.JA3()
	return ja3
}

// An address that is in use is noted, since the server that runs uses it; one that
// cannot be is a warning; and nothing is left of the trying.
func TestAddressesAreTried(t *testing.T) {
	dir, err := os.MkdirTemp("", "p") // a socket's name must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	used, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer used.Close()
	socket, err := net.Listen("unix", filepath.Join(dir, "used"))
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	writeTo(t, filepath.Join(dir, "file"), nil)
	for _, test := range []struct{ listen, note, warning string }{
		{"127.0.0.1:0", "", ""},
		{used.Addr().String(), "listeners[0].listen: " + used.Addr().String() + " is in use", ""},
		{"unix:" + filepath.Join(dir, "used"), "is there already", ""},
		{"unix:" + filepath.Join(dir, "free"), "", ""},
		{"unix:" + filepath.Join(dir, "none", "free"), "", "there is no directory"},
		{"unix:" + filepath.Join(dir, "file"), "", "no socket"},
		{"fd:parley", "", ""},
	} {
		d, err := Parse("parley.yaml", []byte("listeners: [{listen: '"+test.listen+"'}]\n"))
		if err != nil {
			t.Fatal(err)
		}
		all, err := d.Settings()
		if err != nil {
			t.Fatal(err)
		}
		c := &Check{addresses: d.claims(all)}
		c.TryAddresses()
		notes, warnings := strings.Join(c.Notes, "\n"), strings.Join(c.Warnings, "\n")
		if !strings.Contains(notes, test.note) || (test.note == "") != (notes == "") || !strings.Contains(warnings, test.warning) || (test.warning == "") != (warnings == "") {
			t.Errorf("%s: notes %q, warnings %q", test.listen, notes, warnings)
		}
	}
	if _, err := os.Lstat(filepath.Join(dir, "free")); !os.IsNotExist(err) {
		t.Errorf("the trying leaves a socket: %v", err)
	}
}

func TestAddressesOfTheServersOwnAreTriedToo(t *testing.T) {
	d, err := Parse("parley.yaml", []byte("listeners: [{listen: '127.0.0.1:0'}]\nmetrics: 127.0.0.1:0\nadmin: unix:/none/a\n"))
	if err != nil {
		t.Fatal(err)
	}
	all, err := d.Settings()
	if err != nil {
		t.Fatal(err)
	}
	c := &Check{addresses: d.claims(all)}
	c.TryAddresses()
	if len(c.Warnings) != 1 || !strings.HasPrefix(c.Warnings[0], "admin: unix:/none/a cannot be listened on") {
		t.Errorf("%q", c.Warnings)
	}
}

func TestAdminSocketCannotBeAListener(t *testing.T) {
	d, err := Parse("parley.yaml", []byte("listeners: [{listen: 'unix:/run/a'}]\nadmin: unix:/run/a\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Settings(); err == nil || !strings.Contains(err.Error(), "admin: unix:/run/a cannot be bound twice") {
		t.Errorf("%v", err)
	}
}
