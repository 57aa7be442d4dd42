package findings_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/parley-tls/parley/docs/findings"
)

func TestEveryPageAnswersTheFourQuestions(t *testing.T) {
	for _, id := range findings.IDs() {
		e, ok := findings.Lookup(id)
		if !ok || e.ID != id {
			t.Fatalf("%s has no entry", id)
		}
		if e.Sentence == "" || !strings.HasSuffix(e.Sentence, ".") {
			t.Errorf("%s: its sentence is %q", id, e.Sentence)
		}
		if !strings.Contains(e.Level, "failure") && !strings.Contains(e.Level, "risk") && !strings.Contains(e.Level, "note") {
			t.Errorf("%s: its level is %q", id, e.Level)
		}
		for _, title := range []string{findings.Meaning, findings.Proof, findings.Cause, findings.Remedy} {
			if len(e.Section(title)) == 0 {
				t.Errorf("%s does not say %q", id, title)
			}
		}
	}
}

func TestTextsOfEntriesArePlain(t *testing.T) {
	for _, id := range findings.IDs() {
		e, _ := findings.Lookup(id)
		for _, s := range e.Sections {
			for _, text := range s.Paragraphs {
				if strings.Contains(text, "](") || strings.Contains(text, "**") {
					t.Errorf("%s, %s: %s", id, s.Title, text)
				}
			}
		}
	}
}

func TestLinksOutOfThePagesSayWhereTheyLead(t *testing.T) {
	e, _ := findings.Lookup("reneg-reset-hello")
	said := strings.Join(e.Section(findings.Remedy), " ")
	if !strings.Contains(said, " (SECURITY.md)") {
		t.Error(said)
	}
	if caused := strings.Join(e.Section(findings.Cause), " "); strings.Contains(caused, ".md") {
		t.Errorf("a link to another finding is more than its id: %s", caused)
	}
}

func TestThePageIsTheFile(t *testing.T) {
	page, ok := findings.Page("reneg-reset-hello")
	if !ok || !strings.HasPrefix(page, "# reneg-reset-hello\n") {
		t.Errorf("%t, %.40q", ok, page)
	}
	for _, id := range []string{"", "README", "no-such-finding", "../decisions/README"} {
		if _, ok := findings.Page(id); ok {
			t.Errorf("there is a page %q", id)
		}
		if _, ok := findings.Lookup(id); ok {
			t.Errorf("there is an entry %q", id)
		}
	}
}

func TestTheIndexIsNoFinding(t *testing.T) {
	ids := findings.IDs()
	if slices.Contains(ids, "README") || !slices.Contains(ids, "truncated") || !slices.IsSorted(ids) {
		t.Error(ids)
	}
}
