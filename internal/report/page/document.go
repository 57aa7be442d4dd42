package page

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/report"
)

// A document is what a page shows, in the order and the words in which it does.
type document struct {
	sheet
	Headline string
	Tone     string // "bad", "warn" or "good"
	Verdict  *finding
	Source   source
	Groups   []group
	Remarks  []remark
	Missing  []string
	Cases    []*connection
	Lines    []line // of the table of connections; nil where there is but one
	LeftOut  []string
}

// A source is where a report came from.
type source struct {
	Name, Broken string
	Sanitized    bool
	Facts        []pair
}

type pair struct {
	Name, Value string
	Code        bool
}

// A group is all connections that have one finding.
type group struct {
	ID, Sentence, Whose string
	Count, Unit         string
	Tone                string
	First               string // the id of the first one's part; empty: none is told in full
	Number              int
}

type remark struct {
	Title, Text string
	Head        []string
	Rows        [][]string
	Finding     *finding
	Numbers     []numbered // of connections
	More        string     // how many of them are not named; "0": none
}

// A numbered is a connection's number, and whether it stands in the table.
type numbered struct {
	Number int
	Listed bool
}

// A line is a connection in the table.
type line struct {
	Number       int
	Part         string // the id of its part; empty: it is not told in full
	Client       string
	Server       string
	Version      string
	Tone, ID     string
	Whose, Words string
}

// Bounds of a page: a capture may have any number of connections.
const (
	mostLines   = 400
	mostCases   = 8
	mostOfAKind = 3
	mostRemarks = 40
	mostRows    = 60
	mostNumbers = 24
)

func newDocument(r *report.Report) *document {
	d := &document{Source: newSource(r), Missing: bounded(r.Missing)}
	ranked := rank(r.Connections)
	full := inFull(ranked)
	share := shareOf(len(full))
	for _, c := range full {
		d.add(newConnection(c, share))
	}
	d.summary(r)
	if r.Total.Connections > 1 || len(r.Connections) > 1 {
		d.survey(r)
	}
	d.remarks(r.Survey)
	d.leaveOut(r)
	d.Title = d.Source.Name + ": " + d.Headline
	return d
}

func (d *document) add(c *connection) {
	d.Cases = append(d.Cases, c)
	d.MostArrows = max(d.MostArrows, len(c.Arrows))
}

// inFull chooses the connections that are told in full: a few of each kind of
// failure, and all where there are but a few.
func inFull(ranked []*diagnose.Diagnosis) []*diagnose.Diagnosis {
	if len(ranked) <= mostOfAKind {
		return ranked
	}
	var out []*diagnose.Diagnosis
	kinds := map[string]int{}
	for _, c := range ranked {
		id, level := leading(c)
		if kinds[id]++; level != diagnose.Note && kinds[id] <= mostOfAKind && len(out) < mostCases {
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b *diagnose.Diagnosis) int {
		return cmp.Or(loudness(a)-loudness(b), a.Conversation.Number-b.Conversation.Number)
	})
	return out
}

// rank puts first the connections that someone reads first: of each failure the
// first one, then the other failures, then those at risk, then the rest.
func rank(all []*diagnose.Diagnosis) []*diagnose.Diagnosis {
	ranked := slices.Clone(all)
	seen := map[string]bool{}
	order := map[*diagnose.Diagnosis]int{}
	for _, c := range all {
		order[c] = loudness(c)
		if id, _ := leading(c); c.Failed() && !seen[id] {
			seen[id], order[c] = true, -1
		}
	}
	slices.SortStableFunc(ranked, func(a, b *diagnose.Diagnosis) int { return order[a] - order[b] })
	return ranked
}

// loudness is 0 for a connection that failed, more for one that needs less of a look.
func loudness(c *diagnose.Diagnosis) int {
	switch _, level := leading(c); {
	case c.Failed():
		return 0
	case level == diagnose.Risk:
		return 1
	}
	return 2
}

func leading(c *diagnose.Diagnosis) (string, diagnose.Level) {
	if f := leadingFinding(c); f != nil {
		return f.ID, f.Level
	}
	return "", ""
}

func leadingFinding(c *diagnose.Diagnosis) *diagnose.Finding {
	if len(c.Findings) == 0 {
		return nil
	}
	return &c.Findings[0]
}

// summary is the first thing on the page: the one connection's verdict, or how
// many failed.
func (d *document) summary(r *report.Report) {
	total := r.Total
	switch n := int64(total.Connections); {
	case len(d.Cases) == 1 && total.Connections <= 1:
		d.Cases[0].Alone = true
		d.Verdict = &d.Cases[0].Main
		d.Headline, d.Tone = d.Verdict.Sentence, d.Verdict.Tone
	case n == 0:
		d.Headline, d.Tone = "There is no TCP connection in this capture.", "warn"
	case total.Failed > 0:
		d.Headline, d.Tone = fmt.Sprintf("%s of %s failed.", grouped(int64(total.Failed)), count(n, "connection", "connections")), "bad"
	case total.AtRisk > 0:
		d.Headline = fmt.Sprintf("No connection failed; %s of %s carry a risk.", grouped(int64(total.AtRisk)), grouped(n))
		d.Tone = "warn"
	default:
		d.Headline, d.Tone = fmt.Sprintf("All %s are healthy.", count(n, "connection", "connections")), "good"
	}
}

