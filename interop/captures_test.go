//go:build interop

package interop

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/dissect"
)

// captures is where `make captures` wants the kept captures; empty: nowhere.
var captures = flag.String("captures", "", "write the captures of testdata to this `DIR`")

// What was captured is said rightly, with keys and without, whatever the mode, the
// version and the cipher.
func TestCapturesOfRealPeersAreSaidRightly(t *testing.T) {
	binary := parleyBinary(t)
	var kept []Captured
	var all Recording // one capture of them all, for tshark
	var keys []byte
	for _, s := range scenes {
		if *captures != "" && !s.kept {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			r, server := s.record(t, binary)
			logged := server.logged(t)
			all.packets, keys = append(all.packets, r.packets...), append(keys, logged...)
			file, err := r.File(logged)
			if err != nil {
				t.Fatal(err)
			}
			opened, sealed := dissect.NewKeyring(), dissect.NewKeyring()
			server.open(t, opened)
			c := Captured{File: s.name + ".pcapng", Does: s.does, Client: s.client, Server: s.server}
			d := diagnosed(t, file, sealed, false)
			c.Sealed = s.check(t, "without keys", s.sealed, d)
			c.Version, c.Suite = d.Facts.Version, d.Facts.Suite
			if server.key != "" || server.keyLog != "" {
				says := s.check(t, "with keys", s.opened, diagnosed(t, file, opened, true))
				c.Opened, c.Secrets = &says, server.keyLog != ""
			}
			if server.key != "" {
				c.Key = "../" + filepath.Base(server.key)
			}
			if *captures != "" {
				kept = append(kept, c)
				write(t, filepath.Join(*captures, c.File), file)
			}
		})
	}
	if *captures != "" {
		writeManifest(t, kept)
		return
	}
	t.Run("as tshark reads them", func(t *testing.T) {
		file, err := all.File(keys)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(t.TempDir(), "all.pcapng")
		write(t, name, file)
		agreesWithTShark(t, name)
	})
}

// record plays a scene with a relay between its peers.
func (s scene) record(t *testing.T, parley string) (r *Recording, server served) {
	t.Helper()
	server = s.serve(t, parley)
	r = new(Recording)
	relay, err := StartRelay(server.Address, r.Tap)
	if err != nil {
		t.Fatal(err)
	}
	s.act(t, relay.Address, server)
	if err := relay.Close(); err != nil {
		t.Fatal(err)
	}
	return r, server
}

// logged is the key log of a server that has one.
func (s served) logged(t *testing.T) []byte {
	t.Helper()
	if s.keyLog == "" {
		return nil
	}
	log, err := os.ReadFile(s.keyLog)
	if err != nil {
		t.Fatal(err)
	}
	return log
}

func (s scene) check(t *testing.T, how string, want verdict, d *diagnose.Diagnosis) Said {
	t.Helper()
	says := Says(d)
	if !want.holds(d, says) {
		t.Errorf("%s it says %s; %s\nwant %+v", how, says, d.Findings[0].Sentence, want)
	}
	return says
}

// open gives a keyring what opens the server's connections.
func (s served) open(t *testing.T, keys *dissect.Keyring) {
	t.Helper()
	if s.key == "" {
		return
	}
	pem, err := os.ReadFile(s.key)
	if err == nil {
		err = keys.AddKey(filepath.Base(s.key), pem)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// diagnosed diagnoses a capture of one connection.
func diagnosed(t *testing.T, file []byte, keys *dissect.Keyring, secrets bool) *diagnose.Diagnosis {
	t.Helper()
	list, err := Read(file, keys, secrets)
	if err != nil || len(list) != 1 {
		t.Fatalf("%d connections, %v", len(list), err)
	}
	return diagnose.Diagnose(list[0])
}

func write(t *testing.T, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(name, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

func writeManifest(t *testing.T, kept []Captured) {
	t.Helper()
	list, err := json.MarshalIndent(kept, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(*captures, "manifest.json"), append(list, '\n'))
	write(t, filepath.Join(*captures, "README.md"), []byte(readme(kept)))
}

// readme is the table for people.
func readme(kept []Captured) string {
	var b strings.Builder
	b.WriteString("# Captures of real peers\n\n" +
		"Recorded by the rig ([interop](../../../interop/README.md)) through a relay on loopback, each of one connection, and made anew by\n" +
		"`make captures`. [manifest.json](manifest.json) says what Parley is to say of each, with keys and without; `make test` holds it to that.\n" +
		"The keys are test data and guard nothing: `in it` stands for a decryption secrets block.\n\n" +
		"| file | what was done | client | server | keys | without keys | with keys |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	for _, c := range kept {
		keys, opened := "", ""
		if c.Opened != nil {
			keys, opened = "in it", c.Opened.words()
		}
		if c.Key != "" {
			keys = "[key](" + c.Key + ")"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n", c.File, c.Does, c.Client, c.Server, keys, c.Sealed.words(), opened)
	}
	return b.String()
}

func (s Said) words() string {
	if s.Level != diagnose.Failure {
		return s.Finding
	}
	return fmt.Sprintf("**%s**, %s, culprit %s, frame %d", s.Finding, s.Confidence, s.Culprit, s.Frame)
}
