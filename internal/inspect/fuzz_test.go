package inspect_test

import (
	"bytes"
	"context"
	"io"
	"testing"

	"github.com/parley-tls/parley/internal/inspect"
	"github.com/parley-tls/parley/internal/report"
	"github.com/parley-tls/parley/internal/report/page"
)

// Whatever a file of flights holds, it is diagnosed and drawn without harm.
func FuzzFlightIsDiagnosed(f *testing.F) {
	f.Add(flight(f, 1))
	f.Add(append(flight(f, 1), flight(f, 1)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) == 0 || b[0] != '{' {
			return
		}
		r, _ := inspect.Read(context.Background(), inspect.Input{Name: "x", From: bytes.NewReader(b), Size: int64(len(b))}, inspect.Options{})
		for _, err := range []error{
			report.Terminal(io.Discard, r, report.TerminalOptions{Style: report.Style{Width: 80}, All: true}),
			report.JSON(io.Discard, r), report.Markdown(io.Discard, r), page.Write(io.Discard, r),
		} {
			if err != nil {
				t.Error(err)
			}
		}
	})
}
