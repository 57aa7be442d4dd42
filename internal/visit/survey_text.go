package visit

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/parley-tls/parley/internal/report"
	"github.com/parley-tls/parley/internal/wire"
)

// An answer is a server's to one behaviour, at every version at which it was the
// same.
type answer struct {
	behaviour string
	does      string
	versions  []wire.Version
	was       string
	Meaning
}

// answers are the rows as people read them.
func (s *Survey) answers() []answer {
	var list []answer
	for _, p := range probes {
		from := len(list)
		for _, r := range s.Rows {
			if r.Behaviour != p.name {
				continue
			}
			a := answer{behaviour: p.name, does: p.does, versions: []wire.Version{r.Version}, was: r.was(), Meaning: r.Meaning}
			i := slices.IndexFunc(list[from:], func(b answer) bool { return b.was == a.was && b.Meaning == a.Meaning })
			if i < 0 {
				list = append(list, a)
				continue
			}
			list[from+i].versions = append(list[from+i].versions, r.Version)
		}
	}
	return list
}

// was says what the server answered, and where, if it was not the behaviour itself
// that it answered.
func (r Row) was() string {
	v := r.Visit
	text := v.Was()
	switch {
	case v.Outcome == Served && v.Handshakes > 1 && v.Resumed:
		text += " by an abbreviated handshake"
	case v.Outcome == Served && v.Handshakes > 1:
		text += " by a full handshake"
	case v.Outcome != Served && v.Stage != v.Behaviour.Name && v.Behaviour.first == nil && v.Stage != "":
		text += ", at " + v.Stage
	}
	if v.Outcome == GaveUp || v.Outcome == Unspoken || r.Behaviour == "none" && v.Why != "" {
		text += " (" + v.Why + ")"
	}
	return text
}

var marks = map[Level]string{Vulnerable: "✗", AtRisk: "!", CutsOff: "·", Fine: "✓"}

const legend = "✓ fine, · safe but cuts old clients off, ! depends, ✗ unsafe"

// Verdict is the report in a sentence or two.
func (s *Survey) Verdict() string {
	var unsafe []string
	served := ""
	for _, r := range s.Rows {
		if r.Level == Vulnerable && !slices.Contains(unsafe, r.Behaviour) {
			unsafe = append(unsafe, r.Behaviour)
		}
		if r.Behaviour == "reset" {
			served = "The founding client is not served."
			if r.Visit.Outcome == Served {
				served = "The founding client is served."
			}
		}
	}
	switch {
	case len(s.Rows) == 0 || len(s.Rows) == 1 && s.Rows[0].Visit.Outcome != Served:
		return "This client is not served even while it does nothing strange, so that nothing can be said of what it does later."
	case len(unsafe) > 0:
		return "UNSAFE: the server accepts " + strings.Join(unsafe, ", ") + ". " + splicedBy + ". " + served
	}
	return strings.TrimSpace("Nothing unsafe was accepted. " + served)
}

// versionWords are the versions that are taken, and those that are not.
func (s *Survey) versionWords() (taken, not []string) {
	for _, v := range s.Versions {
		if v.Taken {
			taken = append(taken, v.Name)
			continue
		}
		not = append(not, v.Name+" ("+v.Was+")")
	}
	return taken, not
}

func (s *Survey) suiteWords() []string {
	var names []string
	for _, id := range s.Suites {
		names = append(names, id.String())
	}
	return names
}

// labelWidth is the width of the column of labels; in the table the answers begin
// at answerColumn, the versions so much before.
const (
	labelWidth    = 13
	answerColumn  = 44
	versionColumn = 16
)

// Terminal writes a survey for a person.
func (s *Survey) Terminal(w io.Writer, style report.Style) error {
	var b strings.Builder
	width := max(style.Width, 60)
	row := func(indent int, label, text string) {
		first := fmt.Sprintf("%-*s", indent, label)
		for _, l := range report.Wrap(text, width-indent) {
			b.WriteString(strings.TrimRight(first+l, " ") + "\n")
			first = strings.Repeat(" ", indent)
		}
	}
	b.WriteString("What this server does with clients like these\n")
	row(0, "", fmt.Sprintf("%s · the hello of %s · %s · %s", s.Address, s.Profile, counted(s.Connections, "connection"), s.Began.UTC().Format("2006-01-02 15:04 UTC")))
	b.WriteString("\n")
	row(0, "", s.Verdict())
	if s.Broken != "" {
		row(0, "", "Broken off: "+s.Broken)
	}
	b.WriteString("\n")
	taken, not := s.versionWords()
	row(labelWidth, "Versions", "takes "+list(taken))
	if len(not) > 0 {
		row(labelWidth, "", "refuses "+list(not))
	}
	if names := s.suiteWords(); len(names) > 0 {
		row(labelWidth, "Suites", fmt.Sprintf("at %s it took, each time of those that were left, %s", s.highest(), strings.Join(names, ", ")))
	}
	b.WriteString("\n")
	answers := s.answers()
	b.WriteString("What clients do" + strings.Repeat(" ", answerColumn-15) + "what it answers\n")
	for _, a := range answers {
		name := fmt.Sprintf("  %s %-*s%s", marks[a.Level], answerColumn-versionColumn-4, a.behaviour, versionsText(a.versions))
		row(answerColumn, name, a.was)
	}
	row(2, "", legend)
	b.WriteString("\nWhat it means\n")
	said := answer{}
	for _, a := range answers {
		repeats := a.behaviour == said.behaviour && a.Meaning == said.Meaning
		if said = a; !repeats && (a.Level != Fine || a.behaviour == "reset") {
			row(4, "  "+marks[a.Level], a.behaviour+" ("+a.does+"): "+a.pointed())
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// pointed is the meaning with the finding whose page says more.
func (a answer) pointed() string {
	if a.Finding == "" || a.Finding == "healthy" {
		return a.Text
	}
	return a.Text + " [" + a.Finding + "]"
}

// highest is the version at which suites were asked for.
func (s *Survey) highest() string {
	for _, v := range s.Versions {
		if v.Taken && v.Name != tls13 {
			return v.Name
		}
	}
	return "its highest version"
}

func list(words []string) string {
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}

// versionsText names versions, what they have in common once.
func versionsText(vs []wire.Version) string {
	var names []string
	for i, v := range vs {
		name := v.String()
		if i > 0 {
			name = strings.TrimPrefix(name, "TLS ")
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}
