package tickets

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/parley-tls/parley/internal/proxy/private"
)

// Read reads files of keys, in the order in which they are to seal. Who else may
// read one reads all sessions, so that such a file is refused.
func Read(names []string, now time.Time) ([]Key, error) {
	var out []Key
	for _, name := range names {
		all, _, err := readFile(name)
		if err != nil {
			return nil, err
		}
		out = joined(out, all)
	}
	switch {
	case len(names) == 0:
		return nil, nil
	case len(out) > MaxKeys:
		return nil, fmt.Errorf("%s: with this file there are %d ticket keys, more than %d; take the last ones away, which seal nothing any more", names[len(names)-1], len(out), MaxKeys)
	}
	if ordered, until := sealingFirst(out, now); ordered == nil {
		return nil, fmt.Errorf("%s: no key seals before %s; keep the one before it, or take the time away", names[0], until.UTC().Format(time.RFC3339))
	}
	return out, nil
}

// Describe says which of some keys seals.
func Describe(all []Key, now time.Time) string {
	text := fmt.Sprintf("%d ticket keys", len(all))
	if len(all) == 1 {
		text = "1 ticket key"
	}
	ordered, until := sealingFirst(all, now)
	switch {
	case !until.IsZero():
		text += "; a newer one seals from " + until.UTC().Format(time.RFC3339)
	case !ordered[0].From.IsZero():
		text += "; the newest seals since " + ordered[0].From.UTC().Format(time.RFC3339)
	}
	return text + "; parley ticket-key rotate makes the next"
}

// joined adds keys that are not there yet: while files are exchanged, a key may
// stand in two of them.
func joined(to, more []Key) []Key {
	for _, k := range more {
		if !slices.ContainsFunc(to, k.same) {
			to = append(to, k)
		}
	}
	return to
}

// readFile reads a file of keys, and gives its text too.
func readFile(name string) ([]Key, []byte, error) {
	text, err := private.Read(name, maxFile, "the sessions of all clients")
	if err != nil {
		return nil, nil, err // it names the file
	}
	all, err := Parse(text)
	var at *lineError
	switch {
	case errors.As(err, &at):
		return nil, nil, fmt.Errorf("%s:%d: %s", name, at.line, at.text)
	case err != nil:
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	return all, text, nil
}
