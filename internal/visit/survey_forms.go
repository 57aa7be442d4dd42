package visit

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// SurveyJSON writes a survey for programs.
func (p *Plan) SurveyJSON(w io.Writer, s *Survey) error {
	type version struct {
		Name  string `json:"name"`
		Taken bool   `json:"taken"`
		Was   string `json:"was,omitempty"`
	}
	type row struct {
		Behaviour string `json:"behaviour"`
		Version   string `json:"version"`
		verdictForm
		Handshakes int    `json:"handshakes"`
		Resumed    bool   `json:"resumed"`
		Reply      string `json:"renegotiation_info"` // in the last ServerHello: "", "empty", "full"
		Level      Level  `json:"level"`
		Finding    string `json:"finding,omitempty"`
		Meaning    string `json:"meaning"`
	}
	form := struct {
		Version     int       `json:"version"`
		Tool        string    `json:"tool"`
		Address     string    `json:"address"`
		Profile     string    `json:"profile"`
		Began       string    `json:"began"`
		Connections int       `json:"connections"`
		Unsafe      bool      `json:"unsafe"`
		Verdict     string    `json:"verdict"`
		Broken      string    `json:"broken,omitempty"`
		Versions    []version `json:"versions"`
		Suites      []string  `json:"suites"`
		Behaviours  []row     `json:"behaviours"`
	}{
		resultVersion, p.tool, s.Address, s.Profile, s.Began.UTC().Format(time.RFC3339), s.Connections,
		s.Unsafe(), s.Verdict(), s.Broken, []version{}, append([]string{}, s.suiteWords()...), []row{},
	}
	for _, v := range s.Versions {
		form.Versions = append(form.Versions, version(v))
	}
	for _, r := range s.Rows {
		form.Behaviours = append(form.Behaviours, row{
			r.Behaviour, r.Version.String(), r.Visit.form(), r.Visit.Handshakes, r.Visit.Resumed, string(r.Visit.reply),
			r.Level, r.Finding, r.Text,
		})
	}
	return writeJSON(w, form)
}

// Markdown writes a survey to be pasted into an issue.
func (s *Survey) Markdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "## What `%s` does with clients like these\n\n", s.Address)
	fmt.Fprintf(&b, "The hello of %s, %s, %s.\n\n**%s**\n\n", s.Profile, counted(s.Connections, "connection"), s.Began.UTC().Format("2006-01-02 15:04 UTC"), s.Verdict())
	if s.Broken != "" {
		fmt.Fprintf(&b, "Broken off: %s\n\n", cell(s.Broken))
	}
	taken, not := s.versionWords()
	fmt.Fprintf(&b, "- Versions: takes %s; refuses %s\n- Suites: %s\n\n", list(taken), list(not), list(s.suiteWords()))
	b.WriteString("| | behaviour | answer | what it means |\n| --- | --- | --- | --- |\n")
	for _, a := range s.answers() {
		fmt.Fprintf(&b, "| %s | %s, %s: %s | %s | %s |\n", marks[a.Level], a.behaviour, versionsText(a.versions), cell(a.does), cell(a.was), cell(a.pointed()))
	}
	b.WriteString("\n" + legend + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// cell is text that breaks no table.
func cell(text string) string {
	return strings.NewReplacer("|", "\\|", "\n", " ", "<", "&lt;", "`", "'").Replace(text)
}
