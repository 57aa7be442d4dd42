package visit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/parley-tls/parley/internal/report"
)

// resultVersion is that of the form in which results are written for programs.
const resultVersion = 1

// A verdictForm is a verdict for programs.
type verdictForm struct {
	Outcome Outcome `json:"outcome"`
	Alert   string  `json:"alert,omitempty"`
	Stage   string  `json:"stage,omitempty"`
	Why     string  `json:"why,omitempty"`
}

func (v Verdict) form() verdictForm {
	f := verdictForm{Outcome: v.Outcome, Stage: v.Stage, Why: v.Why}
	if v.Outcome == Aborted {
		f.Alert = v.Alert.String()
	}
	return f
}

// JSON writes a visit for programs.
func (p *Plan) JSON(w io.Writer, v *Visit) error {
	var told bytes.Buffer
	if err := report.JSON(&told, p.Report(v)); err != nil {
		return err
	}
	return writeJSON(w, struct {
		Version    int    `json:"version"`
		Tool       string `json:"tool"`
		Address    string `json:"address"`
		Profile    string `json:"profile"`
		Behaviour  string `json:"behaviour"`
		Served     bool   `json:"served"`
		Handshakes int    `json:"handshakes"`
		Resumed    bool   `json:"resumed"`
		Echoed     bool   `json:"echoed"`
		verdictForm
		Report json.RawMessage `json:"report"` // docs/report-json.md
	}{
		resultVersion, p.tool, p.address, v.Profile, v.Behaviour.Name, v.Outcome == Served,
		v.Handshakes, v.Resumed, p.exchange.echo && !v.NotEchoed, v.form(), told.Bytes(),
	})
}

// Markdown writes a visit to be pasted into an issue.
func (p *Plan) Markdown(w io.Writer, v *Visit) error {
	if err := report.Markdown(w, p.Report(v)); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n**How the server did:** %s\n", cell(v.Sentence()))
	return err
}
