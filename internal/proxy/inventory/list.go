package inventory

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A List is clients to be shown, held against what settings offer.
type List struct {
	Clients []Client
	Against Offer
	Trials  map[string]Offer // by listener, whose clients are held against it instead
	Now     time.Time
	hidden  int // clients that a filter left out
}

// lacks are what a client needs beyond what it is held against. Where a trial has
// seen it, and would refuse it nothing, permissions give it what it needs.
func (l *List) lacks(c Client) []Lack {
	if t, tried := c.Trials[l.offer(c).Name]; tried && l.isTrial(c) && t.Served > 0 && len(t.Refused) == 0 {
		return nil
	}
	return c.Needs.Lacks(l.offer(c))
}

func (l *List) isTrial(c Client) bool {
	_, ok := l.Trials[c.Listener]
	return ok
}

func (l *List) offer(c Client) Offer {
	if trial, ok := l.Trials[c.Listener]; ok {
		return trial
	}
	return l.Against
}

// A Filter chooses clients. What is zero chooses all.
type Filter struct {
	Weak    bool // only those that lack something
	Needs   string
	Finding string
	Source  netip.Prefix
	Since   time.Time
}

// Choose leaves those that a filter lets pass, the weakest first.
func (l *List) Choose(f Filter) {
	all := len(l.Clients)
	l.Clients = slices.DeleteFunc(l.Clients, func(c Client) bool { return !l.passes(f, c) })
	l.hidden = all - len(l.Clients)
	slices.SortFunc(l.Clients, func(a, b Client) int {
		return cmp.Or(
			order(a.Weakest)-order(b.Weakest), cmp.Compare(b.Connections, a.Connections), a.Source.Addr().Compare(b.Source.Addr()),
			strings.Compare(string(a.key()), string(b.key())),
		)
	})
}

// order is a weakness' place; what is not known comes last.
func order(weakness string) int {
	if weakness == "" {
		return len(weaknesses)
	}
	return rank(weakness)
}

func (l *List) passes(f Filter, c Client) bool {
	found := c.Findings[f.Finding] > 0
	for _, t := range c.Trials {
		found = found || t.Refused[f.Finding] > 0
	}
	return (!f.Weak || len(l.lacks(c)) > 0) &&
		(f.Needs == "" || lacks(l.lacks(c), f.Needs)) &&
		(f.Finding == "" || found) &&
		(!f.Source.IsValid() || f.Source.Overlaps(c.Source)) &&
		!c.Last.Before(f.Since)
}

// Summary counts in one sentence.
func (l *List) Summary() string {
	served := 0
	names := map[string]bool{}
	for _, c := range l.Clients {
		if len(l.lacks(c)) == 0 {
			served++
		}
		names[l.offer(c).Name] = true
	}
	name := l.Against.Name
	if len(names) == 1 {
		for only := range names {
			name = only
		}
	} else if len(l.Trials) > 0 {
		name = "the trials of their listeners"
	}
	text := fmt.Sprintf("%s; %s would be served by %s", counted(len(l.Clients), "client"), thousands(served), name)
	if refused := len(l.Clients) - served; refused > 0 {
		text += fmt.Sprintf(", %s would not", thousands(refused))
	}
	if l.hidden > 0 {
		text += fmt.Sprintf("; %s left out", thousands(l.hidden))
	}
	return text + "."
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return thousands(n) + " " + what + "s"
}

// thousands writes 2,013.
func thousands(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
