// Package findings has the pages of the findings, for programs to show.
package findings

import (
	"embed"
	"slices"
	"strings"
)

//go:embed *.md
var pages embed.FS

// index is the page that lists the others.
const index = "README"

// Page returns the page of a finding as it is written, in Markdown.
func Page(id string) (string, bool) {
	if id == index {
		return "", false
	}
	text, err := pages.ReadFile(id + ".md")
	return string(text), err == nil
}

// IDs returns the ids that have a page, in the order of the alphabet.
func IDs() []string {
	files, err := pages.ReadDir(".")
	if err != nil {
		return nil // what is embedded can be read
	}
	var ids []string
	for _, f := range files {
		if id := strings.TrimSuffix(f.Name(), ".md"); id != index {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}
