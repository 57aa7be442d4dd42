package page

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/parley-tls/parley/internal/diagnose"
)

// say bounds what a file or a peer can make long.
func say(text string) string { return cut(text, 1200) }

func cut(text string, runes int) string {
	text = strings.ToValidUTF8(text[:min(len(text), (runes+1)*utf8.UTFMax)], "\ufffd")
	if utf8.RuneCountInString(text) <= runes {
		return text
	}
	return string([]rune(text)[:runes]) + "…"
}

// elapsed tells a time since a connection began.
func elapsed(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%.3f ms", float64(d)/float64(time.Millisecond))
	case d < 10*time.Minute:
		return fmt.Sprintf("%.3f s", d.Seconds())
	}
	return d.Round(time.Second).String()
}

// grouped writes a number with its thousands apart.
func grouped(n int64) string {
	if n < 0 {
		return "-" + grouped(-n)
	}
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// count writes how many of something there are.
func count(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return grouped(n) + " " + many
}

// sentence makes one of words that a report may set into another.
func sentence(text string) string {
	text = capital(strings.TrimSpace(text))
	if text == "" || strings.ContainsAny(text[len(text)-1:], ".!?:") {
		return text
	}
	return text + "."
}

// capital begins a sentence, unless with what is no word but a name or an address.
func capital(text string) string {
	word, _, _ := strings.Cut(text, " ")
	for _, r := range strings.TrimRight(word, ",:;.") {
		if !unicode.IsLower(r) && r != '\'' {
			return text
		}
	}
	first, n := utf8.DecodeRuneInString(text)
	if n == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + text[n:]
}

func verdictText(v diagnose.Verdict) string {
	switch v {
	case diagnose.Did:
		return "Yes"
	case diagnose.DidNot:
		return "No"
	}
	return "Not known"
}
