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
