package replay

import (
	"fmt"
	"strings"
	"time"

	"github.com/parley-tls/parley/internal/wire"
)

// A Line is a line of a plan in words.
type Line struct {
	Step  int // the index of the first step that it tells
	Frame int
	Text  string
}

// Lines tells the plan. Steps that belong together share a line.
func (p *Plan) Lines() []Line {
	var lines []Line
	for i := 0; i < len(p.Steps); {
		from := i
		if n := p.dataRun(i); n > maxDataLines {
			lines = append(lines, Line{from, p.Steps[from].Frame, p.runWords(from, from+n)})
			i += n
			continue
		}
		words := []string{p.words(i)}
		for i++; i < len(p.Steps) && together(p.Steps[i-1].Act, p.Steps[i].Act); i++ {
			words = append(words, p.words(i))
		}
		text := strings.Join(words, ", ")
		if after := pauseBefore(&p.Steps[from]); after >= time.Millisecond {
			text = fmt.Sprintf("after %v: %s", round(after), text)
		}
		lines = append(lines, Line{from, p.Steps[from].Frame, text + p.packing(from, i)})
	}
	return lines
}

// maxDataLines is how many steps about data in a row are told one by one.
const maxDataLines = 12

// dataRun is how many steps from one on are about data alone.
func (p *Plan) dataRun(from int) int {
	n := 0
	for ; from+n < len(p.Steps) && (p.Steps[from+n].Act == ActData || p.Steps[from+n].Act == ActAwaitData); n++ {
	}
	return n
}

func (p *Plan) runWords(from, to int) string {
	sent, times, last := int64(0), 0, p.awaitedBefore(from)
	awaited := last
	for _, s := range p.Steps[from:to] {
		if s.Act == ActData {
			sent, times = sent+s.Bytes, times+1
		} else {
			awaited = s.Bytes
		}
	}
	what := "filler in place of data"
	if len(p.Steps[from].Data) > 0 {
		what = "data, as captured"
	}
	return fmt.Sprintf("%d bytes of %s in %d turns, between them %d bytes of data from the server are awaited", sent, what, times, awaited-last)
}

func round(d time.Duration) time.Duration {
	if d > time.Second {
		return d.Round(100 * time.Millisecond)
	}
	return d.Round(time.Millisecond)
}

// together reports whether two steps in a row are one flight.
func together(a, b Act) bool {
	flight := func(x Act) bool { return x == ActKeyExchange || x == ActChange || x == ActFinished }
	return flight(a) && flight(b)
}

func pauseBefore(s *Step) time.Duration {
	if len(s.Shapes) > 0 {
		return s.Shapes[0].After
	}
	if s.Act == ActClose || s.Act == ActReset {
		return s.Wait
	}
	return 0
}

// packing says how the records of steps were cut, where that is remarkable.
func (p *Plan) packing(from, to int) string {
	records, cuts, joins := 0, 0, 0
	for _, s := range p.Steps[from:to] {
		records += len(s.Shapes)
		for i, shape := range s.Shapes {
			cuts += len(shape.Cuts)
			if shape.More && i < len(s.Shapes)-1 {
				joins++
			}
		}
	}
	var parts []string
	if first := p.Steps[from]; records > 1 && (first.Act == ActHello || first.Act == ActData) {
		parts = append(parts, fmt.Sprintf("in %d records", records))
	}
	if cuts > 0 {
		parts = append(parts, fmt.Sprintf("in %d packets", records-joins+cuts))
	}
	if len(parts) == 0 {
		return ""
	}
	return ", " + strings.Join(parts, ", ")
}

// words tells one step.
func (p *Plan) words(i int) string {
	s := &p.Steps[i]
	switch s.Act {
	case ActHello:
		return helloWords(s)
	case ActAwaitFlight:
		return "the server's answer is awaited"
	case ActKeyExchange:
		return "ClientKeyExchange with a secret of its own"
	case ActChange:
		return "ChangeCipherSpec"
	case ActFinished:
		if s.Wrong {
			return "Finished with a wrong verify_data"
		}
		return "Finished"
	case ActAwaitFinished:
		return "the server's Finished is awaited"
	case ActData:
		if len(s.Data) > 0 {
			return fmt.Sprintf("%d bytes of data, as captured", s.Bytes)
		}
		return fmt.Sprintf("%d bytes of filler in place of data", s.Bytes)
	case ActAwaitData:
		return fmt.Sprintf("%d bytes of data from the server are awaited", s.Bytes-p.awaitedBefore(i))
	case ActAwaitRequest:
		return "the server's HelloRequest is awaited"
	case ActAwaitRefusal:
		return "the server's answer is awaited; in the capture: the warning no_renegotiation"
	case ActAlert:
		if s.Alert.Concluded {
			return "an alert, which is sealed in the capture and is taken for close_notify"
		}
		return fmt.Sprintf("alert %s (%s)", s.Alert.Alert, s.Alert.Level)
	case ActAwaitEnd:
		return "the server's answer is awaited; in the capture: " + endText(s.End) + waitedText(s.Wait)
	case ActDamaged:
		if len(s.Shapes) == 1 {
			return "a record that does not open"
		}
		return fmt.Sprintf("%d records that do not open", len(s.Shapes))
	case ActClose:
		return "FIN" + p.withoutNotify(i)
	}
	return "RST" + p.withoutNotify(i)
}

func (p *Plan) awaitedBefore(i int) int64 {
	for i--; i >= 0; i-- {
		if p.Steps[i].Act == ActAwaitData {
			return p.Steps[i].Bytes
		}
	}
	return 0
}

func waitedText(d time.Duration) string {
	if d < time.Second {
		return ""
	}
	return fmt.Sprintf(", after %v", round(d))
}

func (p *Plan) withoutNotify(i int) string {
	for _, s := range p.Steps[:i] {
		if s.Act == ActAlert && (s.Alert.Alert == wire.AlertCloseNotify || s.Alert.Level == wire.LevelFatal) {
			return ""
		}
	}
	return ", without close_notify"
}

// stepText names a step in a sentence.
func (p *Plan) stepText(i int) string {
	if i < 0 {
		return "the connection itself"
	}
	return fmt.Sprintf("%s (step %d)", p.nameOf(i), p.LineOf(i))
}

// nameOf is short for what the client does at a step.
func (p *Plan) nameOf(i int) string {
	s := &p.Steps[i]
	switch s.Act {
	case ActHello:
		if s.Hello.Kind == 0 {
			return "the first ClientHello"
		}
		return fmt.Sprintf("ClientHello %d, a %s hello", s.Hello.Number, s.Hello.Kind)
	case ActKeyExchange:
		return "ClientKeyExchange"
	case ActData:
		return "data"
	case ActAlert:
		return fmt.Sprintf("the %s alert %s", s.Alert.Level, s.Alert.Alert)
	case ActClose:
		return "a FIN"
	case ActReset:
		return "a RST"
	}
	return p.words(i)
}

// lineOf is the line that tells a step.
func (p *Plan) lineOf(step int) int {
	n := 0
	for i, l := range p.Lines() {
		if l.Step <= step {
			n = i
		}
	}
	return n
}

// LineOf is the number, from 1, of the line that tells a step.
func (p *Plan) LineOf(step int) int { return p.lineOf(step) + 1 }
