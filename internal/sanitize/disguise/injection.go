package disguise

// maxInjection bounds how many values are kept from falling together.
const maxInjection = 1 << 16

// maxTries bounds how often another replacement is tried. Where a value is so short
// that all of its kind are taken, two values do fall together.
const maxTries = 256

// An injection gives different values different replacements. Once it is full, only
// chance does.
type injection struct {
	given map[string]string
	taken map[string]struct{}
}

func newInjection() *injection {
	return &injection{given: map[string]string{}, taken: map[string]struct{}{}}
}

// replace asks propose for candidates until one is free and not the value itself.
func (i *injection) replace(value string, propose func(try int) string) string {
	if out, ok := i.given[value]; ok {
		return out
	}
	if len(i.given) >= maxInjection {
		return propose(0)
	}
	var out string
	for try := range maxTries {
		out = propose(try)
		if _, taken := i.taken[out]; !taken && out != value {
			break
		}
	}
	i.given[value] = out
	i.taken[out] = struct{}{}
	return out
}
