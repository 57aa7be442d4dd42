package page

import "fmt"

// A teller is whose ladder is drawn, and what its parts are called.
type teller struct {
	ID, Title string
	From, To  string
	// Before counts the arrows that other ladders of the same part have: the
	// classes that pair an arrow with its details must differ.
	Before int
}

// arrow gives an id to something of an arrow.
func (t teller) arrow(what string, number int) string {
	return fmt.Sprintf("%s-%s%d", t.ID, what, number)
}

// described says for those who cannot see a ladder what it shows.
func (t teller) described(rungs []rung) string {
	text := fmt.Sprintf("Messages between the client %s and the server %s, from top to bottom as they came.", t.From, t.To)
	for _, r := range rungs {
		if r.Decides && r.Number > 0 {
			text += fmt.Sprintf(" The finding turns on arrow %d: %s.", r.Number, say(r.Text))
		}
	}
	return text
}
