package visit

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/parley-tls/parley/internal/legacyclient/profiles"
	"github.com/parley-tls/parley/internal/report"
)

// List writes profiles and behaviours, each with where it was seen.
func List(w io.Writer, s report.Style) error {
	var b strings.Builder
	b.WriteString("Profiles (--as): the first hello of a real client, to the byte\n\n")
	for _, p := range profiles.All() {
		about := []string{p.Is + "."}
		if p.Habit != "" {
			about = append(about, "Does "+p.Habit+" unless --do says otherwise.")
		}
		seen := "Seen: " + p.Seen + "."
		if p.Literature {
			seen = "From literature: " + p.Seen + "."
		}
		entry(&b, s, p.Name, append(about, seen)...)
	}
	b.WriteString("\nBehaviours (--do)\n\n")
	for _, x := range Behaviours() {
		about := []string{x.Does}
		if others := aliasesOf(x.Name); len(others) > 0 {
			about = append(about, "Also: "+strings.Join(others, ", ")+".")
		}
		entry(&b, s, x.Name, append(about, "Seen: "+x.Seen+".")...)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func aliasesOf(name string) []string {
	var list []string
	for alias, of := range Aliases {
		if of == name {
			list = append(list, alias)
		}
	}
	slices.Sort(list)
	return list
}

// nameWidth is that of the longest name, and two columns.
const nameWidth = 23

func entry(b *strings.Builder, s report.Style, name string, about ...string) {
	margin := strings.Repeat(" ", nameWidth)
	first := fmt.Sprintf("  %-*s", nameWidth-2, name)
	for _, text := range about {
		for _, l := range report.Wrap(text, max(s.Width, 60)-nameWidth) {
			b.WriteString(first + l + "\n")
			first = margin
		}
	}
}

// listed is an entry of the list for programs.
type listed struct {
	Name       string   `json:"name"`
	About      string   `json:"about"`
	Seen       string   `json:"seen"`
	Literature bool     `json:"literature,omitempty"`
	Habit      string   `json:"habit,omitempty"`
	JA3        string   `json:"ja3,omitempty"`
	JA4        string   `json:"ja4,omitempty"`
	Aliases    []string `json:"aliases,omitempty"`
}

// ListJSON writes the same for programs.
func ListJSON(w io.Writer) error {
	var list struct {
		Profiles   []listed `json:"profiles"`
		Behaviours []listed `json:"behaviours"`
	}
	for _, p := range profiles.All() {
		_, ja3 := p.Hello.JA3()
		list.Profiles = append(list.Profiles, listed{
			Name: p.Name, About: p.Is, Seen: p.Seen, Literature: p.Literature, Habit: p.Habit, JA3: ja3, JA4: p.Hello.JA4(),
		})
	}
	for _, b := range Behaviours() {
		list.Behaviours = append(list.Behaviours, listed{Name: b.Name, About: b.Does, Seen: b.Seen, Aliases: aliasesOf(b.Name)})
	}
	return writeJSON(w, list)
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
