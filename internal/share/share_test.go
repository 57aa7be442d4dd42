package share_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/sanitize"
	"github.com/parley-tls/parley/internal/sanitize/prove"
	"github.com/parley-tls/parley/internal/share"
)

const founding = "../../testdata/captures/founding-tls12.pcap"

// names lists what is in a folder.
func names(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

// marked reports whether a file says that it is sanitized.
func marked(t *testing.T, name string) bool {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := capture.NewReader(f, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = r.Next()
	}
	if !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return r.Sanitized()
}

func TestTheNewCaptureIsAllThatIsLeft(t *testing.T) {
	temporary, folder := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", temporary)
	file, err := os.ReadFile(founding)
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(folder, "shared.pcapng")
	for _, o := range []share.Options{
		{In: founding, Out: out, Keys: dissect.NewKeyring()},
		{In: "-", Stdin: bytes.NewReader(file), Out: out},
	} {
		account, proof, err := share.Sanitize(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if account.Connections != 1 || proof.Found != 0 || len(proof.Judged) == 0 {
			t.Errorf("%s: %+v %+v", o.In, account, proof)
		}
		if !marked(t, out) {
			t.Error("the new file does not say that it is sanitized")
		}
		if left := append(names(t, temporary), names(t, folder)...); !slices.Equal(left, []string{"shared.pcapng"}) {
			t.Errorf("left over: %q", left)
		}
	}
	if again, err := os.ReadFile(founding); err != nil || !bytes.Equal(file, again) {
		t.Error("the capture itself has changed")
	}
}

func TestTheCaptureItselfIsNeverWrittenOver(t *testing.T) {
	folder := t.TempDir()
	file, err := os.ReadFile(founding)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(folder, "capture.pcap")
	if err := os.WriteFile(name, file, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(folder, "link.pcap")
	if err := os.Symlink(name, link); err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{name, link, filepath.Join(folder, ".", "capture.pcap")} {
		if _, _, err := share.Sanitize(t.Context(), share.Options{In: name, Out: out}); err == nil {
			t.Errorf("%s was written", out)
		}
	}
	if again, err := os.ReadFile(name); err != nil || !bytes.Equal(file, again) {
		t.Error("the capture itself has changed")
	}
}

func TestNothingIsLeftWhereItFails(t *testing.T) {
	temporary, folder := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", temporary)
	stopped, stop := context.WithCancel(t.Context())
	stop()
	_, _, err := share.Sanitize(stopped, share.Options{In: founding, Out: filepath.Join(folder, "shared.pcapng")})
	if err == nil {
		t.Error("it was written though it was to stop")
	}
	_, _, err = share.Sanitize(t.Context(), share.Options{In: "share.go", Out: filepath.Join(folder, "shared.pcapng")})
	if none := (*capture.FormatError)(nil); !errors.As(err, &none) {
		t.Errorf("of a file that is no capture: %v", err)
	}
	if left := append(names(t, temporary), names(t, folder)...); len(left) > 0 {
		t.Errorf("left over: %q", left)
	}
}

func TestALeakIsToldWithoutTheValue(t *testing.T) {
	proof := &sanitize.Proof{Found: 7, Leaks: slices.Repeat([]prove.Leak{{Kind: 1, Encoding: "as it is", Where: "the file", Offset: 12}}, 7)}
	want := "nothing was written: 7 of the values that were to be replaced are left in it"
	for range 5 {
		want += "\nhost name, as it is, at byte 12 of the file"
	}
	if got := (&share.LeakError{Proof: proof}).Error(); got != want+"\nand more" {
		t.Error(got)
	}
}

func TestWhatWasReadAndWhatIsNoFileIsNotWrittenOver(t *testing.T) {
	key := filepath.Join(t.TempDir(), "server.key")
	if err := os.WriteFile(key, []byte("a key"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{key, os.DevNull, t.TempDir(), "-"} {
		if _, _, err := share.Sanitize(t.Context(), share.Options{In: founding, Out: out, Read: []string{key}}); err == nil {
			t.Errorf("%s was written over", out)
		}
	}
	if b, err := os.ReadFile(key); err != nil || string(b) != "a key" {
		t.Errorf("the key holds %q: %v", b, err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Error("the null device was replaced")
	}
}
