// Package page writes a report as one HTML file that needs nothing else: no
// script, no network, no second file.
package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"
	"unicode"

	"github.com/parley-tls/parley/internal/report"
)

//go:embed *.html page.css
var files embed.FS

// Write writes a report.
func Write(w io.Writer, r *report.Report) error {
	return write(w, "report.html", newDocument(r))
}

// write executes one of the templates, with the page's head and foot around it.
func write(w io.Writer, name string, d *document) error {
	all, err := template.ParseFS(files, "*.html")
	if err != nil {
		return err
	}
	style, err := files.ReadFile("page.css")
	if err != nil {
		return err
	}
	d.dress(string(style))
	var b bytes.Buffer
	if err := all.ExecuteTemplate(&b, name, d); err != nil {
		return err
	}
	_, err = w.Write(visible(b.Bytes()))
	return err
}

// dress gives the page its style and the policy that allows this style and
// nothing else.
func (d *document) dress(style string) {
	style += d.pairs()
	sum := sha256.Sum256([]byte(style))
	d.Style = template.CSS(style)
	d.Policy = fmt.Sprintf("default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; form-action 'none'",
		base64.StdEncoding.EncodeToString(sum[:]))
}

// pairs are the rules that mark, in a ladder, the arrow whose details are open:
// without scripts only a rule for each number can tell which two belong together.
func (d *document) pairs() string {
	var b strings.Builder
	for n := 1; n <= d.MostArrows; n++ {
		fmt.Fprintf(&b, ".case:has(.a%d:target) .r%d .band{fill:var(--chosen)}\n", n, n)
	}
	return b.String()
}

// visible writes out every character that shows nothing or turns the text
// around it: a name in a file must not be able to dress as another.
func visible(page []byte) []byte {
	if !bytes.ContainsFunc(page, hides) {
		return page
	}
	var b bytes.Buffer
	for _, r := range string(page) {
		if hides(r) {
			fmt.Fprintf(&b, "[U+%04X]", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.Bytes()
}

func hides(r rune) bool {
	return r != '\n' && r != '\t' && r != '\u00a0' && !unicode.IsGraphic(r)
}
