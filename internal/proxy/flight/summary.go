package flight

import (
	"fmt"
	"slices"
	"time"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/trace/form"
)

// A Summary is a flight on one line. Of a connection that is open it says when it
// began, and has no ID.
type Summary struct {
	ID       string    `json:"id,omitempty"`
	When     time.Time `json:"when"`
	Conn     uint64    `json:"conn"`
	Listener string    `json:"listener,omitempty"`
	Client   string    `json:"client"`
	SNI      string    `json:"sni,omitempty"`
	Finding  string    `json:"finding,omitempty"`
	Sentence string    `json:"sentence,omitempty"`
}

// A landed is a connection that ended badly, with what is said of it.
type landed struct {
	Summary
	flying *flying
}

// conclude diagnoses a connection as parley diagnose does its flight.
func conclude(f *flying) *landed {
	c := f.conversation()
	said := decisive(diagnose.Diagnose(c))
	s := f.summary(c)
	s.When = f.start.Add(c.Duration).UTC().Round(0)
	s.ID = fmt.Sprintf("%s-%d", s.When.Format("20060102-150405"), f.number)
	s.Finding, s.Sentence = said.ID, said.Sentence
	return &landed{s, f}
}

// open is a connection that lives.
func (f *flying) open() Summary { return f.summary(f.conversation()) }

func (f *flying) summary(c *trace.Conversation) Summary {
	return Summary{When: c.Start, Conn: f.number, Listener: f.source.Listener, Client: f.client, SNI: serverName(c)}
}

// decisive is the finding that matters most: what failed, else what is worth
// saying.
func decisive(d *diagnose.Diagnosis) diagnose.Finding {
	at := slices.IndexFunc(d.Findings, func(f diagnose.Finding) bool { return f.ID != "healthy" })
	if d.Failed() || at < 0 {
		at = 0 // they are in order
	}
	return d.Findings[at]
}

func serverName(c *trace.Conversation) string {
	for _, e := range c.Events {
		if d, ok := e.Detail.(trace.MessageDetail); ok && d.Hello != nil {
			name, _ := d.Hello.ServerName() // one that cannot be read is left out
			return name
		}
	}
	return ""
}

// form is the flight as a file has it.
func (f *flying) form(tool string, s Summary) form.Flight {
	return form.Flight{
		Schema: form.FlightSchema, ID: s.ID, Tool: tool, Listener: s.Listener, Finding: s.Finding, Sentence: s.Sentence,
		Conversation: form.ConversationOf(f.conversation()),
	}
}
