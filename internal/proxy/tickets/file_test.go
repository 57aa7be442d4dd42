package tickets

import (
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// word is a key as a file has it, of bytes that begin with n.
func word(n byte, length int) string {
	b := make([]byte, length)
	for i := range b {
		b[i] = n + byte(i)
	}
	return base64.StdEncoding.EncodeToString(b)
}

func TestAFileHasOneKeyALine(t *testing.T) {
	all, err := Parse([]byte("# made by hand\n\n" + word(1, 32) + " from 2027-01-31T12:00:00Z\r\n  " + word(2, 48) + "\n#" + word(3, 32)))
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 2 || !all[0].From.Equal(time.Date(2027, 1, 31, 12, 0, 0, 0, time.UTC)) || !all[1].From.IsZero() {
		t.Errorf("%+v", all)
	}
}

func TestWhatIsWrongWithAFileIsToldByItsLine(t *testing.T) {
	for text, says := range map[string]string{
		"":                               "no key in this file",
		"# only this":                    "no key in this file",
		word(1, 32) + "\n" + word(1, 32): "line 2: this key stands further up already",
		"\n" + word(1, 31):               "line 2: this key has 31 bytes; it needs 32",
		word(1, maxSecret+2):             "line 1: this key has more than 1024 bytes",
		"hunter2!":                       "line 1: this is no base64",
		hex.EncodeToString([]byte("0123456789abcdef0123456789abcdef")): "line 1: this is hexadecimal",
		base64.StdEncoding.EncodeToString(make([]byte, 32)):            "line 1: this key is not random",
		word(1, 32) + " until 2027-01-31T12:00:00Z":                    "line 1: behind a key there may be only",
		word(1, 32) + " from tomorrow":                                 "line 1: what follows from is no time",
		strings.Repeat("#\n", maxFile):                                 "more than 65536 bytes",
	} {
		_, err := Parse([]byte(text))
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.40q: %v; it should say %q", text, err, says)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Error("the error shows what the line says")
		}
	}
	var many strings.Builder
	for n := range byte(MaxKeys + 1) {
		many.WriteString(word(n, 32) + "\n")
	}
	if _, err := Parse([]byte(many.String())); err == nil || !strings.Contains(err.Error(), "line 17: there are more than 16 keys") {
		t.Errorf("many keys: %v", err)
	}
}

// put writes a file of the test's.
func put(t *testing.T, mode os.FileMode, lines ...string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "tickets.keys")
	if err := os.WriteFile(name, []byte(strings.Join(lines, "\n")), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(name, mode); err != nil { // the mask may have taken some of it
		t.Fatal(err)
	}
	return name
}

func TestFilesAreReadInTheirOrder(t *testing.T) {
	now := newClock().now()
	first, second := put(t, 0o600, word(1, 32)), put(t, 0o640, word(2, 32), word(1, 32))
	all, err := Read([]string{first, second}, now)
	if err != nil || len(all) != 2 || all[0].secret.Bytes()[0] != 1 || all[1].secret.Bytes()[0] != 2 {
		t.Errorf("%v, %v", all, err)
	}
	if all, err := Read(nil, now); all != nil || err != nil {
		t.Errorf("of no file: %v, %v", all, err)
	}
}

func TestFilesThatCannotBeAreNamed(t *testing.T) {
	now := newClock().now()
	early := put(t, 0o600, word(1, 32)+" from 2027-06-01T00:00:00Z")
	wrong := put(t, 0o600, "", "what?")
	for name, says := range map[string]string{
		early:                                 early + ": no key seals before 2027-06-01T00:00:00Z",
		wrong:                                 wrong + ":2: this is no base64",
		filepath.Join(t.TempDir(), "nowhere"): "nowhere",
		t.TempDir():                           "this is a directory",
	} {
		if _, err := Read([]string{name}, now); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v; it should say %q", err, says)
		}
	}
}

func TestAFileThatOthersMayReadIsRefused(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // it has no such rights
	}
	for _, mode := range []os.FileMode{0o644, 0o604, 0o620, 0o602, 0o601} {
		if _, err := Read([]string{put(t, mode, word(1, 32))}, newClock().now()); err == nil || !strings.Contains(err.Error(), "others may read or change this file") {
			t.Errorf("%v: %v", mode, err)
		}
	}
}

func FuzzFile(f *testing.F) {
	f.Add([]byte(word(1, 32) + " from 2027-01-31T12:00:00Z\n# and\n" + word(2, 48)))
	f.Add([]byte("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"))
	f.Add([]byte("from\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		all, err := Parse(text)
		if (len(all) == 0) == (err == nil) || len(all) > MaxKeys {
			t.Fatalf("%d keys, %v", len(all), err)
		}
		for _, k := range all {
			if _, err := k.in(""); err != nil {
				t.Error(err)
			}
		}
	})
}
