package listen

import (
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/report"
	"github.com/parley-tls/parley/internal/report/page"
	"github.com/parley-tls/parley/internal/wire"
)

// What serves a client stands in every form of the report, also of one connection
// alone.
func TestEveryFormOfTheReportSaysWhatServesTheClient(t *testing.T) {
	l := explaining(t, func(o *Options) { o.Connections = "1" })
	_ = l.legacy(legacyclient.Options{Suites: []wire.SuiteID{wire.TLS_RSA_WITH_3DES_EDE_CBC_SHA}}).Close()
	r := l.await()
	var markdown, html, object strings.Builder
	if err := report.Markdown(&markdown, r); err != nil {
		t.Fatal(err)
	}
	if err := page.Write(&html, r); err != nil {
		t.Fatal(err)
	}
	if err := report.JSON(&object, r); err != nil {
		t.Fatal(err)
	}
	for form, text := range map[string]string{"Markdown": markdown.String(), "HTML": html.String(), "JSON": object.String()} {
		plain := strings.NewReplacer(`\_`, "_").Replace(text)
		if !strings.Contains(plain, "default,TLS_RSA_WITH_3DES_EDE_CBC_SHA") {
			t.Errorf("%s does not say it:\n%s", form, text)
		}
	}
}
