package proxy

import (
	"context"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/proxy/rehearse"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/wire"
)

// Bounds of a trial. Hellos that are answered alike are played once.
const (
	maxPlayed = 4096 // answers that are kept
	atATime   = 2    // rehearsals; hellos that come amid them and were never played are not tried
)

// A trier tries clients against other settings. What it does costs the way of the
// bytes nothing, and the clients do not notice.
type trier struct {
	trial       *Trial
	config      *parley.Config // by its settings; its keys sign nonsense
	permissions []*Permission
	places      chan struct{}

	mu     sync.Mutex // guards what follows
	played map[trialKey]rehearse.Served
}

// A trialKey is what an answer to a first hello depends on.
type trialKey struct {
	shape     [32]byte
	permitted string // the names of permissions
}

// newTrier makes one of the settings and the Config that clients are served by;
// nil: nothing is tried.
func newTrier(s *Settings, served *parley.Config) *trier {
	if s.Trial == nil {
		return nil
	}
	by := s.Trial.Settings
	config := &parley.Config{
		Certificates: rehearse.Keyless(served.Certificates), MinVersion: by.MinVersion, MaxVersion: by.MaxVersion, CipherSuites: by.Suites,
		ALPN: by.ALPN, Policy: by.Policy, NoTickets: true, NoSessionIDs: true,
	}
	t := &trier{trial: s.Trial, config: config, permissions: s.Trial.permissions(s.Permissions), places: make(chan struct{}, atATime), played: map[trialKey]rehearse.Served{}}
	if trust := by.Trust; !trust.none() {
		config.Answer = (&truster{trust: trust, log: slog.New(slog.DiscardHandler), now: time.Now}).answer
	}
	if len(t.permissions) > 0 {
		config.ForClient = newPermitter(t.permissions, config).forClient
	}
	return t
}

// first tries a first hello, and tells when it knows; off the caller's way where
// it has to be played. It says whether it is tried at all.
func (t *trier) first(hello *wire.ClientHello, v visitor, tell func(rehearse.Served)) bool {
	var names []string
	for _, p := range fittingOf(t.permissions, v, time.Now()) {
		names = append(names, p.Name)
	}
	key := trialKey{rehearse.Shape(hello), strings.Join(names, "\x00")}
	t.mu.Lock()
	known, ok := t.played[key]
	t.mu.Unlock()
	if ok {
		tell(known)
		return true
	}
	select {
	case t.places <- struct{}{}:
	default:
		return false
	}
	go func() {
		defer func() { <-t.places }()
		served := rehearse.Play(t.config, rehearse.Client{Hello: hello, Header: wire.VersionTLS10, From: v.from})
		t.keep(key, served)
		tell(served)
	}()
	return true
}

func (t *trier) keep(key trialKey, served rehearse.Served) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.played) >= maxPlayed {
		clear(t.played)
	}
	t.played[key] = served
}

// second tries a second hello, and gives the finding that it would be refused
// with; empty: it would not, or is not served now either.
func (t *trier) second(h secondHello, v visitor, state parley.State) string {
	if h.Answer == "" || h.Answer == parley.AnswerAbort.String() || h.verdict.Kind == parley.KindForged {
		return ""
	}
	ctx := context.Background()
	info := &parley.ClientInfo{RemoteAddr: v.from, ServerName: v.sni, JA3: v.ja3, JA4: v.ja4}
	config := t.config
	if config.ForClient != nil {
		if permitted, err := config.ForClient(ctx, info); err == nil && permitted != nil {
			config = permitted
		}
	}
	answer := config.Policy.Answer(h.verdict)
	if config.Answer != nil {
		if a := config.Answer(ctx, &parley.SecondHello{Kind: h.verdict.Kind, Default: answer, State: state, Hello: info}); a != parley.AnswerDefault {
			answer = a
		}
	}
	switch decision := renego.Decide(h.verdict, answer); {
	case decision.Answer.String() == h.Answer, decision.Answer == parley.AnswerAccept:
		return ""
	case decision.Answer == parley.AnswerRefuse:
		return "reneg-refused"
	}
	return h.verdict.Kind.Finding()
}

// visitorOf is what is known of a session's client.
func (x *session) visitorOf(t story) visitor {
	return visitor{x.client.RemoteAddr(), x.first.ServerName, t.ja3, t.ja4}
}

// A trialTeller names whom trials would refuse in the log: each source and finding
// once a day, and of all no more than many.
type trialTeller struct {
	mu   sync.Mutex // guards what follows
	day  string
	told map[string]bool
}

// trialMessage is said of a source and a finding.
const trialMessage = "a trial would refuse a client, which is served; of this source and finding this is told once a day, and parley clients --trial counts"

// mostToldOfTrial bounds the lines of a day.
const mostToldOfTrial = 1000

func (t *trialTeller) tell(log *slog.Logger, trial, finding, why string, client net.Addr, about story) {
	source := client.String()
	if p, ok := sourceOf(client); ok {
		source = p.String()
	}
	day, key := time.Now().UTC().Format(time.DateOnly), source+" "+finding
	t.mu.Lock()
	if t.day != day {
		t.day, t.told = day, map[string]bool{}
	}
	again, full := t.told[key], len(t.told) >= mostToldOfTrial
	if !full {
		t.told[key] = true
	}
	t.mu.Unlock()
	if again || full {
		return
	}
	attributes := []any{"trial", trial, "source", source, "finding", finding, "ja3", about.ja3}
	if why != "" {
		attributes = append(attributes, "error", bounded(why))
	}
	log.Info(trialMessage, attributes...)
}
