package report

import (
	"encoding/hex"
	"io"
	"net/netip"
	"time"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/trace/form"
)

// Schema names the form that JSON writes. What a new version of the form takes
// away or changes makes it another; what it adds does not.
const Schema = "parley.report/1"

// JSON writes a report for programs: one object, its connections on a line each.
// docs/report-json.md tells its fields. Only one connection at a time is held
// beside the report.
func JSON(w io.Writer, r *Report) error {
	j := jsonWriter{w: w}
	j.text(`{"schema":`)
	j.value(Schema)
	j.member("events_version", form.EventsVersion)
	j.member("tool", r.Tool)
	j.member("source", sourceOf(r.Source))
	j.member("total", totalOf(r.Total))
	j.text(",\n" + `"connections":[`)
	for i, d := range r.Connections {
		if i > 0 {
			j.text(",")
		}
		j.text("\n")
		j.value(connectionOf(d))
	}
	j.text("\n]")
	j.member("survey", each(r.Survey, remarkOf))
	j.member("missing", list(r.Missing))
	j.text("}\n")
	return j.err
}

// A jsonWriter writes an object piece by piece.
type jsonWriter struct {
	w   io.Writer
	err error
}

func (j *jsonWriter) text(s string) {
	if j.err == nil {
		_, j.err = io.WriteString(j.w, s)
	}
}

func (j *jsonWriter) value(v any) {
	if j.err != nil {
		return
	}
	b, err := form.Marshal(v)
	if err != nil {
		j.err = err
		return
	}
	_, j.err = j.w.Write(b)
}

func (j *jsonWriter) member(name string, v any) {
	j.text(",\n\"" + name + "\":")
	j.value(v)
}

func sourceOf(s Source) jsonSource {
	return jsonSource{
		Name: s.Name, Live: s.Live, Format: s.Format, SHA256: s.SHA256, Bytes: s.Bytes, Frames: s.Frames,
		First: timeOf(s.First), Last: timeOf(s.Last), Sanitized: s.Sanitized, Broken: s.Broken,
	}
}

func totalOf(t Total) jsonTotal {
	out := jsonTotal(t)
	if out.Findings == nil {
		out.Findings = map[string]int{}
	}
	return out
}

func connectionOf(d *diagnose.Diagnosis) jsonConnection {
	c := d.Conversation
	return jsonConnection{
		Number: c.Number, Live: c.Live, Client: addressOf(c.Client), Server: addressOf(c.Server), Sided: c.Sided,
		Start: timeOf(c.Start), Duration: c.Duration.Seconds(), FirstFrame: c.First, LastFrame: c.Last,
		Protocol: string(c.Protocol), Prelude: preludeOf(c.Prelude), Facts: factsOf(d.Facts),
		Findings: each(d.Findings, findingOf), Charges: each(d.Charges, chargeOf),
		Events: each(c.Events, form.EventOf), Omitted: c.Omitted,
	}
}

func factsOf(f diagnose.Facts) jsonFacts {
	return jsonFacts{
		Version: f.Version, Suite: f.Suite, Group: f.Group, KeyExchange: f.KeyExchange, ServerName: f.ServerName, ALPN: f.ALPN,
		JA3: f.JA3, JA4: f.JA4, Library: f.Library, LibraryGrounds: f.LibraryGrounds, Resumed: f.Resumed,
		ExtendedMasterSecret: f.ExtendedMasterSecret, FromClient: f.FromClient, ToClient: f.ToClient, Sealed: f.Sealed,
		Opened: f.Opened, Locked: f.Locked,
		SecondHellos: each(f.SecondHellos, func(h diagnose.SecondHello) jsonSecondHello {
			return jsonSecondHello{
				Kind: h.Kind, At: h.At.Seconds(), SinceLast: h.SinceLast.Seconds(), Idle: h.Idle.Seconds(),
				FromClient: h.FromClient, ToClient: h.ToClient, Asked: h.Asked, Frame: h.Frame,
			}
		}),
	}
}

func findingOf(f diagnose.Finding) jsonFinding {
	return jsonFinding{
		ID: f.ID, Level: string(f.Level), Culprit: string(f.Culprit), Confidence: string(f.Confidence),
		Sentence: f.Sentence, Cause: f.Cause, Frames: list(f.Frames), At: f.At.Seconds(),
		Proof: each(f.Proof, func(p diagnose.Proof) jsonProof {
			return jsonProof{Frame: p.Frame, At: p.At.Seconds(), Field: p.Field, Value: p.Value, Bytes: hex.EncodeToString(p.Bytes)}
		}),
		RuledOut: each(f.RuledOut, func(r diagnose.RuledOut) jsonRuledOut { return jsonRuledOut(r) }),
		Others:   each(f.Others, func(o diagnose.Other) jsonOther { return jsonOther(o) }),
		Remedy:   each(f.Remedies, func(r diagnose.Remedy) jsonRemedy { return jsonRemedy(r) }),
		Missing:  list(f.Missing),
	}
}

func chargeOf(c diagnose.Charge) jsonCharge {
	return jsonCharge{What: c.What, Verdict: string(c.Verdict), Why: c.Why, Frames: list(c.Frames)}
}

func remarkOf(m diagnose.Remark) jsonRemark {
	out := jsonRemark{Title: m.Title, Text: m.Text, Connections: list(m.Connections), Count: max(m.Count, len(m.Connections)), Table: each(m.Table, list[string])}
	if m.Finding != nil {
		f := findingOf(*m.Finding)
		out.Finding = &f
	}
	return out
}

// list gives an empty list for none: no array of a report is null.
func list[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}

func each[T, U any](l []T, to func(T) U) []U {
	out := make([]U, len(l))
	for i, v := range l {
		out[i] = to(v)
	}
	return out
}

func timeOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func addressOf(a netip.AddrPort) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

func preludeOf(p *trace.Prelude) *jsonPrelude {
	if p == nil {
		return nil
	}
	return &jsonPrelude{
		Protocol: p.Protocol, Upgraded: p.Upgraded, Refused: p.Refused,
		RequestFrame: p.Request.Frame, ReplyFrame: p.Reply.Frame, Bytes: p.Bytes,
		Injected: p.Injected, Onward: p.Onward, Origin: originOf(p),
	}
}

func originOf(p *trace.Prelude) string {
	if !p.Origin.IsValid() {
		return ""
	}
	return p.Origin.String()
}
