package legacyclient

import (
	"slices"

	"github.com/parley-tls/parley/internal/wire"
)

var misbehaviours = slices.Concat(secondHellos, forgeries, restarts, crossings, disorders, records)

func kind(k HelloKind) func(*Client) Hello {
	return func(*Client) Hello { return Hello{Kind: k} }
}

// resuming offers the session in use.
func resuming(k HelloKind) func(*Client) Hello {
	return func(c *Client) Hello { return Hello{Kind: k, Session: c.Session()} }
}

func changed(k HelloKind, change func(*Client, *wire.ClientHello)) func(*Client) Hello {
	return func(c *Client) Hello {
		return Hello{Kind: k, Change: func(hello *wire.ClientHello) { change(c, hello) }}
	}
}

func noSignal(o *Options) { o.NoSCSV, o.RenegotiationInfo = true, false }

const fromBefore2010 = "clients from before RFC 5746"

var secondHellos = []Misbehaviour{{
	Name:  "proper",
	Does:  "Renegotiates as RFC 5746 has it: renegotiation_info holds its last verify_data.",
	Seen:  "every library since 2010",
	hello: kind(HelloProper),
}, {
	Name:  "proper-resumed",
	Does:  "Renegotiates as RFC 5746 has it and resumes the session in use.",
	Seen:  "SSL_renegotiate_abbreviated, GnuTLS",
	hello: resuming(HelloProper),
}, {
	Name: "reset",
	Does: "Sends under the keys in use a hello that looks first: record header 0x0301, the SCSV, no renegotiation_info, the session in use.",
	Seen: "applications on OpenSSL 1.0.x that set their SSL object back instead of calling SSL_renegotiate",
}, {
	Name:  "reset-full",
	Does:  "A reset hello that offers no session.",
	Seen:  "what a spliced first hello of a victim looks like",
	hello: func(*Client) Hello { return Hello{Kind: HelloReset, NoSession: true} },
}, {
	Name:  "bare",
	Does:  "Renegotiates as before RFC 5746: neither the SCSV nor renegotiation_info, no session.",
	Seen:  fromBefore2010,
	first: noSignal,
	hello: kind(HelloBare),
}, {
	Name:  "bare-resumed",
	Does:  "Renegotiates as before RFC 5746 and resumes the session in use.",
	Seen:  fromBefore2010,
	first: noSignal,
	hello: resuming(HelloBare),
}, {
	Name:   "again-and-again",
	Does:   "Asks to renegotiate again whenever it is refused, a thousand times.",
	Seen:   "gnutls-cli asks for ever; CVE-2011-1473",
	hello:  kind(HelloProper),
	script: askForEver,
}}

var forgeries = []Misbehaviour{{
	Name:  "forged-half",
	Does:  "A second hello whose renegotiation_info is the first half of the right one.",
	Seen:  "nobody; a comparison that stops early takes it",
	hello: forgedInfo(func(client, _ []byte) []byte { return client[:len(client)/2] }),
}, {
	Name:  "forged-both",
	Does:  "A second hello whose renegotiation_info holds both sides' verify_data, as only ServerHello's does.",
	Seen:  "nobody; a comparison by prefix takes it",
	hello: forgedInfo(func(client, server []byte) []byte { return slices.Concat(client, server) }),
}, {
	Name:  "forged-server",
	Does:  "A second hello whose renegotiation_info is the server's verify_data.",
	Seen:  "nobody",
	hello: forgedInfo(func(_, server []byte) []byte { return server }),
}, {
	Name:  "forged-empty",
	Does:  "A second hello whose renegotiation_info is empty, as in a first one.",
	Seen:  "a spliced first hello of a client that says renegotiation_info instead of the SCSV",
	hello: forgedInfo(func(_, _ []byte) []byte { return nil }),
}, {
	Name:  "forged-zeros",
	Does:  "A second hello whose renegotiation_info is of the right length and zero.",
	Seen:  "nobody; a server that forgot its verify_data takes it",
	hello: forgedInfo(func(client, _ []byte) []byte { return make([]byte, len(client)) }),
}, {
	Name:  "forged-longer",
	Does:  "A second hello whose renegotiation_info has one byte more than the right one.",
	Seen:  "nobody; a comparison by prefix takes it",
	hello: forgedInfo(func(client, _ []byte) []byte { return append(slices.Clone(client), 0) }),
}, {
	Name:  "forged-scsv",
	Does:  "A second hello with the right renegotiation_info and the SCSV beside it.",
	Seen:  "RFC 5746, section 3.7 forbids it; some clients do it all the same",
	hello: changed(HelloProper, func(_ *Client, hello *wire.ClientHello) { AddSCSV(hello) }),
}, {
	Name:  "forged-unsignalled",
	Does:  "A reset hello on a connection whose first hello said nothing of RFC 5746.",
	Seen:  "a spliced first hello inside an old client's connection",
	first: noSignal,
}, {
	Name: "forged-tls13",
	Does: "A reset hello that offers TLS 1.3 too.",
	Seen: "a spliced first hello of a client of today",
	hello: changed(HelloReset, func(_ *Client, hello *wire.ClientHello) {
		SetExtension(hello, wire.SupportedVersionsExtension([]wire.Version{wire.VersionTLS13, wire.VersionTLS12}))
	}),
}, {
	Name: "forged-malformed",
	Does: "A second hello whose renegotiation_info is longer than its length says.",
	Seen: "nobody",
	hello: changed(HelloProper, func(c *Client, hello *wire.ClientHello) {
		e := wire.RenegotiationInfoExtension(c.state.ClientVerifyData)
		e.Data = append(e.Data, 0)
		SetExtension(hello, e)
	}),
}}

func forgedInfo(data func(client, server []byte) []byte) func(*Client) Hello {
	return changed(HelloProper, func(c *Client, hello *wire.ClientHello) {
		SetRenegotiationInfo(hello, data(c.state.ClientVerifyData, c.state.ServerVerifyData))
	})
}

// askForEver renegotiates until something but a refusal comes of it.
func askForEver(c *Client, h Hello) error {
	err := ErrRefused
	for n := 0; n < 1000 && isRefusal(err); n++ {
		err = c.Renegotiate(h)
	}
	return err
}
