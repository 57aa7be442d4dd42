package usage

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

var monday = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// at gives a book whose clock stands still.
func at(now time.Time) *Book {
	b := New()
	b.now = func() time.Time { return now }
	return b
}

func source(n int) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}), 32)
}

// kept is a book that goes on from a file.
func kept(t *testing.T, now time.Time, file string) *Book {
	t.Helper()
	b := at(now)
	if aside, err := b.Keep(file); err != nil || aside != "" {
		t.Fatalf("%q, %v", aside, err)
	}
	return b
}

func saved(t *testing.T, b *Book) {
	t.Helper()
	if err := b.Save(); err != nil {
		t.Fatal(err)
	}
}

func TestUsesAreCountedOncePerStreamAndTheirPartsToo(t *testing.T) {
	b := at(monday)
	b.Know("old", "never")
	b.Note(Use{Permission: "old", New: true, Grants: []string{"TLS 1.0"}, Source: source(1)})
	b.now = func() time.Time { return monday.Add(48 * time.Hour) }
	b.Note(Use{Permission: "old", Grants: []string{"bare trust"}, Source: source(1)})
	b.Note(Use{Permission: "old", New: true, Grants: []string{"TLS 1.0"}, Source: source(1)})
	e := b.Of("old")
	if e.Uses != 2 || len(e.Sources) != 1 || e.First != monday || e.Last != monday.Add(48*time.Hour) || !reflect.DeepEqual(e.Grants, map[string]uint64{"TLS 1.0": 2, "bare trust": 1}) {
		t.Errorf("%+v", e)
	}
	if e := b.Of("never"); e.Uses != 0 || !e.First.IsZero() || e.Summary().DaysCounted(monday.Add(43*24*time.Hour)) != 43 {
		t.Errorf("%+v", e)
	}
	if b.Of("other") != nil {
		t.Error("what nobody knows of is known")
	}
}

func TestSourcesAndPartsAreBounded(t *testing.T) {
	b := at(monday)
	for n := range maxSources + 5 {
		b.Note(Use{Permission: "p", New: true, Grants: []string{string(rune(n))}, Source: source(n)})
	}
	b.Note(Use{Permission: "p", New: true}) // by a Unix socket
	if e := b.Of("p"); len(e.Sources) != maxSources || !e.More || len(e.Grants) != maxGrants || e.Uses != maxSources+6 {
		t.Errorf("%d sources, %v, %d parts, %d uses", len(e.Sources), e.More, len(e.Grants), e.Uses)
	}
}

// What one program counted the next one knows, and two at the same time lose
// nothing of each other's.
func TestUsesOutliveTheProgram(t *testing.T) {
	file := filepath.Join(t.TempDir(), "uses.json")
	old := kept(t, monday, file)
	old.Know("p")
	old.Note(Use{Permission: "p", New: true, Grants: []string{"TLS 1.0"}, Source: source(1)})
	saved(t, old)
	next := kept(t, monday.Add(time.Hour), file)
	next.Know("p")
	next.Note(Use{Permission: "p", New: true, Grants: []string{"TLS 1.0"}, Source: source(2)})
	old.Note(Use{Permission: "p", New: true, Source: source(1)})
	for _, b := range []*Book{next, old, next} {
		saved(t, b)
	}
	for name, b := range map[string]*Book{"the next one": next, "a third": kept(t, monday, file)} {
		if e := b.Of("p"); e == nil || e.Uses != 3 || len(e.Sources) != 2 || e.Since != monday || e.Last != monday.Add(time.Hour) || e.Grants["TLS 1.0"] != 2 {
			t.Errorf("%s knows %+v", name, e)
		}
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestWhatCannotBeWrittenIsKeptForAnotherTime(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "away")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	b := kept(t, monday, filepath.Join(dir, "uses.json"))
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	b.Note(Use{Permission: "p", New: true})
	if err := b.Save(); err == nil {
		t.Fatal("it is written where nothing can be")
	}
	b.Note(Use{Permission: "p", New: true})
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	saved(t, b)
	if all, err := Read(b.file); err != nil || all["p"].Uses != 2 {
		t.Errorf("%v, %v", all, err)
	}
}

func TestADamagedFileIsPutAside(t *testing.T) {
	file := filepath.Join(t.TempDir(), "uses.json")
	for _, text := range []string{"", "{", "[]", `{"version":2}`, `{"version":1,"permissions":{"p":{"sources":["x"]}}}`} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(file); !errors.Is(err, ErrDamaged) {
			t.Errorf("%q: %v", text, err)
		}
		b := at(monday)
		aside, err := b.Keep(file)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(aside); err != nil || string(got) != text {
			t.Errorf("%q, %v is aside, not %q", got, err, text)
		}
		if _, err := Read(file); err != nil {
			t.Errorf("after %q: %v", text, err)
		}
	}
}

func TestWhatIsNoFileIsToldAtTheBeginning(t *testing.T) {
	if _, err := New().Keep(filepath.Join(t.TempDir(), "none", "uses.json")); err == nil || !strings.Contains(err.Error(), "none") {
		t.Errorf("%v", err)
	}
}

// Whatever a file has, reading it ends, and what is read is written the same.
func FuzzRead(f *testing.F) {
	e := newEntry(monday)
	e.note(Use{New: true, Grants: []string{"TLS 1.0"}, Source: source(1)}, monday)
	text, err := entries{"p": e, "q": newEntry(monday)}.text()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"version":1,"permissions":{"p":null,"q":{"grants":null,"sources":null}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		all, err := parse(text)
		if err != nil {
			return
		}
		once, err := all.text()
		if err != nil {
			return // a time that JSON cannot write
		}
		again, err := parse(once)
		if err != nil {
			t.Fatalf("%s: %v", once, err)
		}
		if twice, err := again.text(); err != nil || !slices.Equal(once, twice) {
			t.Errorf("%s, then %s: %v", once, twice, err)
		}
	})
}

func TestNamesAreBounded(t *testing.T) {
	all := entries{}
	for n := range maxNames + 1 {
		all[string(rune(n+1))] = newEntry(monday.Add(time.Duration(n) * time.Second))
	}
	if all.bound(); len(all) != maxNames || all["\x01"] != nil {
		t.Errorf("%d names, %v", len(all), all["\x01"])
	}
}

// A file is not written again for nothing: it may be on flash memory.
func TestWithoutNewsNothingIsWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "uses.json")
	b := kept(t, monday, file)
	b.Know("p")
	saved(t, b)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	saved(t, b)
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("it is written: %v", err)
	}
}
