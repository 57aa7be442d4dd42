package handover

import (
	"slices"
	"testing"
)

// environment is what a process finds.
func environment(m map[string]string) func(string) string {
	return func(name string) string { return m[name] }
}

func TestEnvironmentSaysWhatWasGiven(t *testing.T) {
	const me, parent = 42, 41
	for name, test := range map[string]struct {
		env  map[string]string
		want []named
		bad  bool
	}{
		"nothing":            {},
		"by systemd":         {env: map[string]string{"LISTEN_PID": "42", "LISTEN_FDS": "2", "LISTEN_FDNAMES": "a:b"}, want: []named{{3, "a"}, {4, "b"}}},
		"without names":      {env: map[string]string{"LISTEN_PID": "42", "LISTEN_FDS": "1"}, want: []named{{3, "unknown"}}},
		"by the one before":  {env: map[string]string{"PARLEY_PREDECESSOR": "41", "LISTEN_FDS": "1", "LISTEN_FDNAMES": "a"}, want: []named{{3, "a"}}},
		"to another":         {env: map[string]string{"LISTEN_PID": "43", "LISTEN_FDS": "1"}},
		"by a grandmother":   {env: map[string]string{"PARLEY_PREDECESSOR": "40", "LISTEN_FDS": "1"}},
		"no number":          {env: map[string]string{"LISTEN_PID": "42", "LISTEN_FDS": "two"}, bad: true},
		"more than there is": {env: map[string]string{"LISTEN_PID": "42", "LISTEN_FDS": "1000000000"}, bad: true},
		"less than nothing":  {env: map[string]string{"LISTEN_PID": "42", "LISTEN_FDS": "-1"}, bad: true},
	} {
		got, err := inherited(environment(test.env), me, parent)
		if !slices.Equal(got, test.want) || (err != nil) != test.bad {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func FuzzInherited(f *testing.F) {
	f.Add("42", "2", "a:b", "")
	f.Add("", "1", "", "41")
	f.Fuzz(func(t *testing.T, pid, count, names, predecessor string) {
		got, err := inherited(environment(map[string]string{envPID: pid, envCount: count, envNames: names, envPredecessor: predecessor}), 42, 41)
		if len(got) > maxGiven || err != nil && got != nil {
			t.Errorf("%d are given, %v", len(got), err)
		}
		for i, g := range got {
			if g.fd != firstFD+i || g.name == "" {
				t.Errorf("%v at %d", g, i)
			}
		}
	})
}
