//go:build interop

package interop

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// A seen is what a dissector reads in a frame: "12 ServerHello", and of hellos
// "12 ServerHello TLS 1.2 TLS_RSA_WITH_AES_128_CBC_SHA".
type seen map[string]bool

func (s seen) add(frame int, format string, values ...any) {
	s[fmt.Sprintf("%d ", frame)+fmt.Sprintf(format, values...)] = true
}

// without lists what s has and other has not.
func (s seen) without(other seen) []string {
	var list []string
	for what := range s {
		if !other[what] {
			list = append(list, what)
		}
	}
	slices.Sort(list)
	return list
}

// seenByTShark reads a capture with Wireshark's dissector. It is right about what
// is in clear; of what is sealed it opens what it can.
func seenByTShark(t *testing.T, name string, port int) seen {
	t.Helper()
	output := tshark(t, name, "-d", fmt.Sprintf("tcp.port==%d,tls", port), "-T", "fields", "-E", "separator=|", "-E", "occurrence=a", "-E", "aggregator=,",
		"-e", "frame.number", "-e", "tls.handshake.type", "-e", "tls.handshake.version", "-e", "tls.handshake.ciphersuite", "-e", "tls.alert_message.desc")
	s := seen{}
	for line := range strings.Lines(output) {
		fields := strings.Split(strings.TrimSpace(line), "|")
		frame, err := strconv.Atoi(fields[0])
		if err != nil || len(fields) != 5 {
			t.Fatalf("tshark says %q", line)
		}
		types := values(t, fields[1])
		for _, kind := range types {
			s.add(frame, "%s", wire.MessageType(kind))
		}
		// Of several hellos in a frame the fields do not say whose they are.
		versions, suites := values(t, fields[2]), values(t, fields[3])
		if slices.Contains(types, int(wire.MessageServerHello)) && len(versions) == 1 && len(suites) == 1 {
			s.add(frame, "ServerHello %s %s", wire.Version(versions[0]), wire.SuiteID(suites[0]))
		}
		for _, alert := range values(t, fields[4]) {
			s.add(frame, "alert %s", wire.Alert(alert))
		}
	}
	return s
}

// values reads numbers as tshark writes them.
func values(t *testing.T, list string) []int {
	t.Helper()
	var out []int
	for word := range strings.SplitSeq(list, ",") {
		if word == "" {
			continue
		}
		n, err := strconv.ParseInt(word, 0, 32)
		if err != nil {
			t.Fatalf("tshark says %q: %v", list, err)
		}
		out = append(out, int(n))
	}
	return out
}

// dissected is what our dissector reads; inClear what of it came before any keys.
func dissected(list []*trace.Conversation) (all, inClear seen) {
	all, inClear = seen{}, seen{}
	for _, c := range list {
		keys := map[trace.Side]bool{}
		for _, e := range c.Events {
			into := []seen{all, inClear}
			if keys[e.From] {
				into = into[:1]
			}
			for _, s := range into {
				s.addEvent(e)
			}
			keys[e.From] = keys[e.From] || e.Name == trace.Keys
		}
	}
	return all, inClear
}

func (s seen) addEvent(e trace.Event) {
	switch d := e.Detail.(type) {
	case trace.MessageDetail:
		s.add(e.Place.Last, "%s", d.Type)
		if h, ok := d.Parsed.(*wire.ServerHello); ok {
			s.add(e.Place.Last, "ServerHello %s %s", h.Version, h.CipherSuite)
		}
	case trace.AlertDetail:
		s.add(e.Place.Last, "alert %s", d.Alert)
	}
	if e.Name == trace.HelloRequest {
		s.add(e.Place.Last, "%s", wire.MessageHelloRequest)
	}
}

// agreesWithTShark holds what we read of a capture against Wireshark, both with the
// keys that are in the file and no others.
func agreesWithTShark(t *testing.T, name string) {
	t.Helper()
	file, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	list, err := Read(file, dissect.NewKeyring(), true)
	if err != nil {
		t.Fatal(err)
	}
	all, inClear := dissected(list)
	theirs := seenByTShark(t, name, int(list[0].Server.Port()))
	modern := diagnose.Diagnose(list[0]).Facts.Version == wire.VersionTLS13.String() // of which we open less
	if missed := theirs.without(all); missed != nil && !modern {
		t.Errorf("tshark reads and we do not: %q", missed)
	}
	if list[0].Protocol != trace.ProtocolTLS {
		return // it tells no alert that answers to something else
	}
	if invented := inClear.without(theirs); invented != nil {
		t.Errorf("we read and tshark does not: %q", invented)
	}
}

func TestCommittedCapturesAreReadAsTSharkReadsThem(t *testing.T) {
	for _, pattern := range []string{"../testdata/captures/*.pcap", "../testdata/captures/rig/*.pcapng"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(names), err)
		}
		for _, name := range names {
			t.Run(filepath.Base(name), func(t *testing.T) { agreesWithTShark(t, name) })
		}
	}
}
