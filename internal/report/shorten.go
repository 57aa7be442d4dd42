package report

import (
	"fmt"

	"github.com/parley-tls/parley/internal/trace"
)

const (
	aroundMark = 3 // rungs that stay on either side of one that the story turns on
	atEnds     = 8 // and at the story's beginning and end
)

// Shorten leaves out rungs of a story of more than most of them: what is far from
// its ends and from the arrow at which it broke. A line says how many.
func Shorten(rungs []Rung, most int) []Rung {
	if most <= 0 || len(rungs) <= most {
		return rungs
	}
	keep := keepers(rungs, most)
	var out []Rung
	for i := 0; i < len(rungs); {
		if keep[i] {
			out = append(out, rungs[i])
			i++
			continue
		}
		begin := i
		for i < len(rungs) && !keep[i] {
			i++
		}
		if i-begin == 1 {
			out = append(out, rungs[begin])
			continue
		}
		out = append(out, leftOut(rungs[begin:i]))
	}
	return out
}

// keepers chooses up to about most rungs: the ends and the break first, then
// what else is marked, from the end backwards, since there the story turns.
func keepers(rungs []Rung, most int) []bool {
	keep := make([]bool, len(rungs))
	kept := 0
	around := func(at, before, after int) {
		for i := max(at-before, 0); i <= min(at+after, len(rungs)-1); i++ {
			if !keep[i] {
				keep[i] = true
				kept++
			}
		}
	}
	ends := min(atEnds, max(most/4, 1))
	around(0, 0, ends-1)
	around(len(rungs)-1, ends-1, 0)
	for i, r := range rungs {
		if r.Breaks {
			around(i, aroundMark, aroundMark)
		}
	}
	for i := len(rungs) - 1; i >= 0 && kept < most; i-- {
		if rungs[i].Marked {
			around(i, 1, 1)
		}
	}
	return keep
}

// leftOut is one line in the place of many.
func leftOut(rungs []Rung) Rung {
	first := rungs[0]
	text := fmt.Sprintf("… %s left out", count(int64(len(rungs)), "line"))
	var data trace.DataDetail
	exchanges := 0
	for _, r := range rungs {
		for _, e := range r.Events {
			d, ok := e.Detail.(trace.DataDetail)
			if !ok || e.Name != trace.Data {
				continue
			}
			exchanges++
			if r.From == trace.Client {
				data.FromClient += d.FromClient
			} else {
				data.ToClient += d.ToClient
			}
		}
	}
	if exchanges > 0 {
		text = fmt.Sprintf("… %s left out, %s of them data: %s from the client, %s to it",
			count(int64(len(rungs)), "line"), number(int64(exchanges)), bytesText(data.FromClient), bytesText(data.ToClient))
	}
	if exchanges == len(rungs) {
		text = fmt.Sprintf("… %s times data: %s from the client, %s to it", number(int64(exchanges)),
			bytesText(data.FromClient), bytesText(data.ToClient))
	}
	return Rung{At: first.At, Text: text + " …", Left: len(rungs)}
}
