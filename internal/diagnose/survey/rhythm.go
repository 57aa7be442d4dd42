package survey

import (
	"math"
	"slices"
)

// A fit says how well many observations agree on one value.
type fit struct {
	n              int
	median, q1, q3 float64
	spread         float64 // the middle half's width over the median
	agree          int     // observations within tolerance of the median
	tolerance      float64
}

// fewest is how many observations a claim takes at least.
const fewest = 3

// fitting measures observations.
func fitting(values []float64) fit {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	f := fit{n: len(sorted), spread: math.Inf(1)}
	if f.n == 0 {
		return f
	}
	f.median, f.q1, f.q3 = quantile(sorted, 0.5), quantile(sorted, 0.25), quantile(sorted, 0.75)
	if f.median > 0 {
		f.spread = (f.q3 - f.q1) / f.median
	}
	f.tolerance, _ = demand(f.n)
	for _, v := range sorted {
		if math.Abs(v-f.median) <= f.tolerance*f.median {
			f.agree++
		}
	}
	return f
}

// demand is how near to the median how many of n observations must be. Few may
// agree by chance, so that of few all must, and closely: three values drawn from
// anywhere between nothing and a limit agree within 3 % about once in 500.
func demand(n int) (tolerance float64, agree int) {
	switch {
	case n <= 3:
		return 0.03, n
	case n <= 5:
		return 0.05, n
	case n <= 11:
		return 0.05, n - n/6
	}
	return 0.10, n - n/5
}

// claims reports whether the observations support a claim.
func (f fit) claims() bool {
	_, agree := demand(f.n)
	return f.n >= fewest && f.median > 0 && f.agree >= agree
}

// quantile interpolates in a sorted list that is not empty.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	low := int(at)
	high := min(low+1, len(sorted)-1)
	return sorted[low] + (at-float64(low))*(sorted[high]-sorted[low])
}