// survey is what is told of many connections together.
func (d *document) survey(r *report.Report) {
	d.groups(r)
	parts := map[int]string{}
	for _, c := range d.Cases {
		parts[c.Number] = c.ID
	}
	listed := slices.Clone(r.Connections)
	slices.SortStableFunc(listed, func(a, b *diagnose.Diagnosis) int { return loudness(a) - loudness(b) })
	for _, c := range listed[:min(mostLines, len(listed))] {
		d.Lines = append(d.Lines, newLine(c, parts[c.Conversation.Number]))
	}
}

func (d *document) leaveOut(r *report.Report) {
	if d.Lines == nil {
		return
	}
	total, kept, remarks := r.Total.Connections, len(r.Connections), len(r.Survey)
	say := func(format string, arguments ...any) {
		d.LeftOut = append(d.LeftOut, fmt.Sprintf(format, arguments...))
	}
	if kept > len(d.Cases) {
		say("Told in full below: %d of %s. For another one: parley diagnose --connection NUMBER --html PAGE FILE.",
			len(d.Cases), count(int64(max(total, kept)), "connection", "connections"))
	}
	if kept > len(d.Lines) {
		say("The table lists %d connections, failures first; %s are left out.", len(d.Lines), grouped(int64(kept-len(d.Lines))))
	}
	if total > kept {
		say("Of %s only the number and the findings were kept.", count(int64(total-kept), "further connection", "further connections"))
	}
	if remarks > len(d.Remarks) {
		say("%s are left out.", count(int64(remarks-len(d.Remarks)), "further remark", "further remarks"))
	}
}

// groups tells how often each finding stands, worst first.
func (d *document) groups(r *report.Report) {
	for _, t := range report.Tallies(r) {
		g := group{ID: cut(t.ID, 60), Count: grouped(int64(t.Count)), Unit: "connections", Sentence: say(t.Example.Sentence), Tone: tone(t.Example)}
		if t.Count == 1 {
			g.Unit = "connection"
		}
		if t.Example.Level == diagnose.Failure {
			g.Whose = capital(report.Blame(t.Example))
		}
		for _, c := range d.Cases {
			if g.First == "" && c.Main.ID == g.ID {
				g.First, g.Number = c.ID, c.Number
			}
		}
		d.Groups = append(d.Groups, g)
	}
}

// remarks tells what connections have in common, and names them.
func (d *document) remarks(all []diagnose.Remark) {
	listed := map[int]bool{}
	for _, l := range d.Lines {
		listed[l.Number] = true
	}
	for _, m := range all[:min(mostRemarks, len(all))] {
		out := newRemark(m)
		named := m.Connections[:min(mostNumbers, len(m.Connections))]
		for _, n := range named {
			out.Numbers = append(out.Numbers, numbered{n, listed[n]})
		}
		out.More = grouped(int64(max(m.Count, len(m.Connections)) - len(named)))
		d.Remarks = append(d.Remarks, out)
	}
}

func newRemark(m diagnose.Remark) remark {
	out := remark{Title: say(m.Title), Text: say(m.Text)}
	for i, row := range m.Table[:min(mostRows, len(m.Table))] {
		if row = bounded(row); i == 0 {
			out.Head = row
		} else {
			out.Rows = append(out.Rows, row)
		}
	}
	if m.Finding != nil {
		f := newFinding(*m.Finding, func(frame int) ref { return ref{Frame: frame} })
		out.Finding = &f
	}
	return out
}

func newLine(c *diagnose.Diagnosis, part string) line {
	out := line{
		Number: c.Conversation.Number, Part: part,
		Client: c.Conversation.Client.String(), Server: c.Conversation.Server.String(),
		Version: say(c.Facts.Version),
	}
	if len(c.Findings) > 0 {
		f := c.Findings[0]
		out.ID, out.Tone, out.Words = cut(f.ID, 60), tone(f), cut(f.Sentence, 240)
		if f.Level == diagnose.Failure {
			out.Whose = capital(report.Blame(f))
		}
	}
	return out
}

func newSource(r *report.Report) source {
	s := r.Source
	out := source{Name: cut(s.Name, 160), Broken: say(s.Broken), Sanitized: s.Sanitized}
	add := func(name, value string, code bool) {
		if value != "" {
			out.Facts = append(out.Facts, pair{name, say(value), code})
		}
	}
	name := "File"
	if s.Live {
		name = "Source"
	}
	add(name, s.Name, true)
	add("Format", s.Format, false)
	add("SHA-256", s.SHA256, true)
	if !s.Live {
		add("Size", count(s.Bytes, "byte", "bytes"), false)
		add("Frames", grouped(int64(s.Frames)), false)
	}
	add("First", moment(s.First), false)
	add("Last", moment(s.Last), false)
	add("Connections", connections(r.Total), false)
	add("Made by", r.Tool, false)
	return out
}

func connections(t report.Total) string {
	return fmt.Sprintf("%s, %s of them TLS: %s failed, %s at risk, %s healthy", grouped(int64(t.Connections)), grouped(int64(t.TLS)),
		grouped(int64(t.Failed)), grouped(int64(t.AtRisk)), grouped(int64(t.Healthy)))
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05.000000 UTC")
}

func bounded(texts []string) []string {
	out := make([]string, 0, min(mostRows, len(texts)))
	for _, t := range texts[:min(mostRows, len(texts))] {
		out = append(out, say(t))
	}
	return out
}
