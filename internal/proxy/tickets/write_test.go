package tickets

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// made is a new file of the test's.
func made(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "tickets.keys")
	if err := New(name); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestANewFileIsItsOwnersAloneAndIsNotWrittenOver(t *testing.T) {
	name := made(t)
	before, _ := os.ReadFile(name)
	if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if all, err := Read([]string{name}, time.Now()); err != nil || len(all) != 1 {
		t.Errorf("%v, %v", all, err)
	}
	if err := New(name); !errors.Is(err, os.ErrExist) {
		t.Errorf("%v", err)
	}
	if after, _ := os.ReadFile(name); string(after) != string(before) {
		t.Error("it was written over")
	}
}

// Two nodes of which one has the rotated file and the other not yet: what either
// seals both open, at every moment until the new key's time.
func TestARotationIsSafeWhileItTravels(t *testing.T) {
	c := newClock()
	name := made(t)
	old, err := Read([]string{name}, c.now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Rotate(name, c.now(), time.Hour, 3); err != nil {
		t.Fatal(err)
	}
	rotated, err := Read([]string{name}, c.now())
	if err != nil || len(rotated) != 2 {
		t.Fatalf("%v, %v", rotated, err)
	}
	early, late := NewRing(c.now), NewRing(c.now)
	early.Use(rotated)
	late.Use(old)
	before := names(early, "")[0]
	for range 2 {
		if names(early, "")[0] != names(late, "")[0] {
			t.Error("the node that learned the new key first seals by it, and the other cannot open that")
		}
		c.pass(time.Hour - time.Second)
	}
	late.Use(rotated)
	c.pass(time.Hour)
	wantNames(t, names(early, ""), names(late, "")...)
	if names(early, "")[0] == before || !rotated[0].seals(c.now()) {
		t.Error("the new key does not seal when its time has come")
	}
}

func TestRotatingKeepsTheLastKeysAndTellsWhoseSessionsEnd(t *testing.T) {
	c := newClock()
	name := made(t)
	for n, want := range []Rotation{{Older: 1}, {Older: 2}, {Older: 2, Gone: 1}, {Older: 2, Gone: 1}} {
		r, err := Rotate(name, c.now(), time.Hour, 3)
		if err != nil {
			t.Fatal(err)
		}
		if want.From = c.now().Add(time.Hour); r != want {
			t.Errorf("rotation %d: %+v, not %+v", n+1, r, want)
		}
		c.pass(24 * time.Hour)
	}
	c.pass(2 * time.Hour)
	if _, err := Rotate(name, c.now(), time.Hour, 3); err != nil {
		t.Fatal(err)
	}
	c.pass(2 * time.Hour)
	if r, err := Rotate(name, c.now(), 0, 2); err != nil || r.Gone != 2 || r.Lost != 1 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestAKeyIsNotPutBeforeOneThatHasNotBegun(t *testing.T) {
	c := newClock()
	name := made(t)
	if _, err := Rotate(name, c.now(), time.Hour, 3); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(name)
	if _, err := Rotate(name, c.now(), time.Hour, 3); err == nil || !strings.Contains(err.Error(), "begins to seal at 2027-01-01T01:00:00Z") {
		t.Errorf("%v", err)
	}
	if after, _ := os.ReadFile(name); string(after) != string(before) {
		t.Error("the file was changed")
	}
}

func TestRotatingKeepsRightsLinksAndComments(t *testing.T) {
	name := put(t, 0o640, "# ours", word(1, 32), "# of 2025", word(2, 32), "")
	link := filepath.Join(t.TempDir(), "link.keys")
	if err := os.Symlink(name, link); err != nil {
		t.Fatal(err)
	}
	if _, err := Rotate(link, newClock().now(), 0, 2); err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(name)
	lines := strings.Split(string(text), "\n")
	if len(lines) != 5 || lines[0] != "# ours" || lines[2] != word(1, 32) || lines[3] != "# of 2025" {
		t.Errorf("%q", lines)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Error("the link is none any more")
	}
	if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o640 && runtime.GOOS != "windows" {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(name), "*.new-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestWhatIsNoFileOfKeysIsNotRotated(t *testing.T) {
	name := put(t, 0o600, "listeners: []")
	if _, err := Rotate(name, time.Now(), 0, 2); err == nil || !strings.Contains(err.Error(), name+":1:") {
		t.Errorf("%v", err)
	}
	if text, _ := os.ReadFile(name); string(text) != "listeners: []" {
		t.Errorf("it is %q now", text)
	}
}
