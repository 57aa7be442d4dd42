package valkey

import (
	"fmt"
	"strings"
	"testing"
)

func TestPlacesAreRead(t *testing.T) {
	for word, want := range map[string]Place{
		"valkey://a":                  {Host: "a:6379"},
		"valkey://a:1/2":              {Host: "a:1", Database: 2},
		"valkeys://u:p%40@[::1]:7/0":  {Host: "[::1]:7", TLS: true, user: "u", password: "p@"},
		"valkeys://u@valkey.example/": {Host: "valkey.example:6379", TLS: true, user: "u"},
	} {
		if got, err := Parse(word); err != nil || got != want {
			t.Errorf("%s: %v, %v", word, got, err)
		}
	}
	for _, word := range []string{"", "memory", "redis://a", "a:1", "valkey://", "valkey://:1", "valkey://a/b", "valkey://a/70000", "valkey://a?x=hunter2", "valkey:a", "valkey://u:hunter2@a:port", "valkey://u:hunter2@[::1", "\x00hunter2"} {
		if got, err := Parse(word); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v, %v", word, got, err)
		}
	}
}

func TestNothingPrintsAPassword(t *testing.T) {
	p, err := Parse("valkeys://user:hunter2@a:1/2")
	if err != nil || !p.HasPassword() {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		if text := fmt.Sprintf(verb, p); text != "valkeys://a:1/2" {
			t.Errorf("%s: %s", verb, text)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("valkeys://u:p@[::1]:7/0")
	f.Add("valkey://%zz")
	f.Fuzz(func(t *testing.T, word string) {
		p, err := Parse(word)
		if err == nil && p.Host == "" {
			t.Error("a place without a host")
		}
	})
}

// Whoever forgets to escape a password, or the beginning of the address, still finds
// it nowhere in what he is told.
func TestPasswordsThatNobodyEscapedAreNotShown(t *testing.T) {
	for word, want := range map[string]string{
		"valkey://u:hid/den@host":          "valkey://...@host",
		"valkey://u:hid@den@host":          "valkey://...@host",
		"valkey:/u:hidden@host":            "valkey://...@host",
		"u:hidden@host:6379":               "...@host:6379",
		"store: valkey://u:hid/den@host:1": "store: valkey://...@host:1",
		"valkey://host:6379/2":             "valkey://host:6379/2",
		"memory":                           "memory",
	} {
		if got := RedactAddress(word); got != want {
			t.Errorf("%s is shown as %s", word, got)
		}
	}
}
