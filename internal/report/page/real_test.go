package page_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/inspect"
	"github.com/parley-tls/parley/internal/report"
)

const captures = "../../../testdata/captures/"

// captured makes the report of a real capture.
func captured(t testing.TB, name string, keys *dissect.Keyring) *report.Report {
	t.Helper()
	r, err := inspect.Read(t.Context(), inspect.Input{Name: name, From: bytes.NewReader(readFile(t, name))}, inspect.Options{Tool: "Parley", Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(captures + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func withKey(t testing.TB) *dissect.Keyring {
	t.Helper()
	keys := dissect.NewKeyring()
	if err := keys.AddKey("server.key", readFile(t, "server.key")); err != nil {
		t.Fatal(err)
	}
	return keys
}

// capturedPages are those of every real capture, with and without its key.
func capturedPages(t testing.TB) map[string]string {
	t.Helper()
	files, err := filepath.Glob(captures + "*.pcap")
	if err != nil || len(files) == 0 {
		t.Fatalf("no captures: %v", err)
	}
	out := map[string]string{}
	for _, file := range files {
		name := filepath.Base(file)
		out[name] = written(t, captured(t, name, nil))
		out[name+" with its key"] = written(t, captured(t, name, withKey(t)))
	}
	return out
}

func TestThePagesOfRealCapturesAreSmallAndWhole(t *testing.T) {
	for name, text := range capturedPages(t) {
		if len(text) > 300_000 {
			t.Errorf("%s: %d bytes", name, len(text))
		}
		elements(t, text)
	}
}

// All captures that there are, as if they were one of many connections.
func TestThePageOfManyRealConnectionsIsSmall(t *testing.T) {
	files, err := filepath.Glob(captures + "rig/*.pcapng")
	if err != nil || len(files) == 0 {
		t.Fatalf("no captures: %v", err)
	}
	var all report.Report
	for _, file := range files {
		for _, d := range captured(t, filepath.Join("rig", filepath.Base(file)), nil).Connections {
			d.Conversation.Number = len(all.Connections) + 1
			all.Connections = append(all.Connections, d)
			all.Total.Count(d)
		}
	}
	if text := written(t, &all); len(text) > 300_000 {
		t.Errorf("%d bytes for %d connections", len(text), len(all.Connections))
	}
}

func TestNoPageOfARealCaptureHoldsATicket(t *testing.T) {
	for name, text := range capturedPages(t) {
		file, _, _ := strings.Cut(name, " ")
		ticket := ticketIn(t, readFile(t, file))
		for at := 0; at+6 <= len(ticket); at++ {
			if part := fmt.Sprintf("% x", ticket[at:at+6]); strings.Contains(text, part) {
				t.Fatalf("%s: the page shows %s of the ticket", name, part)
			}
		}
	}
}

// ticketIn finds the first ticket that went in clear.
func ticketIn(t testing.TB, file []byte) []byte {
	t.Helper()
	for at := 0; at+15 < len(file); at++ {
		b := file[at:]
		if b[0] != 22 || b[1] != 3 || b[5] != 4 || b[6] != 0 { // a record, handshake; NewSessionTicket
			continue
		}
		record, n := int(b[3])<<8|int(b[4]), int(b[13])<<8|int(b[14])
		if n > 0 && record == n+10 && 15+n <= len(b) {
			return b[15 : 15+n]
		}
	}
	t.Fatal("there is no ticket in it")
	return nil
}

func TestTheFoundingCaptureSaysWhatBrokeAndWhoseFaultItIs(t *testing.T) {
	for what, keys := range map[string]*dissect.Keyring{"with its key": withKey(t), "without": nil} {
		text := written(t, captured(t, "founding-tls12.pcap", keys))
		for _, want := range []string{"reneg-reset-hello", "The client&#39;s, not the server&#39;s", "it breaks here", "◀ proves it", "--reset accept"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: the page does not say %q", what, want)
			}
		}
		if !strings.Contains(text, `class="rung r9 sealed decides breaks" id="c1-wide9" href="#c1-a9" aria-label="Arrow 9, frame 12, `) {
			t.Errorf("%s: the breaking arrow is not that of frame 12", what)
		}
	}
}
