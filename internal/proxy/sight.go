package proxy

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/proxy/inventory"
	"github.com/parley-tls/parley/internal/wire"
)

// sightEvery is how often a client that stays connected is seen again, though
// nothing else is to be told of it.
const sightEvery = time.Hour

// A sight is what was told of a stream. session.counting guards it.
type sight struct {
	who  inventory.Who
	last time.Time // zero: it was not seen yet
	told int       // second hellos
}

// sight tells the inventory that a client came, and has it tried.
func (x *session) sight() {
	hello := x.server.stories.shown(x.client.Number(), x.first.Handshake)
	t := x.server.stories.look(x.client.Number(), x.first.Handshake)
	x.sightFirst(hello, t)
	x.try(hello, t)
}

func (x *session) sightFirst(hello *wire.ClientHello, t story) {
	x.counting.Lock()
	defer x.counting.Unlock()
	x.seen.who = inventory.Who{
		Listener: x.settings.label(), Source: x.source(), JA3: t.ja3, JA4: t.ja4, SNI: x.first.ServerName, Certificate: certificateOf(x.first),
	}
	s := x.sighting()
	s.Began, s.Hello, s.Certificates = x.first.Handshake == 0, hello, x.by.config.Certificates
	s.Version, s.Suite = wire.Version(x.first.Version), wire.SuiteID(x.first.CipherSuite)
	if s.Certificate != "" {
		s.Name = x.first.PeerCertificates[0].Subject.CommonName
	}
	x.server.commons.clients.Add(s)
}

// sighting is one more. x.counting is held.
func (x *session) sighting() inventory.Sighting {
	x.seen.last = time.Now()
	return inventory.Sighting{Who: x.seen.who, At: x.seen.last, Permissions: slices.Sorted(maps.Keys(x.used))}
}

// sightAgain tells what is new of a stream; at its end, by which word it ended.
func (x *session) sightAgain(t story, end string) {
	x.counting.Lock()
	defer x.counting.Unlock()
	if x.seen.last.IsZero() {
		return
	}
	news := x.seen.news(t.hellos.told, end)
	x.tryAgain(t, news)
	if end != "" {
		x.tryLeniencies(t, x.forgivenSoFar())
	}
	if end == "" && len(news) == 0 && time.Since(x.seen.last) < sightEvery {
		return
	}
	s := x.sighting()
	for _, h := range news {
		s.Second = append(s.Second, inventory.Second{Kind: h.verdict.Kind, Resumes: h.verdict.Resumes, Terms: h.terms, Lived: h.lived(end)})
		s.Findings = append(s.Findings, h.Finding)
	}
	if end != "" && !slices.Contains(s.Findings, end) {
		s.Findings = append(s.Findings, end)
	}
	x.server.commons.clients.Add(s)
}

// news are the second hellos of which the inventory has not heard, and of which it
// is known what became of them: of one that was refused that is known at the end.
func (s *sight) news(hellos []secondHello, end string) []secondHello {
	n := s.told
	if n > len(hellos) {
		return nil // the stream's story is over, and who asks came too late for it
	}
	for n < len(hellos) && (end != "" || hellos[n].settled()) {
		n++
	}
	out := hellos[s.told:n]
	s.told = n
	return out
}

func (h secondHello) settled() bool {
	return h.Outcome != outcomeNone || h.Answer == parley.AnswerAbort.String() || h.Answer == parley.AnswerIsolate.String()
}

// The ends of those who cannot live with a refusal.
var insistent = []string{"reneg-refused", "reneg-insisted"}

func (h secondHello) lived(end string) bool {
	return h.Answer == parley.AnswerRefuse.String() && !slices.Contains(insistent, end)
}

// sightUnserved tells the inventory of a client whose first handshake failed. Who
// said no hello is nobody that could be told from others.
func (s *Server) sightUnserved(t *story, e parley.Event) {
	if t.hello == nil && t.failure.Finding != "hello-ssl2" {
		return
	}
	by := s.birthOf(e.Conn).generation
	var source netip.Prefix
	if from, err := netip.ParseAddrPort(t.client); err == nil {
		source = inventory.SourceOf(from.Addr())
	}
	s.commons.clients.Add(inventory.Sighting{
		Who: inventory.Who{Listener: by.settings.label(), Source: source}, At: time.Now(), Began: t.handshake == 0, Failed: true,
		Hello: t.hello, Certificates: by.config.Certificates, Findings: []string{t.failure.Finding},
	})
}

// sightLive tells what is new of the streams that live.
func (s *Server) sightLive() {
	s.mu.Lock()
	live := slices.Collect(maps.Keys(s.sessions))
	s.mu.Unlock()
	for _, x := range live {
		x.sightAgain(s.stories.look(x.client.Number(), x.first.Handshake), "")
	}
	for _, x := range s.passages.all() {
		x.sightAgain(time.Now())
	}
}

// label is what tables call a listener.
func (s *Settings) label() string { return cmp.Or(s.Name, s.Listen.String()) }

// certificateOf is the SHA-256 of a client's certificate, as openssl prints it;
// empty: it showed none that an authority vouches for.
func certificateOf(s parley.State) string {
	if len(s.VerifiedChains) == 0 || len(s.PeerCertificates) == 0 {
		return ""
	}
	sum := sha256.Sum256(s.PeerCertificates[0].Raw)
	return strings.ToUpper(strings.ReplaceAll(fmt.Sprintf("% x", sum[:]), " ", ":"))
}
