package proxy

import (
	"net/netip"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/renego"
)

// checkAnswers reads the answers to second hellos. Those that would let somebody
// else's client in go to Trust, which holds for named clients only.
func (o Options) checkAnswers(s *Settings) error {
	for _, k := range []struct {
		name, word string
		kind       parley.Kind
		all, named *parley.Answer
	}{
		{"secure", o.Secure, parley.KindSecure, &s.Policy.Secure, nil},
		{"reset", o.Reset, parley.KindReset, &s.Policy.Reset, &s.Trust.Reset},
		{"bare", o.Bare, parley.KindBare, &s.Policy.Bare, &s.Trust.Bare},
		{"restart", o.Restart, parley.KindRestart, &s.Policy.Restart, nil},
	} {
		answer, err := parseAnswer(k.name, k.word, k.kind)
		if err != nil {
			return err
		}
		if k.named == nil || whyNamed(k.kind, answer) == "" {
			*k.all = answer
			continue
		}
		*k.named = answer
		if len(o.TrustFrom) == 0 {
			return &SettingError{Name: k.name, Value: k.word, Problem: whyNamed(k.kind, answer), Advice: "name the clients that need it with --trust-from CIDR"}
		}
		if lasting(answer) && o.TrustUntil == "" {
			return &SettingError{Name: k.name, Value: k.word, Problem: "this trust must end some day", Advice: "say when, such as --trust-until " + time.Now().AddDate(0, 3, 0).Format(time.DateOnly)}
		}
	}
	return o.checkTrust(s)
}

func parseAnswer(name, word string, kind parley.Kind) (parley.Answer, error) {
	var choices []choice[parley.Answer]
	for _, a := range renego.Allowed(kind) {
		choices = append(choices, choice[parley.Answer]{a.String(), a})
	}
	return choose(name, word, choices...)
}

// whyNamed says why an answer is for named clients only; empty: it is not.
func whyNamed(k parley.Kind, a parley.Answer) string {
	switch {
	case a == parley.AnswerAcceptFull:
		return "a full handshake proves nothing about who began the connection, so that a victim who does not check renegotiation_info can be spliced into it (CVE-2009-3555)"
	case a == parley.AnswerTrust:
		return "nothing binds such a hello to the connection it arrives in, so that anybody's first handshake can be spliced into it (CVE-2009-3555)"
	case a == parley.AnswerIsolate && k == parley.KindBare:
		return "it lets any client begin new streams inside one connection"
	}
	return ""
}

// lasting says whether an answer keeps the stream going with nothing that binds
// the two sides of the handshake.
func lasting(a parley.Answer) bool {
	return a == parley.AnswerAcceptFull || a == parley.AnswerTrust
}

func (o Options) checkTrust(s *Settings) error {
	named := s.Trust.Reset != 0 || s.Trust.Bare != 0
	for _, word := range o.TrustFrom {
		if !named {
			return &SettingError{Name: "trust-from", Value: word, Problem: "no answer is for named clients only", Advice: "leave it out, or choose --reset accept-full, --bare isolate or --bare trust"}
		}
		network, err := parseNetwork("trust-from", word)
		if err != nil {
			return err
		}
		s.Trust.From = append(s.Trust.From, network)
	}
	if o.TrustUntil == "" {
		return nil
	}
	if !named {
		return &SettingError{Name: "trust-until", Value: o.TrustUntil, Problem: "no answer is for named clients only", Advice: "leave it out, or choose --reset accept-full, --bare isolate or --bare trust"}
	}
	day, err := time.Parse(time.DateOnly, o.TrustUntil)
	if err != nil {
		return &SettingError{Name: "trust-until", Value: o.TrustUntil, Problem: "this is not a date", Advice: "write it as in RFC 3339, such as " + time.Now().AddDate(0, 3, 0).Format(time.DateOnly)}
	}
	s.Trust.Until = day.AddDate(0, 0, 1) // the day itself is in
	return nil
}

// parseNetwork reads a network, or one address.
func parseNetwork(name, word string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(word); err == nil && a.Zone() == "" {
		return netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), nil
	}
	p, err := netip.ParsePrefix(word)
	switch {
	case err != nil:
		return p, &SettingError{Name: name, Value: word, Problem: "this is not a network", Advice: "write an address with its prefix length, such as 192.0.2.0/24 or 2001:db8::/32"}
	case p.Bits() == 0:
		return p, &SettingError{Name: name, Value: word, Problem: "this names everybody, so nobody in particular is trusted", Advice: "name the networks of those that need it"}
	case p != p.Masked():
		return p, &SettingError{Name: name, Value: word, Problem: "bits are set behind the prefix", Advice: "write " + p.Masked().String() + ", or one address alone"}
	}
	return p, nil
}
