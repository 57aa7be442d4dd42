package page_test

import (
	"strings"
	"testing"
)

// Whatever a peer or a file says, a page is well-formed, its links lead
// somewhere, and nothing of it becomes an element.
func FuzzPage(f *testing.F) {
	for _, seed := range []string{nasty, "]]>", "<!--", "{{.}}", "\ufffe\uffff", "\xff\xfe", "a\u0300\u0301", "--reset accept; --bare trust", "▲ it breaks here: "} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := saying(t, text[:min(len(text), 300)]) // longer ones have a test; here many are tried
		r.Connections = r.Connections[:1]
		said := r.Connections[0].Conversation
		said.Events = said.Events[len(said.Events)-2:]
		ids := map[string]bool{}
		for _, e := range elements(t, withoutStyle(written(t, r))) {
			if e.name == "script" || e.attributes["onload"] != "" {
				t.Fatalf("the text has become <%s>", e.name)
			}
			if id := e.attributes["id"]; id != "" && ids[id] {
				t.Fatalf("two elements have the id %q", id)
			}
			ids[e.attributes["id"]] = true
		}
	})
}

// withoutStyle is a page without what no report changes.
func withoutStyle(page string) string {
	before, rest, _ := strings.Cut(page, "<style>")
	_, after, _ := strings.Cut(rest, "</style>")
	return before + after
}
