package proxy

import (
	"fmt"
	"strings"
)

// A SettingError says which setting cannot be, and what to write instead.
type SettingError struct {
	Name    string // the setting's one name, which is its flag's: "min-version"
	Value   string // what was given; empty: the setting is missing
	Problem string
	Advice  string
}

// Error names the setting as its flag, the value, what is wrong and what to do.
func (e *SettingError) Error() string {
	text := "--" + e.Name
	if e.Value != "" {
		text += fmt.Sprintf(" %q", e.Value)
	}
	text += ": " + e.Problem
	if e.Advice != "" {
		text += "; " + e.Advice
	}
	return text
}

// oneOf lists words for an advice: "a, b or c".
func oneOf(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
