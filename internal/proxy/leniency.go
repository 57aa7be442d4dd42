package proxy

import "slices"

// A Leniency is something that the server puts up with from the clients of a
// permission, and from nobody else.
type Leniency string

// NoCloseNotify has a stream that its client ends without close_notify end at the
// backend as if it were whole. RFC 5246, section 7.2.1, wants the alert, so that
// nobody else can end a stream unseen.
const NoCloseNotify Leniency = "no-close-notify"

// leniencies are all of them.
var leniencies = []Leniency{NoCloseNotify}

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

// danger is what a leniency costs.
func (l Leniency) danger() string {
	return "streams of permitted clients that are cut short end at the backend as if they were whole: anyone on the path can cut one"
}

// costs is what SECURITY.md says of it.
func (l Leniency) costs() string { return costsTruncation }

// permits says whether the client of a session is permitted a leniency.
func (x *session) permits(l Leniency) bool {
	t := x.server.stories.look(x.client.Number(), x.first.Handshake)
	return slices.ContainsFunc(x.fitting(t), func(p *Permission) bool {
		return slices.Contains(p.Grant.Leniencies, l) && p.Match.proves(x.client.State())
	})
}
