package starttls

import "bytes"

// A pop3 follows RFC 2595, section 4: each command has one line of +OK or -ERR,
// whatever follows it.
type pop3 struct {
	greeted bool
	waiting int // replies to come
	asked   bool
	ours    int // replies to come up to the one to STLS, where asked
	offer   offer
	verb    string
}

func (*pop3) name() string { return "POP3" }

func (p *pop3) client(line []byte, _ *lines) effect {
	verb, _ := word(line)
	p.waiting++
	p.verb = verb
	if verb == "STLS" {
		p.asked, p.ours = true, p.waiting
		return effect{what: asks}
	}
	return effect{}
}

func (p *pop3) server(line []byte, _ *lines) effect {
	first, _ := word(line)
	switch {
	case first == "STLS" && p.verb == "CAPA":
		p.offer.made = true
	case first == "+OK" || first == "-ERR" || bytes.HasPrefix(line, []byte("+ ")):
		return p.reply(first)
	}
	return effect{}
}

func (p *pop3) reply(first string) effect {
	if !p.greeted {
		p.greeted = true
		if first == "-ERR" {
			return effect{what: ends, why: "the server turned the client away with -ERR"}
		}
		return effect{}
	}
	ours := p.asked && p.ours <= 1
	p.waiting, p.ours = max(0, p.waiting-1), max(0, p.ours-1)
	p.offer.listed = p.offer.listed || p.verb == "CAPA" && first == "+OK"
	switch {
	case ours && first == "+OK":
		return effect{what: agrees}
	case ours && first == "-ERR":
		p.asked = false
		return effect{what: refuses, why: "the server answered STLS with -ERR"}
	case p.verb == "PASS" && p.waiting == 0 && first == "+OK":
		return effect{what: ends, why: "the client logged in in clear, and STLS is allowed before that only"}
	}
	return effect{}
}

func (p *pop3) why() string { return p.offer.why(p.asked) }
