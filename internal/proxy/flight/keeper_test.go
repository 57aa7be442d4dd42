package flight

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/trace/form"
	"github.com/parley-tls/parley/internal/wire"
)

// counted is a Counter.
type counted struct {
	mu        sync.Mutex
	kept      int
	forgotten map[string]int
}

func (c *counted) FlightKept() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept++
}

func (c *counted) FlightsForgotten(from string, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.forgotten == nil {
		c.forgotten = map[string]int{}
	}
	c.forgotten[from] += n
}

func sourceFor(k *Keeper) (*Source, *counted) {
	c := new(counted)
	return &Source{Keeper: k, Counter: c, Server: func() netip.AddrPort { return netip.MustParseAddrPort("198.51.100.1:443") }}, c
}

// failing tells of a connection that ends with a finding in its first handshake.
func failing(t testing.TB, s *Source, conn uint64, client, finding string) {
	t.Helper()
	list := firstHandshake(helloOfSize(t, 10, nil))[:3]
	list[0].Detail = trace.OpenedDetail{Client: client}
	why := trace.FailureDetail{Finding: finding, Reason: "it is so"}
	list = append(list,
		trace.Event{Name: trace.AlertEvent, From: trace.Server, Detail: trace.AlertDetail{Level: wire.LevelFatal, Alert: wire.AlertHandshakeFailure}},
		trace.Event{Name: trace.HandshakeFailed, Finding: finding, Detail: why}, trace.Event{Name: trace.Closed, Finding: finding, Detail: why})
	tell(s, conn, list)
}

func tell(s *Source, conn uint64, list []trace.Event) {
	for _, e := range list {
		e.Conn = conn
		s.Observe(e)
	}
}

func TestConnectionThatEndsBadlyIsKept(t *testing.T) {
	k := NewKeeper("Parley", nil)
	s, c := sourceFor(k)
	failing(t, s, 7, "192.0.2.1:1025", "suite-none-shared")
	landed, ok := k.Landed(7)
	if !ok || landed.Finding != "suite-none-shared" || landed.SNI != "till.example" || landed.Client != "192.0.2.1:1025" || landed.Sentence == "" {
		t.Fatalf("%+v, %v", landed, ok)
	}
	if c.kept != 1 || len(k.Kept().Flights) != 1 || len(k.Live().Flights) != 0 {
		t.Errorf("%d counted, %v kept, %v live", c.kept, k.Kept(), k.Live())
	}
	f, ok := k.Flight(landed.ID)
	if !ok || f.Conversation.Client != "192.0.2.1:1025" || f.Conversation.Number != 7 || f.Conversation.Server != "198.51.100.1:443" {
		t.Errorf("%+v", f)
	}
	if _, ok := k.Flight("20261127-031502-9"); ok {
		t.Error("there is a flight of any id")
	}
}

// A file says of a connection what the server said when it ended.
func TestFileSaysWhatTheServerSaid(t *testing.T) {
	k := NewKeeper("Parley", nil)
	s, _ := sourceFor(k)
	failing(t, s, 7, "192.0.2.1:1025", "suite-none-shared")
	landed, _ := k.Landed(7)
	f, _ := k.Flight(landed.ID)
	b, err := form.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	_, c, err := form.NewFlightReader(bytes.NewReader(b)).Next()
	if err != nil {
		t.Fatal(err)
	}
	if said := decisive(diagnose.Diagnose(c)); said.ID != landed.Finding || said.Sentence != landed.Sentence {
		t.Errorf("%s: %s, want %s: %s", said.ID, said.Sentence, landed.Finding, landed.Sentence)
	}
}

func TestConnectionThatEndsWellIsNotKept(t *testing.T) {
	k := NewKeeper("Parley", nil)
	s, c := sourceFor(k)
	tell(s, 1, append(firstHandshake(helloOfSize(t, 10, nil)), trace.Event{Name: trace.Closed, Detail: trace.FailureDetail{}}))
	probe := trace.FailureDetail{Finding: "handshake-abandoned", Reason: "it went away"}
	tell(s, 2, []trace.Event{
		{Name: trace.Opened, Detail: trace.OpenedDetail{Client: "192.0.2.1:1"}},
		{Name: trace.HandshakeFailed, Finding: probe.Finding, Detail: probe}, {Name: trace.Closed, Finding: probe.Finding, Detail: probe},
	})
	if c.kept != 0 {
		t.Errorf("kept: %+v", k.Kept())
	}
}

func TestOpenConnectionIsToldWhenAsked(t *testing.T) {
	k := NewKeeper("Parley", nil)
	s, _ := sourceFor(k)
	tell(s, 3, firstHandshake(helloOfSize(t, 10, nil)))
	if live := k.Live().Flights; len(live) != 1 || live[0].Conn != 3 || live[0].SNI != "till.example" || live[0].ID != "" {
		t.Errorf("%+v", live)
	}
	if f, ok := k.Open(3); !ok || len(f.Conversation.Events) == 0 {
		t.Errorf("%+v, %v", f, ok)
	}
	if _, ok := k.Open(4); ok {
		t.Error("a connection that is not there is told")
	}
}

