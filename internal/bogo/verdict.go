package bogo

import (
	"bufio"
	_ "embed" // for the list
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
)

//go:embed must_pass.txt
var mustPass string

// mustPassGlobs are the lines of the list that are no comment.
func mustPassGlobs() []string {
	var globs []string
	for line := range strings.Lines(mustPass) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			globs = append(globs, line)
		}
	}
	return globs
}

// Verdict reads what the runner wrote by -json-output, and gives what is amiss with
// the cases that must pass: one failed, was skipped, or did not run at all. A skip
// can so never hide a loss.
func Verdict(results io.Reader) ([]string, error) {
	var r struct {
		Tests map[string]struct {
			Actual string `json:"actual"`
		} `json:"tests"`
	}
	if err := json.NewDecoder(bufio.NewReader(results)).Decode(&r); err != nil {
		return nil, fmt.Errorf("the runner's results: %w", err)
	}
	names := slices.Sorted(maps.Keys(r.Tests))
	var amiss []string
	for _, glob := range mustPassGlobs() {
		ran := false
		for _, name := range names {
			if match, _ := path.Match(glob, name); !match {
				continue
			}
			ran = true
			if got := r.Tests[name].Actual; got != "PASS" {
				amiss = append(amiss, fmt.Sprintf("%s: %s (must pass by %s)", name, got, glob))
			}
		}
		if !ran {
			amiss = append(amiss, glob+": no such case ran")
		}
	}
	return amiss, nil
}
