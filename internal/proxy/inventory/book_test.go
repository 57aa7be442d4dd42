package inventory

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/parley-tls/parley/internal/wire"
)

func open(t *testing.T, o Options) *Book {
	t.Helper()
	o.Log = slog.New(slog.DiscardHandler)
	b, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// from is a sighting of a client from an address.
func from(address string, at int) Sighting {
	return Sighting{
		Who: Who{Listener: "l", Source: SourceOf(netip.MustParseAddr(address)), JA3: "j"}, At: day.Add(time.Duration(at) * time.Second), Began: true,
		Version: wire.VersionTLS10, Suite: wire.TLS_RSA_WITH_AES_128_CBC_SHA,
	}
}

// told has sightings written down.
func told(t *testing.T, b *Book, list ...Sighting) {
	t.Helper()
	for _, s := range list {
		b.note(s)
	}
}

func sources(all []Client) (out []string) {
	for _, c := range all {
		out = append(out, c.Source.Addr().String())
	}
	slices.Sort(out)
	return out
}

func TestSightingsOfOneClientAreOneLine(t *testing.T) {
	b := open(t, Options{})
	defer b.Close()
	hello := helloOf(t, "java-6")
	for i := range 3 {
		b.Add(Sighting{Who: Who{Source: SourceOf(netip.MustParseAddr("192.0.2.1"))}, At: day.Add(time.Duration(i) * time.Hour), Began: true, Hello: hello})
	}
	b.Add(Sighting{Who: Who{Source: SourceOf(netip.MustParseAddr("192.0.2.2"))}, At: day, Began: true, Hello: hello})
	b.Settle(20 * time.Second)
	all := b.Clients()
	slices.SortFunc(all, func(x, y Client) int { return int(y.Connections) - int(x.Connections) })
	c := all[0]
	_, ja3 := hello.JA3()
	if c.Connections != 3 || c.JA3 != ja3 || c.JA4 != hello.JA4() || !c.Last.Equal(day.Add(2*time.Hour)) || c.Needs.MinVersion != "1.0" {
		t.Errorf("%+v", c)
	}
}

func TestOldestLeavesAndTheServedLast(t *testing.T) {
	b := open(t, Options{Keep: 8})
	defer b.Close()
	told(t, b, from("192.0.2.1", 0), from("192.0.2.2", 1))
	for i := range 20 {
		scan := from(fmt.Sprintf("198.51.100.%d", i), 10+i)
		scan.Version, scan.Failed = 0, true
		told(t, b, scan)
	}
	got := sources(b.Clients())
	if len(got) != 8 || !slices.Contains(got, "192.0.2.1") || !slices.Contains(got, "192.0.2.2") || !slices.Contains(got, "198.51.100.19") || b.Totals().Left != 14 {
		t.Errorf("%v, %+v", got, b.Totals())
	}
	told(t, b, from("192.0.2.1", 50)) // it came again, so that the other is the oldest
	for i := range 7 {
		told(t, b, from(fmt.Sprintf("203.0.113.%d", i), 60+i))
	}
	if got := sources(b.Clients()); !slices.Contains(got, "192.0.2.1") || slices.Contains(got, "192.0.2.2") {
		t.Errorf("%v", got)
	}
}

func TestOneSourceCannotDriveOutTheOthers(t *testing.T) {
	b := open(t, Options{Keep: 40})
	defer b.Close()
	told(t, b, from("192.0.2.1", 0))
	for i := range 1000 {
		s := from("198.51.100.1", i)
		s.SNI = fmt.Sprint(i)
		told(t, b, s)
	}
	if all := b.Clients(); len(all) != 11 || !slices.Contains(sources(all), "192.0.2.1") {
		t.Errorf("%d clients", len(all))
	}
}

func TestNobodyWaitsForABook(t *testing.T) {
	b := open(t, Options{})
	b.mu.Lock() // whoever writes it down has to wait
	for range 2 * waiting {
		b.Add(from("192.0.2.1", 0))
	}
	b.mu.Unlock()
	if b.Totals().Dropped < waiting-2 {
		t.Errorf("%+v", b.Totals())
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if got := b.Clients()[0].Connections + b.Totals().Dropped; got != 2*waiting {
		t.Errorf("%d sightings", got)
	}
}

func TestNoBookTakesAnything(t *testing.T) {
	var b *Book
	b.Add(Sighting{})
	if b.Clients() != nil || b.Totals() != (Totals{}) || b.Close() != nil {
		t.Error("it has something")
	}
}

func path(t *testing.T) string { return filepath.Join(t.TempDir(), "clients.db") }

func TestClientsOutliveTheProcess(t *testing.T) {
	name := path(t)
	b := open(t, Options{File: name})
	told(t, b, from("192.0.2.1", 0), from("192.0.2.1", 1), from("192.0.2.2", 2))
	want := b.Clients()
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(name)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	b = open(t, Options{File: name})
	sort := func(a, b Client) int { return strings.Compare(a.Source.String(), b.Source.String()) }
	slices.SortFunc(want, sort)
	if got := slices.SortedFunc(slices.Values(b.Clients()), sort); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nnot %+v", got, want)
	}
	told(t, b, from("192.0.2.1", 3))
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	all, err := Read(name)
	if err != nil || len(all) != 2 || all[0].Connections+all[1].Connections != 4 {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestWhoLeftIsGoneFromTheFile(t *testing.T) {
	name := path(t)
	b := open(t, Options{File: name, Keep: 4})
	for round := range 3 { // in the last one there are more than are kept count of
		for i := range 2 + 10*round {
			told(t, b, from(fmt.Sprintf("192.0.%d.%d", round, i), 100*round+i))
		}
		if err := b.keepUp(); err != nil {
			t.Fatal(err)
		}
		all, err := Read(name)
		if got, want := sources(all), sources(b.Clients()); err != nil || !slices.Equal(got, want) {
			t.Errorf("round %d: %v, %v, not %v", round, got, err, want)
		}
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

// While a server is replaced, two of them write.
func TestTwoProcessesShareAFile(t *testing.T) {
	name := path(t)
	old := open(t, Options{File: name})
	told(t, old, from("192.0.2.1", 0))
	if err := old.keepUp(); err != nil {
		t.Fatal(err)
	}
	next := open(t, Options{File: name})
	told(t, old, from("192.0.2.1", 1), from("192.0.2.2", 2))
	told(t, next, from("192.0.2.1", 3), from("192.0.2.3", 4))
	if err := errors.Join(old.keepUp(), next.keepUp(), old.Close(), next.Close()); err != nil {
		t.Fatal(err)
	}
	all, err := Read(name)
	if err != nil || !slices.Equal(sources(all), []string{"192.0.2.1", "192.0.2.2", "192.0.2.3"}) {
		t.Fatalf("%v, %v", sources(all), err)
	}
	for _, c := range all {
		if c.Source.Addr().String() == "192.0.2.1" && c.Connections != 3 {
			t.Errorf("%+v", c)
		}
	}
}

func TestAFileThatIsInUseIsWaitedFor(t *testing.T) {
	name := path(t)
	b := open(t, Options{File: name})
	told(t, b, from("192.0.2.1", 0))
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	other, err := bbolt.Open(name, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	b = open(t, Options{File: name})
	told(t, b, from("192.0.2.2", 1))
	if err := b.keepUp(); !errors.Is(err, errInUse) {
		t.Errorf("%v", err)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if got := sources(b.Clients()); !slices.Equal(got, []string{"192.0.2.1", "192.0.2.2"}) {
		t.Errorf("in memory: %v", got)
	}
	if all, err := Read(name); err != nil || len(all) != 2 {
		t.Errorf("%v, %v", all, err)
	}
}

// refuses wants an error that names the file, which stays as it was.
func refuses(t *testing.T, name, why string) {
	t.Helper()
	before, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := Open(Options{File: name, Log: slog.New(slog.DiscardHandler)}); err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), why) {
		t.Errorf("%v, not %q", err, why)
		_ = b.Close()
	}
	if after, err := os.ReadFile(name); err != nil || sha256.Sum256(after) != sha256.Sum256(before) {
		t.Errorf("the file was changed, %v", err)
	}
	if _, err := Read(name); err == nil {
		t.Error("it is read")
	}
}

func TestForeignFilesStayAsTheyAre(t *testing.T) {
	name := path(t)
	if err := os.WriteFile(name, []byte(strings.Repeat("a letter, and no database. ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	refuses(t, name, "move it away")
	other := path(t)
	db, err := bbolt.Open(other, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("somebody else's")); return err })
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	refuses(t, other, "somebody else's")
	open := path(t)
	if err := os.WriteFile(open, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	refuses(t, open, "chmod 600")
}

func TestDamagedFilesAreAnErrorAndNoEnd(t *testing.T) {
	name := path(t)
	b := open(t, Options{File: name})
	for i := range 200 {
		told(t, b, from(fmt.Sprintf("192.0.2.%d", i), i))
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for n := range 60 {
		bad := slices.Clone(good)
		if n%3 == 0 {
			bad = bad[:len(bad)*n/60]
		} else {
			for range 1 + n*n {
				bad[rand.IntN(len(bad))] ^= byte(1 + rand.IntN(255))
			}
		}
		name := path(t)
		if err := os.WriteFile(name, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		b, err := Open(Options{File: name, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			refused++
			continue
		}
		told(t, b, from("192.0.2.1", 500))
		if err := b.Close(); err != nil {
			t.Errorf("what was read cannot be written: %v", err)
		}
	}
	if refused < 20 {
		t.Errorf("%d of 60 were refused", refused)
	}
}
