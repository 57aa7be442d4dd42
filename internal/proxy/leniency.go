package proxy

import "slices"

// A Leniency is something that the server puts up with from the clients of a
// permission, and from nobody else.
type Leniency string

// NoCloseNotify has a stream that its client ends without close_notify end at the
// backend as if it were whole. RFC 5246, section 7.2.1, wants the alert, so that
// nobody else can end a stream unseen.
const NoCloseNotify Leniency = "no-close-notify"

// PremasterVersion accepts an RSA premaster secret that has the version agreed on
// inside, and not the one that the client offered (RFC 5246, section 7.4.7.1). It
// is what OpenSSL's SSL_OP_TLS_ROLLBACK_BUG is for.
const PremasterVersion Leniency = "premaster-version"

// leniencies are all of them.
var leniencies = []Leniency{NoCloseNotify, PremasterVersion}

func parseLeniencies(name string, words []string) (out []Leniency, err error) {
	var choices []choice[Leniency]
	for _, l := range leniencies {
		choices = append(choices, choice[Leniency]{string(l), l})
	}
	for _, word := range words {
		l, err := choose(name, word, choices...)
		if err != nil {
			return nil, err
		}
		if l != "" && !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out, nil
}

// dangers are what each is warned of by at start, and what SECURITY.md says of it.
var dangers = map[Leniency]struct{ warning, costs string }{
	NoCloseNotify: {
		"streams of permitted clients that are cut short end at the backend as if they were whole: anyone on the path can cut one",
		costsTruncation,
	},
	PremasterVersion: {
		"permitted clients may write another version into their RSA premaster secret than they offered: what they offered is witnessed by the Finished messages alone",
		costsPremaster,
	},
}

// permits says whether the client of a session is permitted a leniency.
func (x *session) permits(l Leniency) bool {
	t := x.server.stories.look(x.client.Number(), x.first.Handshake)
	return slices.ContainsFunc(x.fitting(t), func(p *Permission) bool {
		return slices.Contains(p.Grant.Leniencies, l) && p.Match.proves(x.client.State())
	})
}
