package findings

import (
	"path"
	"regexp"
	"strings"
)

// An Entry is a page taken apart. Its texts are plain: links are text and file,
// emphasis is gone, and code stands between backquotes.
type Entry struct {
	ID       string
	Sentence string // what happened, in one sentence
	Level    string // "failure", or when it is what: "note when answered, failure when aborted"
	Sections []Section
}

// A Section is one question that a page answers.
type Section struct {
	Title      string // "What it means"
	Paragraphs []string
}

// The questions that every page answers.
const (
	Meaning = "What it means"
	Proof   = "What proves it"
	Cause   = "Who causes it"
	Remedy  = "What to do"
)

// Lookup returns a finding's page taken apart.
func Lookup(id string) (Entry, bool) {
	page, ok := Page(id)
	if !ok {
		return Entry{}, false
	}
	return parse(id, page), true
}

// Section returns the text under a title; nil: the page has none.
func (e Entry) Section(title string) []string {
	for _, s := range e.Sections {
		if s.Title == title {
			return s.Paragraphs
		}
	}
	return nil
}

// titled is a paragraph that begins a section: its title is bold and ends with a stop.
var titled = regexp.MustCompile(`^\*\*([^*]+?)\.?\*\*\s*`)

func parse(id, page string) Entry {
	e := Entry{ID: id}
	for paragraph := range strings.SplitSeq(strings.ReplaceAll(page, "\r\n", "\n"), "\n\n") {
		paragraph = strings.Join(strings.Fields(paragraph), " ")
		switch title := titled.FindStringSubmatch(paragraph); {
		case paragraph == "" || strings.HasPrefix(paragraph, "# "):
		case title != nil:
			e.Sections = append(e.Sections, Section{Title: title[1]})
			e.add(paragraph[len(title[0]):])
		case len(e.Sections) > 0:
			e.add(paragraph)
		case strings.HasPrefix(paragraph, "Level: "):
			e.Level = strings.TrimSuffix(strings.TrimPrefix(paragraph, "Level: "), ".")
		case e.Sentence == "":
			e.Sentence = plain(paragraph)
		}
	}
	return e
}

// add gives the last section a paragraph more.
func (e *Entry) add(paragraph string) {
	if paragraph == "" {
		return
	}
	s := &e.Sections[len(e.Sections)-1]
	s.Paragraphs = append(s.Paragraphs, plain(paragraph))
}

var (
	link     = regexp.MustCompile(`\[([^\]]+)\]\(([^)#]*)[^)]*\)`)
	emphasis = regexp.MustCompile(`\*{1,2}([^*]+)\*{1,2}`)
)

func plain(text string) string {
	text = link.ReplaceAllStringFunc(text, func(l string) string {
		parts := link.FindStringSubmatch(l)
		return parts[1] + where(parts[2])
	})
	return emphasis.ReplaceAllString(text, "$1")
}

// where says in brackets where a link leads; to another finding its text says it.
func where(target string) string {
	switch {
	case target == "" || !strings.Contains(target, "/"):
		return ""
	case strings.Contains(target, "://"):
		return " (" + target + ")"
	}
	return " (" + path.Join("docs/findings", target) + ")"
}