// A noisy client fills neither memory nor time: of connections that end alike a few
// are kept, and a rare finding stays.
func TestRareFindingOutlivesCommonOnes(t *testing.T) {
	m := newStore(20)
	add := func(finding, client string) {
		m.add(&landed{Summary: Summary{ID: finding + client, Finding: finding, Client: client}})
	}
	add("rare", "192.0.2.1:1")
	add("common", "192.0.2.2:1")
	for n := range 200 {
		add("common", fmt.Sprintf("198.51.100.7:%d", n))
		add("also", fmt.Sprintf("2001:db8::%x:443", n))
	}
	for _, want := range []string{"rare192.0.2.1:1", "common192.0.2.2:1", "common198.51.100.7:199"} {
		if m.get(want) == nil {
			t.Errorf("%s was forgotten", want)
		}
	}
	if n := len(m.summaries()); n != 20 {
		t.Errorf("%d are kept", n)
	}
}

func TestRationIsPerFindingAndSource(t *testing.T) {
	var r ration
	now := time.Now()
	taken := func(finding, source string) (n int) {
		for range 500 {
			if r.take(now, finding, source) {
				n++
			}
		}
		return n
	}
	if n := taken("a", "x"); n != perSource {
		t.Errorf("%d of one source", n)
	}
	if n := taken("b", "x"); n != perSource {
		t.Errorf("%d of its other finding", n)
	}
	all := 0
	for n := range 300 {
		all += taken("c", fmt.Sprint(n))
	}
	if all != perFinding {
		t.Errorf("%d of one finding", all)
	}
	if now = now.Add(time.Minute); taken("a", "x") != perSource {
		t.Error("a minute later there is no more")
	}
}

func openedDirectory(t *testing.T, keep int, size int64) (*Directory, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "flights")
	d, err := OpenDirectory(path, keep, size, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return d, path
}

func filesIn(t *testing.T, path string) (names []string) {
	t.Helper()
	list, err := os.ReadDir(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}

func TestFlightsAreFilesForTheirOwnerAlone(t *testing.T) {
	d, path := openedDirectory(t, 10, 1<<20)
	k := NewKeeper("Parley", d)
	s, _ := sourceFor(k)
	failing(t, s, 7, "[2001:db8::1]:1025", "suite-none-shared")
	k.Close()
	names := filesIn(t, path)
	if len(names) != 1 || !strings.HasSuffix(names[0], "-7_suite-none-shared_2001-db8--.json") {
		t.Fatalf("%q", names)
	}
	b, err := os.ReadFile(filepath.Join(path, names[0]))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := form.NewFlightReader(bytes.NewReader(b)).Next(); err != nil {
		t.Error(err)
	}
	for name, want := range map[string]os.FileMode{"": 0o700, names[0]: 0o600} {
		if info, err := os.Stat(filepath.Join(path, name)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%q: %v, %v", name, info.Mode(), err)
		}
	}
}

func TestDirectoryStaysWithinItsLimits(t *testing.T) {
	d, path := openedDirectory(t, 5, 1<<20)
	other := filepath.Join(path, "notes.json")
	if err := os.WriteFile(other, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	k := NewKeeper("Parley", d)
	s, c := sourceFor(k)
	failing(t, s, 1, "192.0.2.1:1", "hello-malformed")
	for n := range 12 {
		failing(t, s, uint64(2+n), fmt.Sprintf("198.51.100.%d:1", n), "suite-none-shared")
	}
	k.Close()
	names := strings.Join(filesIn(t, path), " ")
	if n := strings.Count(names, "suite-none-shared"); n != 4 || !strings.Contains(names, "hello-malformed") || !strings.Contains(names, "notes.json") {
		t.Errorf("%q", names)
	}
	if c.forgotten[FromDirectory] != 8 {
		t.Errorf("%v", c.forgotten)
	}
}

func TestDirectoryIsBoundedInBytes(t *testing.T) {
	d, path := openedDirectory(t, 100, 10000)
	k := NewKeeper("Parley", d)
	s, _ := sourceFor(k)
	for n := range 20 {
		failing(t, s, uint64(1+n), fmt.Sprintf("198.51.100.%d:1", n), "suite-none-shared")
	}
	k.Close()
	var size int64
	for _, name := range filesIn(t, path) {
		info, err := os.Stat(filepath.Join(path, name))
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	if size == 0 || size > 10000 {
		t.Errorf("%d bytes are kept", size)
	}
}

func TestDirectoryThatOthersReadIsRefused(t *testing.T) {
	path := t.TempDir()
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenDirectory(path, 1, 1, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "chmod 700") {
		t.Errorf("%v", err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := CheckDirectory(file); err == nil {
		t.Error("a file is taken for a directory")
	}
	if err := CheckDirectory(file + "s"); err != nil {
		t.Errorf("one that is not there: %v", err)
	}
}

// A peer that is called like a path, or a hello that names one, is a name of a file
// and nothing else.
func TestNamesOfFilesHoldNoPath(t *testing.T) {
	name := fileName(Summary{ID: "20261127-031502-1", Finding: "../../etc", Client: "@/run/x\x00"})
	if strings.ContainsAny(name, "/\\\x00") || fileNamed.FindStringSubmatch(name) == nil {
		t.Errorf("%q", name)
	}
}

func TestListingIsJSON(t *testing.T) {
	b, err := json.Marshal(NewKeeper("", nil).Kept())
	if err != nil || string(b) != `{"flights":[],"more":0}` {
		t.Errorf("%s, %v", b, err)
	}
}

// What the end of a connection costs that ends badly, its diagnosis included.
func BenchmarkBadEnd(b *testing.B) {
	k := NewKeeper("", nil)
	s, _ := sourceFor(k)
	var n uint64
	for b.Loop() {
		k.ration = ration{}
		n++
		failing(b, s, n, "192.0.2.1:1025", "suite-none-shared")
	}
}
