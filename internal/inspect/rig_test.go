package inspect_test

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/inspect"
	"github.com/parley-tls/parley/internal/report"
)

// readRig reads a capture that the project's own rig made of real peers.
func readRig(t *testing.T, name string) *report.Report {
	t.Helper()
	in, closer, err := inspect.Open(filepath.Join(captures, "rig", name), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer closer.Close()
	r, err := inspect.Read(context.Background(), in, inspect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestHTTPIsToldAtTheClientsFirstBytes(t *testing.T) {
	r := readRig(t, "http.pcapng")
	if f := r.Connections[0].Findings[0]; f.ID != "not-tls-http" || f.Frames[0] != 4 || f.Proof[0].Frame != 4 {
		t.Errorf("%s, frames %v", f.ID, f.Frames)
	}
	var b bytes.Buffer
	if err := report.Terminal(&b, r, report.TerminalOptions{Style: report.Style{Width: 100}}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"✗     4  0.000 s │── HTTP in clear, not TLS ", "Is it my fault? No."} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, b.String())
		}
	}
}
