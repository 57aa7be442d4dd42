package proxy

import (
	"strconv"
	"time"
)

// A choice is a word and what it stands for.
type choice[T any] struct {
	word  string
	value T
}

// choose finds a word among its choices. An empty word is T's zero value.
func choose[T any](name, word string, choices ...choice[T]) (T, error) {
	var none T
	if word == "" {
		return none, nil
	}
	var words []string
	for _, c := range choices {
		if c.word == word {
			return c.value, nil
		}
		words = append(words, c.word)
	}
	return none, &SettingError{Name: name, Value: word, Problem: "there is no such choice", Advice: "use " + oneOf(words)}
}

// off reads on or off.
func off(name, word string) (bool, error) {
	return choose(name, word, choice[bool]{"on", false}, choice[bool]{"off", true})
}

func duration(name, word string, otherwise time.Duration, mayBeZero bool) (time.Duration, error) {
	if word == "" {
		return otherwise, nil
	}
	d, err := time.ParseDuration(word)
	switch {
	case err != nil:
		return 0, &SettingError{Name: name, Value: word, Problem: "this is not a duration", Advice: "write a number with its unit, such as 30s, 5m or 1h30m"}
	case d < 0:
		return 0, &SettingError{Name: name, Value: word, Problem: "a duration cannot be negative", Advice: "write one such as 30s, 5m or 1h30m"}
	case d == 0 && !mayBeZero:
		return 0, &SettingError{Name: name, Value: word, Problem: "this limit cannot be turned off: a client could hold a place for ever", Advice: "write a long one, such as 1h"}
	}
	return d, nil
}

func count(name, word string) (int, error) {
	if word == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(word)
	if err != nil || n < 0 {
		return 0, &SettingError{Name: name, Value: word, Problem: "this is not a count", Advice: "write a whole number, or 0 for no limit"}
	}
	return n, nil
}
