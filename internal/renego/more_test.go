package renego_test

import (
	"slices"
	"testing"

	"github.com/parley-tls/parley/internal/renego"
)

func TestMoreKnowsEveryAnswerThatAKindHas(t *testing.T) {
	for _, k := range kinds {
		if k == renego.KindForged {
			continue // it has one answer
		}
		list := renego.Allowed(k)
		slices.SortFunc(list, func(a, b renego.Answer) int {
			switch {
			case a == b:
				return 0
			case renego.More(k, a, b) == a && renego.More(k, b, a) == a:
				return 1
			case renego.More(k, a, b) == b && renego.More(k, b, a) == b:
				return -1
			}
			t.Errorf("%s: neither of %s and %s gives more", k, a, b)
			return 0
		})
		if list[0] != renego.AnswerAbort {
			t.Errorf("%s: %v", k, list)
		}
		for _, a := range list {
			if renego.More(k, renego.AnswerDefault, a) != a || renego.More(k, a, renego.AnswerDefault) != a {
				t.Errorf("%s: nothing gives more than %s", k, a)
			}
		}
	}
}
