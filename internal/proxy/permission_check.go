package proxy

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/proxy/inventory"
)

// PermissionOptions are a permission as words, the way a file gives it.
type PermissionOptions struct {
	Name, Owner, Reason                 string
	Until, After                        string
	From, SNI, Certificate, Fingerprint []string
	MinVersion                          string
	Suites                              []string
	Secure, Reset, Bare, Restart        string
	Leniencies                          []string
}

// Check makes a permission of the words. Its errors are *SettingErrors whose
// names are keys of the file, within the permission.
func (o PermissionOptions) Check() (*Permission, error) {
	p := &Permission{Name: o.Name, Owner: o.Owner, Reason: o.Reason}
	for name, word := range map[string]string{"owner": o.Owner, "reason": o.Reason} {
		if word == inventory.FillIn {
			return nil, &SettingError{Name: name, Value: word, Problem: "nobody has filled this in", Advice: "say who is asked about it, and why it is needed"}
		}
	}
	for _, check := range []func(*Permission) error{o.checkEnd, o.checkMatch, o.checkGrant, o.checkWho} {
		if err := check(p); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (o PermissionOptions) checkEnd(p *Permission) error {
	day, err := time.Parse(time.DateOnly, o.Until)
	if err != nil {
		return &SettingError{Name: "until", Value: o.Until, Problem: "this is not a date", Advice: "write it as in RFC 3339, such as " + time.Now().AddDate(0, 3, 0).Format(time.DateOnly)}
	}
	p.Until = day.AddDate(0, 0, 1) // the day itself is in
	p.Ends, err = choose("after", o.After, choice[bool]{"warn", false}, choice[bool]{"refuse", true})
	return err
}

// Forms of what a client may be known by.
var (
	ja3Form  = regexp.MustCompile(`^[0-9a-f]{32}$`)
	ja4Form  = regexp.MustCompile(`^[tqd][0-9s][0-9a-z]{8}_[0-9a-f]{12}_[0-9a-f]{12}$`)
	nameForm = regexp.MustCompile(`^(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*$`)
	sumForm  = regexp.MustCompile(`^[0-9a-f]{2}(:[0-9a-f]{2}){31}$`)
)

func (o PermissionOptions) checkMatch(p *Permission) error {
	if len(o.From)+len(o.SNI)+len(o.Certificate)+len(o.Fingerprint) == 0 {
		return &SettingError{Name: "match", Problem: "this describes everybody, so that nobody in particular is permitted anything", Advice: "say from, sni, certificate or fingerprint"}
	}
	for _, word := range o.From {
		network, err := parseNetwork("match.from", word)
		if err != nil {
			return err
		}
		p.Match.From = append(p.Match.From, network)
	}
	for _, word := range o.SNI {
		name := strings.ToLower(word)
		if !nameForm.MatchString(name) {
			return &SettingError{Name: "match.sni", Value: word, Problem: "this is not a name", Advice: "write one such as old.example, or *.old.example for all one label below it"}
		}
		p.Match.SNI = append(p.Match.SNI, name)
	}
	for _, word := range o.Fingerprint {
		if !ja3Form.MatchString(word) && !ja4Form.MatchString(word) {
			return &SettingError{Name: "match.fingerprint", Value: word, Problem: "this is neither a JA3 nor a JA4", Advice: "copy it from the log (ja3) or from parley listen --explain"}
		}
		p.Match.Fingerprint = append(p.Match.Fingerprint, word)
	}
	for _, word := range o.Certificate {
		if sum := strings.ToLower(word); sumForm.MatchString(sum) {
			word = strings.ReplaceAll(sum, ":", "")
		}
		p.Match.Certificate = append(p.Match.Certificate, word)
	}
	return nil
}

func (o PermissionOptions) checkGrant(p *Permission) (err error) {
	g := &p.Grant
	if g.MinVersion, err = parseVersion("grant.min_version", o.MinVersion); err != nil {
		return err
	}
	var suites Settings
	if err := (Options{Suites: o.Suites}).checkSuites(&suites); err != nil {
		named := *err.(*SettingError)
		named.Name = "grant.suites"
		return &named
	}
	g.Suites = suites.Suites
	for _, k := range []struct {
		name, word string
		kind       parley.Kind
		to         *parley.Answer
	}{
		{"grant.secure", o.Secure, parley.KindSecure, &g.Secure}, {"grant.reset", o.Reset, parley.KindReset, &g.Reset},
		{"grant.bare", o.Bare, parley.KindBare, &g.Bare}, {"grant.restart", o.Restart, parley.KindRestart, &g.Restart},
	} {
		if *k.to, err = parseAnswer(k.name, k.word, k.kind); err != nil {
			return err
		}
	}
	g.Leniencies, err = parseLeniencies("grant.leniencies", o.Leniencies)
	return err
}

// checkWho holds a grant to clients of whom its proof can be asked.
func (o PermissionOptions) checkWho(p *Permission) error {
	g := p.Grant
	switch answers := max(g.Secure, g.Reset, g.Bare, g.Restart) != 0; {
	case g.MinVersion == 0 && len(g.Suites) == 0 && !answers && len(g.Leniencies) == 0:
		return &SettingError{Name: "grant", Problem: "nothing is granted", Advice: "say min_version, suites, secure, reset, bare, restart or leniencies"}
	case len(o.Certificate) > 0 && slices.Contains(g.Leniencies, PremasterVersion):
		return &SettingError{Name: "grant.leniencies", Value: string(PremasterVersion), Problem: "a client proves its certificate when its premaster secret has come already", Advice: "grant it by from, sni or fingerprint, in a permission of its own"}
	case len(o.Certificate) > 0 && (g.MinVersion != 0 || len(g.Suites) > 0):
		return &SettingError{Name: "grant", Problem: "a client shows its certificate when version and suite are agreed on already", Advice: "grant them by from, sni or fingerprint, in a permission of their own"}
	}
	if len(o.From)+len(o.Certificate) > 0 {
		return nil
	}
	for _, k := range []parley.Kind{parley.KindReset, parley.KindBare} {
		if a := g.answer(k); whyNamed(k, a) != "" {
			return &SettingError{Name: "grant." + k.String(), Value: a.String(), Problem: whyNamed(k, a), Advice: "name the clients by from or certificate too: anybody can send their sni and their fingerprint"}
		}
	}
	return nil
}
