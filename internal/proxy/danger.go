package proxy

import (
	"slices"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// A Danger is what a grant costs, in SECURITY.md's words.
type Danger struct {
	Grant string `json:"grant"`
	Costs string `json:"costs"`
}

// What each thing costs that a grant may allow.
const (
	costsOldVersion = "Handshake signatures and transcript on MD5 and SHA-1; CBC with chained IVs in TLS 1.0 (BEAST): application data is split 1/n-1. No AEAD."
	costsCBC        = "Padding oracles (Lucky Thirteen) if opened carelessly: here the work is the same for every padding."
	costsRSA        = "No forward secrecy: the private key opens old recordings. A Bleichenbacher surface: a bad premaster goes the same way as a good one, in the same time, through one function."
	costs3DES       = "64-bit blocks: about 32 GB under one key begin to leak (Sweet32)."
	costsRC4        = "Biased keystream; forbidden by RFC 7465."
	costsPremaster  = "A second witness of the version that a client offered is not heard: an RSA premaster secret may have the version agreed on inside. The Finished messages, over the whole hello, remain."
	costsTruncation = "Anyone on the path can cut a client's stream so that it looks whole to the backend."
)

// costsOfAnswers are by kind and answer. Those that are not here cost nothing that
// RFC 5746 would not have.
var costsOfAnswers = map[parley.Kind]map[parley.Answer]string{
	parley.KindReset: {
		parley.AnswerAccept:     "Departs from RFC 5746, section 3.7: the session binds such a hello to its connection, and not the extension.",
		parley.AnswerAcceptFull: "A full handshake proves nothing about who began the connection: a victim who does not check renegotiation_info can be spliced into it (CVE-2009-3555).",
	},
	parley.KindBare: {
		parley.AnswerResumed: "A client from before RFC 5746 renegotiates by resumption; bound by session.",
		parley.AnswerIsolate: "One TCP connection can be several streams, begun by the client only, since the hello must open under its keys.",
		parley.AnswerTrust:   "Nothing binds such a hello to the connection it arrives in: anybody's first handshake can be spliced into it (CVE-2009-3555).",
	},
	parley.KindRestart: {
		parley.AnswerIsolate: "One TCP connection can be several streams, up to nine. Anyone on the path can end one and begin another, never cleanly and never joined.",
	},
}

// Dangers are what a grant costs, in the order of the file.
func (g Grant) Dangers() (out []Danger) {
	if v := wire.Version(g.MinVersion); v != 0 && v < wire.VersionTLS12 {
		out = append(out, Danger{v.String(), costsOldVersion})
	}
	out = append(out, g.dangersOfSuites()...)
	for _, k := range []parley.Kind{parley.KindSecure, parley.KindReset, parley.KindBare, parley.KindRestart} {
		if costs := costsOfAnswers[k][g.answer(k)]; costs != "" {
			out = append(out, Danger{k.String() + " " + g.answer(k).String(), costs})
		}
	}
	for _, l := range g.Leniencies {
		out = append(out, Danger{string(l), dangers[l].costs})
	}
	return out
}

// dangersOfSuites tell each once, however many suites have it.
func (g Grant) dangersOfSuites() (out []Danger) {
	for _, one := range []struct {
		grant, costs string
		has          func(*suite.Suite) bool
	}{
		{"RC4", costsRC4, func(s *suite.Suite) bool { return s.Cipher == suite.CipherRC4 }},
		{"3DES", costs3DES, func(s *suite.Suite) bool { return s.Cipher == suite.Cipher3DESCBC }},
		{"CBC suites", costsCBC, (*suite.Suite).IsCBC},
		{"RSA key exchange", costsRSA, func(s *suite.Suite) bool { return s.KeyExchange == suite.KeyExchangeRSA }},
	} {
		if slices.ContainsFunc(g.Suites, func(id uint16) bool { return one.has(suite.ByID(wire.SuiteID(id))) }) {
			out = append(out, Danger{one.grant, one.costs})
		}
	}
	return out
}
