package proxy

import (
	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/suite"
)

// A profile is what settings default to together.
type profile struct {
	minVersion string
	suites     func(*suite.Suite) bool // nil: the default ones
	strict     bool                    // as parley.Policy's
}

// profiles are by name. The empty one's defaults are parley.Config's own.
var profiles = []choice[profile]{
	{"modern", profile{"1.2", isModern, true}},
	{"compatible", profile{}},
	{"museum", profile{suites: func(*suite.Suite) bool { return true }}},
}

// isModern has forward secrecy and a cipher that authenticates what it hides.
func isModern(s *suite.Suite) bool {
	return s.KeyExchange == suite.KeyExchangeECDHE && s.MAC == suite.MACNone
}

// profiled gives the options with their profile's defaults in, and says whether
// the profile is strict.
func (o Options) profiled() (Options, bool, error) {
	p, err := choose("profile", o.Profile, profiles...)
	if err != nil {
		return o, false, err
	}
	if o.MinVersion == "" && p.minVersion != "" {
		if highest, err := parseVersion("max-version", o.MaxVersion); err == nil && highest != 0 && o.MaxVersion < p.minVersion {
			return o, false, &SettingError{Name: "max-version", Value: o.MaxVersion, Problem: "the profile " + o.Profile + " begins with TLS " + p.minVersion, Advice: "leave --max-version out, or choose another profile"}
		}
		o.MinVersion = p.minVersion
	}
	if len(o.Suites) == 0 && p.suites != nil {
		o.Suites = namesOf(p.suites)
	}
	if p.strict {
		err = o.checkStrict()
	}
	return o, p.strict, err
}

func namesOf(chosen func(*suite.Suite) bool) []string {
	var out []string
	for _, s := range suite.All() {
		if chosen(s) {
			out = append(out, s.String())
		}
	}
	return out
}

// checkStrict refuses answers that a strict profile would pass over in silence.
func (o Options) checkStrict() error {
	for _, answer := range []struct {
		name, word string
		lax        []parley.Answer
	}{
		{"reset", o.Reset, []parley.Answer{parley.AnswerAccept, parley.AnswerAcceptFull, parley.AnswerRefuse}},
		{"bare", o.Bare, []parley.Answer{parley.AnswerResumed, parley.AnswerIsolate, parley.AnswerTrust}},
		{"restart", o.Restart, []parley.Answer{parley.AnswerIsolate}},
	} {
		for _, lax := range answer.lax {
			if answer.word == lax.String() {
				return &SettingError{Name: answer.name, Value: answer.word,
					Problem: "the profile " + o.Profile + " has only what RFC 5746 says", Advice: "leave --" + answer.name + " out, or choose --profile compatible"}
			}
		}
	}
	return nil
}
