package bogo

import (
	_ "embed" // for the runner's configuration, which the shim reads too
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

//go:embed config.json
var configJSON []byte

// A runnerConfig is the part of the runner's configuration that is ours.
type runnerConfig struct {
	DisabledTests map[string]string   // glob to reason
	ErrorMap      map[string][]string // BoringSSL's name to parts of our reasons
}

func readConfig() (*runnerConfig, error) {
	c := &runnerConfig{}
	return c, json.Unmarshal(configJSON, c)
}

// namesOf gives BoringSSL's names for a reason, by the table that tells newer
// runners our reasons for its names. Runners from before that table (2016) compare
// with the names alone.
func namesOf(reason string) string {
	c, err := readConfig()
	if err != nil {
		return ""
	}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(c.ErrorMap)) {
		if slices.ContainsFunc(c.ErrorMap[name], func(part string) bool { return strings.Contains(reason, part) }) {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}
