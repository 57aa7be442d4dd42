package proxy

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// TrialOptions are settings, as words, that clients are tried against. With a
// profile they are the profile's, and what a listener says beside its own profile
// does not count; without one they are the listener's. Either way they are changed
// by the words that stand here.
type TrialOptions struct {
	Profile                      string
	MinVersion                   string
	Suites                       []string
	Secure, Reset, Bare, Restart string
	Without                      []string // permissions; allPermissions: every one
}

// allPermissions is the word for all of them.
const allPermissions = "all"

// A Trial is settings that clients are tried against.
type Trial struct {
	Name     string // that the log, the metrics and the inventory have
	Settings *Settings
	Without  []string
}

func (t TrialOptions) none() bool { return len(t.words()) == 0 }

// words are what was said, as a name.
func (t TrialOptions) words() (out []string) {
	if t.Profile != "" {
		out = append(out, t.Profile)
	}
	for _, w := range [][2]string{
		{"min_version", t.MinVersion}, {"suites", strings.Join(t.Suites, " ")}, {"secure", t.Secure}, {"reset", t.Reset}, {"bare", t.Bare}, {"restart", t.Restart},
		{"without", strings.Join(t.Without, " ")},
	} {
		if w[1] != "" {
			out = append(out, w[0]+" "+w[1])
		}
	}
	return out
}

func (o Options) checkTrial(s *Settings) error {
	t := o.Trial
	if t.none() {
		return nil
	}
	base := o
	base.Trial = TrialOptions{}
	if t.Profile != "" {
		base.Profile, base.MinVersion, base.Suites = t.Profile, "", nil
		base.Secure, base.Reset, base.Bare, base.Restart, base.TrustFrom, base.TrustUntil = "", "", "", "", nil, ""
	}
	base.MinVersion = cmp.Or(t.MinVersion, base.MinVersion)
	base.Secure, base.Reset, base.Bare, base.Restart = cmp.Or(t.Secure, base.Secure), cmp.Or(t.Reset, base.Reset), cmp.Or(t.Bare, base.Bare), cmp.Or(t.Restart, base.Restart)
	if len(t.Suites) > 0 {
		base.Suites = t.Suites
	}
	settings, err := base.Check()
	if err != nil {
		return ofTrial(err)
	}
	s.Trial = &Trial{Name: bounded(strings.Join(t.words(), ", ")), Settings: settings, Without: t.Without}
	return nil
}

// ofTrial says of an error that it is the trial's.
func ofTrial(err error) error {
	var s *SettingError
	if !errors.As(err, &s) {
		return fmt.Errorf("trial: %w", err)
	}
	named := *s
	named.Name = "trial." + s.Name
	if s.Name == "profile" {
		named.Name = "trial"
	}
	return &named
}

// permissions are those of a list that a trial has.
func (t *Trial) permissions(all []*Permission) []*Permission {
	if slices.Contains(t.Without, allPermissions) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(all), func(p *Permission) bool { return slices.Contains(t.Without, p.Name) })
}
