package report_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/report"
)

func TestNoReportShowsASecret(t *testing.T) {
	r := reportOf(everything(), proper(2))
	o := report.TerminalOptions{Style: report.Style{Width: 200}, All: true}
	var out bytes.Buffer
	for _, write := range []func(io.Writer) error{
		func(w io.Writer) error { return report.Terminal(w, r, o) },
		func(w io.Writer) error { return report.Connection(w, r.Connections[0], o) },
		func(w io.Writer) error { return report.Compare(w, r, reportOf(proper(1)), o) },
		func(w io.Writer) error { return report.JSON(w, r) },
		func(w io.Writer) error { return report.Markdown(w, r) },
	} {
		if err := write(&out); err != nil {
			t.Fatal(err)
		}
	}
	part := secret[:3]
	for _, form := range []string{part, hex.EncodeToString([]byte(part)), fmt.Sprintf("% x", part), fmt.Sprintf("%v", []byte(part))} {
		if strings.Contains(strings.ToLower(out.String()), form) {
			t.Errorf("a report shows %q", form)
		}
	}
}
