package visit

import (
	"fmt"
	"io"
	"strings"

	"github.com/parley-tls/parley/internal/report"
)

// Intent says what is going to be done.
func (p *Plan) Intent() string {
	text := fmt.Sprintf("One connection to %s as %s, doing %s", p.address, p.profile, p.behaviour.Name)
	if p.behaviour.act != nil && p.times > 1 {
		text += fmt.Sprintf(" %d times", p.times)
	}
	return text + ": " + lowerFirst(p.behaviour.Does)
}

// Introduce says, once, what this client is not and what it is going to do.
func Introduce(w io.Writer, s report.Style, intent string) {
	for _, text := range []string{disclaimer, intent} {
		fmt.Fprintln(w, strings.Join(report.Wrap(text, max(s.Width, 60)), "\n"))
	}
	fmt.Fprintln(w)
}

const disclaimer = "This client verifies no certificate and misbehaves on purpose: it is for servers of your own."

// longStory is how many events a visit may have to be drawn in full.
const longStory = 150

// Terminal writes a visit for a person: its story as `parley diagnose` tells it,
// and how the server did.
func (p *Plan) Terminal(w io.Writer, v *Visit, o report.TerminalOptions) error {
	write := func() error {
		o.All = true
		return report.Connection(w, v.Diagnosis, o)
	}
	if len(v.Diagnosis.Conversation.Events) > longStory {
		write = func() error {
			o.Connections = []int{v.Diagnosis.Conversation.Number}
			return report.Terminal(w, p.Report(v), o)
		}
	}
	if err := write(); err != nil {
		return err
	}
	text := "How the server did: " + v.Sentence()
	_, err := fmt.Fprintf(w, "%s\n", strings.Join(report.Wrap(text, max(o.Width, 60)), "\n"))
	return err
}

// Sentence says how the server did.
func (v *Visit) Sentence() string {
	text := v.Was()
	if v.Stage != "" {
		text += ", at " + v.Stage
	}
	if v.Why != "" {
		text += " (" + v.Why + ")"
	}
	text += "."
	switch v.Outcome {
	case Served:
		text += " " + v.served()
	case Unspoken:
		text += " --trim offers only what this client can do; the hello is another one then."
	case Refused:
		text += " The connection went on, and data passed."
	}
	if v.NotEchoed {
		text += " The server does not echo: its answers were read and not compared."
	}
	return text
}

func (v *Visit) served() string {
	text := fmt.Sprintf("%s completed", counted(v.Handshakes, "handshake"))
	if v.Handshakes > 1 && v.Resumed {
		text += ", the last one abbreviated"
	}
	return text + "."
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func lowerFirst(s string) string {
	if len(s) > 1 && s[1] >= 'a' && s[1] <= 'z' {
		return strings.ToLower(s[:1]) + s[1:]
	}
	return s
}
