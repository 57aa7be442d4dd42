package page

import (
	"fmt"
	"strings"

	"github.com/parley-tls/parley/internal/report/fields"
)

// perLine is how many bytes stand in a line: as many as a telephone is wide.
const perLine = 8

// dump writes bytes as text: offset, values, characters. A byte that must not be
// seen is two dots; lines of nothing else are told by their number.
func dump(b []fields.Byte) string {
	var out strings.Builder
	for at := 0; at < len(b); {
		if n := hidden(b[at:]) / perLine * perLine; n >= 2*perLine {
			fmt.Fprintf(&out, "%04x  ·· %d bytes not shown\n", at, n)
			at += n
			continue
		}
		end := min(at+perLine, len(b))
		dumpLine(&out, at, b[at:end])
		at = end
	}
	return out.String()
}

// hidden counts the bytes at the front that are not shown.
func hidden(b []fields.Byte) int {
	for i := range b {
		if b[i].Shown {
			return i
		}
	}
	return len(b)
}

func dumpLine(out *strings.Builder, at int, b []fields.Byte) {
	var values, characters strings.Builder
	for _, x := range b {
		switch {
		case !x.Shown:
			values.WriteString(" ··")
			characters.WriteRune('·')
		case x.Value >= ' ' && x.Value <= '~':
			fmt.Fprintf(&values, " %02x", x.Value)
			characters.WriteByte(x.Value)
		default:
			fmt.Fprintf(&values, " %02x", x.Value)
			characters.WriteByte('.')
		}
	}
	fmt.Fprintf(out, "%04x %s%*s  %s\n", at, values.String(), 3*(perLine-len(b)), "", characters.String())
}
