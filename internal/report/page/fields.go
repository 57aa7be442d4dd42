package page

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/report/fields"
)

// A fieldRow is a field in the details of an arrow, or a list of fields that
// have one name.
type fieldRow struct {
	Name, Value string
	Depth       int
	Where       string   // "38–69", in the bytes below; empty: nowhere
	List        []string // instead of Value
	Long        bool     // each of the list stands in a line of its own
	Proves      bool     // the finding rests on it
}

// fewest is how many fields of one name make a list.
const fewest = 5

// rows shows fields, those alike in a row together, those that prove something
// by themselves.
func rows(all []fields.Field, b []fields.Byte, proofs []diagnose.Proof) []fieldRow {
	var out []fieldRow
	for i := 0; i < len(all); {
		n := 0
		for n < len(all)-i && alike(all, i, i+n) && !proves(all[i+n], b, proofs) {
			n++
		}
		if n >= fewest {
			out = append(out, listRow(all[i:i+n]))
			i += n
			continue
		}
		row := fieldRow{Name: all[i].Name, Value: cut(all[i].Value, 400), Depth: min(all[i].Depth, 4), Where: where(all[i], all[i])}
		row.Proves = proves(all[i], b, proofs)
		out = append(out, row)
		i++
	}
	return out
}

// alike reports whether fields i and j have one name and nothing in them.
func alike(all []fields.Field, i, j int) bool {
	return all[i].Name == all[j].Name && all[i].Depth == all[j].Depth && (j+1 == len(all) || all[j+1].Depth <= all[j].Depth)
}

func listRow(alike []fields.Field) fieldRow {
	row := fieldRow{
		Name: fmt.Sprintf("%s × %d", alike[0].Name, len(alike)), Depth: min(alike[0].Depth, 4),
		Where: where(alike[0], alike[len(alike)-1]),
	}
	for _, f := range alike {
		row.List = append(row.List, cut(f.Value, 200))
		row.Long = row.Long || len(f.Value) > 24
	}
	return row
}

func where(first, last fields.Field) string {
	end := last.Offset + last.Length - 1
	switch {
	case first.Offset < 0:
		return ""
	case end <= first.Offset:
		return fmt.Sprint(first.Offset)
	}
	return fmt.Sprintf("%d–%d", first.Offset, end)
}

// proves reports whether one of the proofs is about a field: it has the field's
// bytes and speaks of it.
func proves(f fields.Field, b []fields.Byte, proofs []diagnose.Proof) bool {
	if f.Offset < 0 || f.Length == 0 || f.Length > 64 || f.Offset+f.Length > len(b) {
		return false
	}
	var own []byte
	for _, x := range b[f.Offset : f.Offset+f.Length] {
		if !x.Shown {
			return false
		}
		own = append(own, x.Value)
	}
	for _, p := range proofs {
		if bytes.Equal(own, p.Bytes) && sharesAWord(f.Name+" "+f.Value, p.Field+" "+p.Value) {
			return true
		}
	}
	return false
}

func sharesAWord(a, b string) bool {
	for _, word := range strings.Fields(a) {
		if word = strings.Trim(word, "():,.;"); len(word) > 3 && strings.Contains(b, word) {
			return true
		}
	}
	return false
}
