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
	"sync"
	"unicode"

	"github.com/parley-tls/parley/internal/report"
)

//go:embed *.html page.css
var files embed.FS

// templates parses the templates once.
var templates = sync.OnceValues(func() (*template.Template, error) { return template.ParseFS(files, "*.html") })

// Write writes a report.
func Write(w io.Writer, r *report.Report) error {
	d := newDocument(r)
	return write(w, "report.html", &d.sheet, d)
}

// Compare writes what became of two connections that should have gone alike: of
// each report the one that matters most.
func Compare(w io.Writer, a, b *report.Report) error {
	c := newComparison(a, b)
	return write(w, "compare.html", &c.sheet, c)
}

// A sheet is what all pages have.
type sheet struct {
	Title      string
	Style      template.CSS
	Policy     string
	MostArrows int // the highest number by which an arrow is paired with its details
}

// write executes one of the templates.
func write(w io.Writer, name string, s *sheet, data any) error {
	all, err := templates()
	if err != nil {
		return err
	}
	style, err := files.ReadFile("page.css")
	if err != nil {
		return err
	}
	s.dress(string(style))
	var b bytes.Buffer
	if err := all.ExecuteTemplate(&b, name, data); err != nil {
		return err
	}
	_, err = w.Write(visible(b.Bytes()))
	return err
}

// dress gives the page its style and the policy that allows this style and
// nothing else.
func (s *sheet) dress(style string) {
	style += s.pairs()
	sum := sha256.Sum256([]byte(style))
	s.Style = template.CSS(style)
	s.Policy = fmt.Sprintf("default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; form-action 'none'",
		base64.StdEncoding.EncodeToString(sum[:]))
}

// pairs are the rules that mark, in a ladder, the arrow whose details are open:
// without scripts only a rule for each number can tell which two belong together.
func (s *sheet) pairs() string {
	var b strings.Builder
	for n := 1; n <= s.MostArrows; n++ {
		fmt.Fprintf(&b, ".case:has(.a%d:target) .r%d .band{fill:var(--chosen)}\n", n, n)
	}
	return b.String()
}

// visible writes out every character that shows nothing or turns the text
// around it: a name in a file must not be able to dress as another.
func visible(page []byte) []byte {
	page = bytes.ToValidUTF8(page, []byte("\ufffd"))
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
