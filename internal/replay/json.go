package replay

import (
	"encoding/json"
	"io"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/report"
)

// Schema names the form that JSON writes.
const Schema = "parley.replay/1"

type jsonReplay struct {
	Schema     string       `json:"schema"`
	Tool       string       `json:"tool"`
	Capture    jsonSide     `json:"capture"`
	Connection int          `json:"connection"`
	Address    string       `json:"address"`
	Plan       []jsonLine   `json:"plan"`
	Notes      []string     `json:"notes"`
	Remarks    []jsonRemark `json:"remarks"`
	Live       *jsonSide    `json:"live,omitempty"`
	Difference string       `json:"difference,omitempty"`
	Differ     []string     `json:"differ"`
	Status     Status       `json:"status"`
	Verdict    string       `json:"verdict"`
}

type jsonSide struct {
	Name     string `json:"name,omitempty"`
	Finding  string `json:"finding"`
	Sentence string `json:"sentence"`
	Failed   bool   `json:"failed"`
}

type jsonLine struct {
	Step  int    `json:"step"`
	Frame int    `json:"frame"`
	Text  string `json:"text"`
}

type jsonRemark struct {
	Step int    `json:"step"` // 0: before the first
	Text string `json:"text"`
}

// JSON writes plan and result for programs.
func (t *Told) JSON(w io.Writer, r *Result) error {
	out := jsonReplay{
		Schema: Schema, Tool: t.Tool, Address: t.Address, Connection: t.Captured.Diagnosis.Conversation.Number,
		Capture: side(t.Captured.Source.Name, t.Captured.Diagnosis),
		Notes:   append([]string{}, t.Plan.Notes...), Remarks: []jsonRemark{}, Differ: []string{},
		Status: r.Verdict.Status, Verdict: r.Verdict.Text,
	}
	for i, l := range t.Plan.Lines() {
		out.Plan = append(out.Plan, jsonLine{i + 1, l.Frame, l.Text})
	}
	for _, x := range r.Remarks {
		line := 0
		if x.Step >= 0 {
			line = t.Plan.LineOf(x.Step)
		}
		out.Remarks = append(out.Remarks, jsonRemark{line, x.Text})
	}
	if r.Live != nil {
		live := side("", r.Live)
		d := report.Differ(t.Captured.Diagnosis, r.Live)
		out.Live, out.Difference, out.Differ = &live, d.Headline(), append(out.Differ, d.Words...)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(out)
}

func side(name string, d *diagnose.Diagnosis) jsonSide {
	f := d.Findings[0]
	return jsonSide{Name: name, Finding: f.ID, Sentence: f.Sentence, Failed: d.Failed()}
}
