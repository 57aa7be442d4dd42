package page

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parley-tls/parley/internal/diagnose"
)

// say bounds what a file or a peer can make long.
func say(text string) string { return cut(text, 1200) }

func cut(text string, runes int) string {
	text = strings.ToValidUTF8(text, "\ufffd")
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
		digits = digits[:i] + "\u00a0" + digits[i:]
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

func culpritText(c diagnose.Culprit) string {
	switch c {
	case diagnose.CulpritClient:
		return "The client’s"
	case diagnose.CulpritServer:
		return "The server’s"
	case diagnose.CulpritNetwork:
		return "The network’s, between client and server"
	case diagnose.CulpritUnknown:
		return "This capture cannot tell"
	}
	return ""
}

func confidenceText(c diagnose.Confidence) string {
	switch c {
	case diagnose.Sure:
		return "Sure: it was read"
	case diagnose.Likely:
		return "Likely: several facts say so, and none against it"
	case diagnose.Possible:
		return "Possible: it fits, and so do other things"
	}
	return ""
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
