package save_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/save"
)

func TestAReportIsNeverWrittenOverItsCapture(t *testing.T) {
	file := filepath.Join(t.TempDir(), "capture.pcap")
	if err := os.WriteFile(file, []byte("packets"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := save.File(file, []string{"-", file}, func(w io.Writer) error { _, err := w.Write([]byte("page")); return err }); err == nil {
		t.Error("written over")
	}
	if b, _ := os.ReadFile(file); string(b) != "packets" {
		t.Error("the capture is lost")
	}
}

func TestAPageThatCannotBeMadeLeavesTheOldOne(t *testing.T) {
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := save.File(file, []string{"-"}, func(w io.Writer) error { return errors.New("no") }); err == nil {
		t.Error("no error")
	}
	if b, _ := os.ReadFile(file); string(b) != "old" {
		t.Errorf("it holds %q", b)
	}
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), ".parley-*"))
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func page(w io.Writer) error { _, err := io.WriteString(w, "page"); return err }

func TestAPageGoesWhereItsNameLeads(t *testing.T) {
	folder := t.TempDir()
	file, link := filepath.Join(folder, "page.html"), filepath.Join(folder, "link.html")
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{file, link} {
		if err := save.File(name, nil, page); err != nil {
			t.Fatal(err)
		}
	}
	if info, err := os.Lstat(link); err != nil || info.Mode().IsRegular() {
		t.Error("the link was replaced")
	}
	if b, _ := os.ReadFile(file); string(b) != "page" {
		t.Errorf("it holds %q", b)
	}
	if err := save.File(folder, nil, page); err == nil || !strings.Contains(err.Error(), "is a folder") {
		t.Errorf("onto a folder: %v", err)
	}
}

func TestWhatIsNoFileIsWrittenIntoAndStaysWhatItIs(t *testing.T) {
	if err := save.File(os.DevNull, nil, page); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Error("the null device was replaced")
	}
}

func TestALinkToWhatHasNoNameStaysALink(t *testing.T) {
	folder := t.TempDir()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	descriptor := fmt.Sprintf("/dev/fd/%d", w.Fd())
	if _, err := os.Stat(descriptor); err != nil {
		descriptor = os.DevNull // a system that has no such names
	}
	for name, to := range map[string]string{"pipe": descriptor, "nothing": filepath.Join(folder, "nothing there")} {
		link := filepath.Join(folder, name)
		if err := os.Symlink(to, link); err != nil {
			t.Fatal(err)
		}
		err := save.File(link, nil, page)
		if info, lost := os.Lstat(link); lost != nil || info.Mode().IsRegular() {
			t.Errorf("the link to %s was replaced", to)
		}
		if (err == nil) != (name == "pipe") {
			t.Errorf("into %s: %v", name, err)
		}
	}
}

func TestAFolderThatIsNotThereIsSaid(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "missing")
	if err := save.File(filepath.Join(folder, "page.html"), nil, page); err == nil || strings.Contains(err.Error(), ".parley-") {
		t.Errorf("it says %v", err)
	}
}
