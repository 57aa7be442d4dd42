package config

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// What the server would say at start is said before it, with the line.
func TestCheckFindsFlightsThatOthersWouldRead(t *testing.T) {
	dir := t.TempDir()
	pemFile(t, dir, "a.pem", 90)
	if err := os.Mkdir(filepath.Join(dir, "flights"), 0o700); err != nil {
		t.Fatal(err)
	}
	const text = "listeners:\n  - listen: 127.0.0.1:8443\n    certificates: [{cert: a.pem}]\nflights: {directory: flights}\n"
	if _, err := check(t, dir, text); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(dir, "flights"), 0o755); err != nil {
		t.Fatal(err)
	}
	var problems Problems
	if _, err := check(t, dir, text); !errors.As(err, &problems) || len(problems) != 1 || problems[0].Key != "flights.directory" || problems[0].Line != 4 {
		t.Errorf("%v", err)
	}
}

func TestDirectoryOfFlightsIsBesideTheFile(t *testing.T) {
	for word, want := range map[string]string{"f": filepath.FromSlash("/etc/parley/f"), "/var/f": "/var/f", "off": ""} {
		d := &Document{Name: filepath.FromSlash("/etc/parley/parley.yaml"), File: File{Listeners: []Listener{{}}}}
		d.File.Flights.Directory = word
		s, err := d.options(0).Check()
		if err != nil || s.Flights.Directory != want || s.Flights.Off != (word == "off") {
			t.Errorf("%q: %+v, %v", word, s.Flights, err)
		}
	}
}
