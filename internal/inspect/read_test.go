package inspect_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/inspect"
)

func founding(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(captures, "founding-tls12.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAReportNamesTheFileThatItSpeaksOf(t *testing.T) {
	b := founding(t)
	r, err := inspect.Read(context.Background(), inspect.Input{Name: "x.pcap", From: bytes.NewReader(b), Size: int64(len(b))}, inspect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(b)
	s := r.Source
	if s.Name != "x.pcap" || s.SHA256 != hex.EncodeToString(sum[:]) || s.Bytes != int64(len(b)) || s.Frames != 15 || s.Broken != "" || !s.Last.After(s.First) {
		t.Errorf("%+v", s)
	}
}

func TestATruncatedCaptureIsReadAsFarAsItGoes(t *testing.T) {
	b := founding(t)
	for n := 0; n < len(b); n += 7 {
		r, err := inspect.Read(context.Background(), inspect.Input{Name: "x.pcap", From: bytes.NewReader(b[:n]), Size: int64(n)}, inspect.Options{})
		if r == nil {
			t.Fatalf("cut at %d: no report", n)
		}
		if r.Source.Bytes != int64(n) || r.Source.SHA256 == "" {
			t.Fatalf("cut at %d: %d bytes hashed", n, r.Source.Bytes)
		}
		if partial := (*inspect.PartialError)(nil); err != nil && (!errors.As(err, &partial) || r.Source.Broken == "") {
			t.Fatalf("cut at %d: %v, and the report says %q", n, err, r.Source.Broken)
		}
	}
}

func TestWhatIsNoCaptureIsSaidToBeNone(t *testing.T) {
	for _, text := range []string{"", "GET / HTTP/1.1\r\n\r\n", "\x1f\x8b but not gzip", strings.Repeat("\x00", 4096)} {
		_, err := inspect.Read(context.Background(), inspect.Input{Name: "x", From: strings.NewReader(text)}, inspect.Options{})
		if partial := (*inspect.PartialError)(nil); !errors.As(err, &partial) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestEachConnectionIsShownAsItEnds(t *testing.T) {
	pipe, into := io.Pipe()
	shown := make(chan *diagnose.Diagnosis, 1)
	done := make(chan error, 1)
	go func() {
		_, err := inspect.Read(context.Background(), inspect.Input{Name: "-", From: pipe}, inspect.Options{Each: func(d *diagnose.Diagnosis) { shown <- d }})
		done <- err
	}()
	if _, err := into.Write(founding(t)); err != nil {
		t.Fatal(err)
	}
	if d := <-shown; d.Findings[0].ID != "reneg-reset-hello" { // while the pipe is open
		t.Errorf("shown: %s", d.Findings[0].ID)
	}
	into.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestAReportIsNeverWrittenOverItsCapture(t *testing.T) {
	file := filepath.Join(t.TempDir(), "capture.pcap")
	if err := os.WriteFile(file, founding(t), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := inspect.Save(file, []string{"-", file}, func(w io.Writer) error { _, err := w.Write([]byte("page")); return err }); err == nil {
		t.Error("written over")
	}
	if b, _ := os.ReadFile(file); !bytes.Equal(b, founding(t)) {
		t.Error("the capture is lost")
	}
}

func TestAPageThatCannotBeMadeLeavesTheOldOne(t *testing.T) {
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := inspect.Save(file, []string{"-"}, func(w io.Writer) error { return errors.New("no") }); err == nil {
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

func TestAKeyFileThatIsNoneIsNamed(t *testing.T) {
	file := filepath.Join(captures, "server.crt")
	for name, load := range map[string]func() error{
		"certificate": func() error { _, err := inspect.LoadKeys([]string{file}, nil); return err },
		"no key log":  func() error { _, err := inspect.LoadKeys(nil, []string{file}); return err },
		"not there":   func() error { _, err := inspect.LoadKeys([]string{file + ".none"}, nil); return err },
	} {
		if err := load(); err == nil || !strings.Contains(err.Error(), "server.crt") {
			t.Errorf("%s: %v", name, err)
		}
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
		if err := inspect.Save(name, nil, page); err != nil {
			t.Fatal(err)
		}
	}
	if info, err := os.Lstat(link); err != nil || info.Mode().IsRegular() {
		t.Error("the link was replaced")
	}
	if b, _ := os.ReadFile(file); string(b) != "page" {
		t.Errorf("it holds %q", b)
	}
	if err := inspect.Save(folder, nil, page); err == nil || !strings.Contains(err.Error(), "is a folder") {
		t.Errorf("onto a folder: %v", err)
	}
}

func TestWhatIsNoFileIsWrittenIntoAndStaysWhatItIs(t *testing.T) {
	if err := inspect.Save(os.DevNull, nil, page); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Error("the null device was replaced")
	}
}
