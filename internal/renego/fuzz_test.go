package renego_test

import (
	"slices"
	"testing"

	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/wire"
)

// Whatever a second hello holds, it has one kind, that kind's claims hold, and
// no answer to it goes further than the design lets it.
func FuzzClassify(f *testing.F) {
	for _, h := range []*wire.ClientHello{
		hello(), hello(scsv), hello(info(clientVerify)), hello(info(nil), scsv), hello(scsv, offersID), hello(scsv, offersTicket),
		hello(malformedInfo(1)), hello(scsv, versions(wire.VersionTLS13)),
	} {
		f.Add([]byte(h.Marshal()), true, true)
		f.Add([]byte(h.Marshal()), false, false)
	}
	f.Fuzz(func(t *testing.T, raw []byte, inside, signalled bool) {
		second, err := wire.ParseClientHello(raw)
		if err != nil {
			return
		}
		first := hello()
		if signalled {
			first = hello(scsv)
		}
		v := renego.Classify(connection(wire.VersionTLS12, first), second, inside)
		data, present, infoErr := second.RenegotiationInfo()
		claims := map[renego.Kind]bool{
			renego.KindSecure:  inside && string(data) == string(clientVerify) && !second.OffersSCSV(),
			renego.KindReset:   inside && !present && second.OffersSCSV() && signalled,
			renego.KindBare:    inside && !present && !second.OffersSCSV(),
			renego.KindForged:  inside && (present || second.OffersSCSV() || second.OffersVersion(wire.VersionTLS13) || infoErr != nil),
			renego.KindRestart: !inside,
		}
		if !claims[v.Kind] {
			t.Fatalf("%s, by %q", v.Kind, v.Proof)
		}
		for _, a := range answers {
			d := renego.Decide(v, a)
			if d.Answer == renego.AnswerAccept && d.Terms.Rule().Sessions == renego.SessionsInUse && !d.Terms.Rule().MayBeFull && !v.Resumes {
				t.Fatalf("%s answered %s: %+v resumes nothing", v.Kind, a, d)
			}
			if d.Answer == renego.AnswerAccept && v.Kind != renego.KindSecure && !v.Resumes && a != renego.AnswerTrust && a != renego.AnswerAcceptFull {
				t.Fatalf("%s answered %s is accepted without a proof", v.Kind, a)
			}
		}
		if v.LikeFirst && !slices.Equal(second.CipherSuites, first.CipherSuites) {
			t.Fatal("like the first, with other suites")
		}
	})
}
