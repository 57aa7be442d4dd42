package renego_test

import (
	"testing"

	"github.com/parley-tls/parley/internal/renego"
)

func TestTermsHaveTheirRules(t *testing.T) {
	for terms, want := range map[renego.Terms]renego.Rule{
		renego.TermsInitial:  {FullReply: false, Sessions: renego.SessionsAny, MayBeFull: true, Stream: renego.StreamBegins},
		renego.TermsSecure:   {FullReply: true, Sessions: renego.SessionsAlike, MayBeFull: true, Stream: renego.StreamGoesOn},
		renego.TermsBound:    {FullReply: true, Sessions: renego.SessionsInUse, MayBeFull: false, Stream: renego.StreamGoesOn},
		renego.TermsResumed:  {FullReply: true, Sessions: renego.SessionsInUse, MayBeFull: false, Stream: renego.StreamGoesOn},
		renego.TermsIsolated: {FullReply: false, Sessions: renego.SessionsAny, MayBeFull: true, Stream: renego.StreamSplits},
		renego.TermsTrusted:  {FullReply: true, Sessions: renego.SessionsInUse, MayBeFull: true, Stream: renego.StreamGoesOn},
	} {
		if got := terms.Rule(); got != want {
			t.Errorf("%s: %+v, want %+v", terms, got, want)
		}
	}
}

// What follows from the table for safety, said apart from it.
func TestWhatGoesOnWithoutProofIsNamedTrusted(t *testing.T) {
	for terms := renego.TermsInitial; terms <= renego.TermsTrusted; terms++ {
		r := terms.Rule()
		if r.Stream != renego.StreamGoesOn {
			if r.FullReply {
				t.Errorf("%s: a new stream is answered with another's verify_data", terms)
			}
			continue
		}
		if r.Sessions == renego.SessionsAny {
			t.Errorf("%s: a stream that goes on may resume anyone's session", terms)
		}
		if r.MayBeFull && terms != renego.TermsSecure && terms != renego.TermsTrusted {
			t.Errorf("%s: a full handshake, which proves nothing about this connection", terms)
		}
	}
}
