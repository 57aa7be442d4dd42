package form

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Marshal writes a value as JSON that people may look at.
func Marshal(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	return visible(b), err
}

// visible writes as escapes what shows nothing or turns the text around it: JSON may
// hold it as it is, and people look at JSON on terminals.
func visible(b []byte) []byte {
	hides := func(r rune) bool { return !unicode.IsPrint(r) }
	if !bytes.ContainsFunc(b, hides) {
		return b
	}
	var out []byte
	for _, r := range string(b) {
		if !hides(r) {
			out = utf8.AppendRune(out, r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			out = fmt.Appendf(out, `\u%04x`, unit)
		}
	}
	return out
}
