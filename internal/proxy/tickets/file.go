package tickets

import (
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/parley-tls/parley/internal/keys"
)

// MaxKeys is how many keys there may be. A session id is looked for under each, so
// that many of them would be slow.
const MaxKeys = 16

// What a file of keys may be.
const (
	maxFile   = 64 << 10
	maxSecret = 1024
	// minDistinct is how many different bytes a secret has at least: 32 random ones
	// have fewer than 16 once in more than 10^15 times.
	minDistinct = 16
)

// A lineError is what is wrong with a line of a file of keys. It never shows what stands there, which may
// be a secret.
type lineError struct {
	line int
	text string
}

func (e *lineError) Error() string { return fmt.Sprintf("line %d: %s", e.line, e.text) }

// Parse reads a file of keys: one a line, the base64 of 32 random bytes or more,
// and perhaps the word from and the time when it begins to seal. Empty lines, and
// those that begin with #, say nothing.
func Parse(text []byte) ([]Key, error) {
	if len(text) > maxFile {
		return nil, fmt.Errorf("this file has more than %d bytes: it holds no ticket keys", maxFile)
	}
	var out []Key
	at := 0
	for line := range strings.SplitSeq(string(text), "\n") {
		at++
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		key, problem := parseKey(words)
		if problem == "" {
			problem = unfit(key, out)
		}
		if problem != "" {
			return nil, &lineError{at, problem}
		}
		out = append(out, key)
	}
	if len(out) == 0 {
		return nil, errors.New("there is no key in this file; parley ticket-key new makes one")
	}
	return out, nil
}

// unfit says why a key cannot stand behind others.
func unfit(key Key, before []Key) string {
	if len(before) == MaxKeys {
		return fmt.Sprintf("there are more than %d keys; take the last ones away, which seal nothing any more", MaxKeys)
	}
	if slices.ContainsFunc(before, key.same) {
		return "this key stands further up already; take one of the two away"
	}
	return ""
}

// hexOnly is what the base64 of random bytes never is.
var hexOnly = regexp.MustCompile(`^[0-9a-fA-F]{32,}$`)

// parseKey reads the words of a line. It says what is wrong with them.
func parseKey(words []string) (Key, string) {
	if hexOnly.MatchString(words[0]) {
		return Key{}, "this is hexadecimal; write the key in base64, as openssl rand -base64 32 does"
	}
	secret, err := base64.StdEncoding.Strict().DecodeString(words[0])
	switch {
	case err != nil:
		return Key{}, "this is no base64; a line is a key in base64, which may be followed by the word from and a time, or begins with #"
	case len(secret) < secretLen:
		return Key{}, fmt.Sprintf("this key has %d bytes; it needs %d, as openssl rand -base64 32 makes them", len(secret), secretLen)
	case len(secret) > maxSecret:
		return Key{}, fmt.Sprintf("this key has more than %d bytes", maxSecret)
	case distinct(secret) < minDistinct:
		return Key{}, "this key is not random: whoever guesses it reads the sessions; parley ticket-key new makes one"
	}
	from, problem := parseFrom(words[1:])
	return Key{keys.NewSecret(secret), from}, problem
}

// parseFrom reads what may follow a key.
func parseFrom(words []string) (time.Time, string) {
	switch {
	case len(words) == 0:
		return time.Time{}, ""
	case len(words) != 2 || words[0] != "from":
		return time.Time{}, "behind a key there may be only the word from and a time, such as from 2027-01-31T12:00:00Z"
	}
	from, err := time.Parse(time.RFC3339, words[1])
	if err != nil {
		return time.Time{}, "what follows from is no time; write it as 2027-01-31T12:00:00Z"
	}
	return from, ""
}

func distinct(b []byte) int {
	seen := map[byte]bool{}
	for _, c := range b {
		seen[c] = true
	}
	return len(seen)
}
