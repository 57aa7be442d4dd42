// Package explain makes plain words of a line of somebody's log: what it says,
// which side said it, why it comes from old devices, and what to do.
package explain

import (
	"strings"
	"unicode/utf8"

	"github.com/parley-tls/parley/docs/findings"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// What is read of a text: more is no log line.
const (
	maxText  = 64 << 10
	maxLines = 2000
	maxLine  = 4 << 10
	maxItems = 8
)

// A Result is what a text became.
type Result struct {
	Items   []Item   // what was understood, in the order it came
	Dropped int      // further things that were understood, and are not shown
	Cut     bool     // the text was longer than is read
	Heard   []string // where nothing was: what was recognised nevertheless
	Nearest []string // where nothing was: messages that look alike, best first
}

// Explained reports whether anything was understood.
func (r Result) Explained() bool { return len(r.Items) > 0 }

// An Item is one message made into plain words.
type Item struct {
	Line    string // the line that it was found in, bounded and printable
	Message string // what was recognised in it: "wrong version number"
	Library string // whose words these are; empty: not known, or of no one library
	Code    string // "reason 267 of OpenSSL's library 20"; empty: none
	Alert   *wire.Alert
	Meaning string
	Who     string     // which side said it, and how that is known
	Fault   trace.Side // the side that found fault; Nobody: not known
	Causes  []Cause    // the likeliest first
	Parley  string     // what to do in Parley
	Client  string     // what to do in the client
	Capture string     // what to capture next
	Page    *findings.Entry
}

// A Cause is why a message comes.
type Cause struct {
	Finding string // empty: no finding is about it
	Why     string
	side    trace.Side // which side then finds fault; Nobody: either
	when    phase      // at what point of a connection; anyPhase: at any
}

// Explain makes plain words of a text: a message, an alert's name or number, an
// id of a finding, a word of Parley's, or several lines of a log.
func Explain(text string) Result {
	var r Result
	lines := linesOf(text, &r.Cut)
	told := map[string]bool{}
	for _, line := range lines {
		item, ok := explainLine(line)
		if !ok || told[item.key()] {
			continue
		}
		told[item.key()] = true
		if len(r.Items) == maxItems {
			r.Dropped++
			continue
		}
		r.Items = append(r.Items, item)
	}
	if !r.Explained() {
		r.Heard, r.Nearest = heard(lines), nearest(lines)
	}
	return r
}

// linesOf takes a text apart, as far as it is read. Lines that repeat others, and
// empty ones, are left out.
func linesOf(text string, cut *bool) []string {
	*cut = len(text) > maxText
	seen := map[string]bool{}
	var lines []string
	for line := range strings.Lines(bounded(text, maxText)) {
		line = strings.TrimSpace(bounded(line, maxLine))
		if line == "" || seen[line] {
			continue
		}
		if len(lines) == maxLines {
			*cut = true
			break
		}
		seen[line] = true
		lines = append(lines, line)
	}
	return lines
}

// key tells what would be said twice.
func (i Item) key() string { return i.Message + "\n" + i.Library + "\n" + i.Who }

// bounded cuts a text between its characters.
func bounded(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}

// explainLine tries, from the most certain to the least, what a line may hold.
func explainLine(line string) (Item, bool) {
	l := readLine(line)
	for _, try := range []func(lineRead) (Item, bool){
		findingItem, exactAlertItem, wordItem, plainAlertItem, messageItem, alertItem, codeItem, numberItem, weakItem,
	} {
		if item, ok := try(l); ok {
			item.Line = wire.Printable(line)
			return item, true
		}
	}
	return Item{}, false
}
