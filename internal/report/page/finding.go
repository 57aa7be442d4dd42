package page

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/report"
)

// A finding is a diagnose.Finding in the page's words.
type finding struct {
	ID, Tone, Level string
	Sentence, Cause string
	Whose, Sure     string
	Frames          []ref
	Proof           []proof
	RuledOut        []diagnose.RuledOut
	Others          []diagnose.Other
	Remedies        []remedy
	Missing         []string
}

type proof struct {
	Where        ref
	At           string // where it has no frame
	Field, Value string
	Bytes        string
}

type remedy struct {
	Where, Setting string
	Code           string // to be copied; empty: there is nothing to
	Safe           bool
	Ours           bool // a setting of Parley
	Cost           string
}

const mostBytesOfProof = 64

func newFinding(f diagnose.Finding, link func(int) ref) finding {
	out := finding{
		ID: cut(f.ID, 60), Tone: tone(f), Level: levelText(f), Sentence: say(f.Sentence), Cause: sentence(say(f.Cause)),
		Sure:   capital(report.Sureness(f.Confidence)),
		Frames: refs(f.Frames, link), Missing: bounded(f.Missing),
	}
	if f.Level == diagnose.Failure {
		out.Whose = capital(report.Blame(f))
	}
	if f.Culprit == diagnose.CulpritUnknown {
		out.Sure = "" // that nobody can tell is nothing to be sure of
	}
	for _, p := range f.Proof[:min(len(f.Proof), mostRows)] {
		out.Proof = append(out.Proof, newProof(p, link))
	}
	for _, r := range f.RuledOut[:min(len(f.RuledOut), mostRows)] {
		out.RuledOut = append(out.RuledOut, diagnose.RuledOut{What: capital(say(r.What)), Why: say(r.Why)})
	}
	for _, o := range f.Others[:min(len(f.Others), mostRows)] {
		out.Others = append(out.Others, diagnose.Other{Server: say(o.Server), Answer: say(o.Answer)})
	}
	for _, r := range f.Remedies[:min(len(f.Remedies), mostRows)] {
		out.Remedies = append(out.Remedies, newRemedy(r))
	}
	return out
}

func newProof(p diagnose.Proof, link func(int) ref) proof {
	out := proof{Field: say(p.Field), Value: say(p.Value)}
	if p.Frame > 0 {
		out.Where = link(p.Frame)
	} else if p.At > 0 {
		out.At = elapsed(p.At)
	}
	out.Bytes = fmt.Sprintf("% x", p.Bytes[:min(len(p.Bytes), mostBytesOfProof)])
	if len(p.Bytes) > mostBytesOfProof {
		out.Bytes += fmt.Sprintf(" … (%d bytes)", len(p.Bytes))
	}
	return out
}

func newRemedy(r diagnose.Remedy) remedy {
	out := remedy{Where: capital(say(r.Where)), Setting: sentence(say(r.Setting)), Safe: r.Safe, Cost: sentence(say(r.Cost))}
	if r.Where == "Parley" {
		out.Code, out.Ours = command(say(r.Setting)), true
	}
	return out
}

// flag matches a flag of parley serve, with its value.
var flag = regexp.MustCompile(`--[a-z][a-z-]*(?: [^\s;:]*[^\s;:,.])?`)

// command is a line that can be copied, with the flags that a setting names.
func command(setting string) string {
	line := "parley serve --listen :443 --backend 127.0.0.1:8080 \\\n    --cert server.crt --key server.key"
	if !strings.HasPrefix(setting, "--") {
		return line
	}
	for _, f := range flag.FindAllString(setting, 8) {
		if !strings.Contains(f, " ") {
			f += " VALUE" // the setting leaves it to the reader
		}
		line += " \\\n    " + f
	}
	return line
}

// tone is how loudly a finding is shown.
func tone(f diagnose.Finding) string {
	switch f.Level {
	case diagnose.Failure:
		return "bad"
	case diagnose.Risk:
		return "warn"
	}
	return "good"
}

func levelText(f diagnose.Finding) string {
	switch f.Level {
	case diagnose.Failure:
		return "Failure"
	case diagnose.Risk:
		return "Risk"
	}
	return "Note"
}

// Set is what to do first: the remedy for Parley, else the first there is.
func (f finding) Set() *remedy {
	for i := range f.Remedies {
		if f.Remedies[i].Where == "Parley" {
			return &f.Remedies[i]
		}
	}
	if len(f.Remedies) > 0 {
		return &f.Remedies[0]
	}
	return nil
}
