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

// forget leaves out frames.
func (s seen) forget(first, last int) {
	for what := range s {
		number, _, _ := strings.Cut(what, " ")
		if frame, err := strconv.Atoi(number); err == nil && frame >= first && frame <= last {
			delete(s, what)
		}
	}
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
func seenByTShark(t *testing.T, name string, ports map[uint16]bool) seen {
	t.Helper()
	var words []string
	for port := range ports {
		words = append(words, "-d", fmt.Sprintf("tcp.port==%d,tls", port))
	}
	output := tshark(t, name, append(words, "-T", "fields", "-E", "separator=|", "-E", "occurrence=a", "-E", "aggregator=,",
		"-e", "frame.number", "-e", "tls.handshake.type", "-e", "tls.handshake.version", "-e", "tls.handshake.ciphersuite", "-e", "tls.alert_message.desc")...)
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
// keys that are in the file and no others. What is no TLS is left out.
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
	ports := map[uint16]bool{}
	leftOut := func(c *trace.Conversation) bool { return c.Protocol != trace.ProtocolTLS }
	for _, c := range list {
		ports[c.Server.Port()] = true
	}
	theirs := seenByTShark(t, name, ports)
	for _, c := range list {
		if leftOut(c) {
			theirs.forget(c.First, c.Last)
		}
	}
	all, inClear := dissected(slices.DeleteFunc(list, leftOut))
	if missed := theirs.without(all); missed != nil {
		t.Errorf("tshark reads and we do not: %q", missed)
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
