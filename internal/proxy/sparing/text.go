package sparing

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// String tells the kinds, the most frequent first: "not-tls 4000, error 211".
func (r Rest) String() string {
	kinds := slices.SortedFunc(maps.Keys(r.ByKind), func(a, b string) int {
		return cmp.Or(cmp.Compare(r.ByKind[b], r.ByKind[a]), strings.Compare(a, b))
	})
	var out []string
	for _, k := range kinds {
		out = append(out, fmt.Sprintf("%s %d", k, r.ByKind[k]))
	}
	return strings.Join(out, ", ")
}
