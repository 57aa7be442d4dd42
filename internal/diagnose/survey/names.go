package survey

import "strings"

// A name is the number of a text. 0 is that of the empty one, and of those for
// which there was no room.
type name uint16

// names gives texts numbers, so that a row is small.
type names struct {
	index    map[string]name
	texts    []string
	findings []string // at most 64
}

func (n *names) of(text string) name {
	if text == "" {
		return 0
	}
	if n.index == nil {
		n.index, n.texts = map[string]name{}, []string{""}
	}
	number, ok := n.index[text]
	if !ok && len(n.texts) < maxNames {
		number = name(len(n.texts))
		n.index[text] = number
		n.texts = append(n.texts, text)
	}
	return number
}

func (n *names) text(number name) string {
	if int(number) >= len(n.texts) {
		return ""
	}
	return n.texts[number]
}

// finding is the bit of an id; 0 where there is no room for another.
func (n *names) finding(id string) uint64 {
	for i, known := range n.findings {
		if known == id {
			return 1 << i
		}
	}
	if len(n.findings) == 64 {
		return 0
	}
	n.findings = append(n.findings, id)
	return 1 << (len(n.findings) - 1)
}

// print takes a fingerprint's text apart.
func (n *names) print(number name) (ja3, ja4 string) {
	ja3, ja4, _ = strings.Cut(n.text(number), " ")
	return ja3, ja4
}
