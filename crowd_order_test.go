package parley

import (
	"net/netip"
	"testing"
	"time"
)

func TestWhoGivesWay(t *testing.T) {
	now := time.Now()
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	many, few := netip.MustParsePrefix("192.0.2.1/32"), netip.MustParsePrefix("192.0.2.2/32")
	for _, c := range []struct {
		name   string
		places []*place // the first of them gives way, if one does
		nobody bool
	}{
		{name: "who is silent, before who is slow", places: []*place{
			{since: ago(2 * time.Second), source: few}, {since: ago(time.Hour), source: many, greeted: true}, {since: ago(time.Hour), source: many, greeted: true}}},
		{name: "of two silent ones that of the larger source", places: []*place{
			{since: ago(2 * time.Second), source: many}, {since: ago(3 * time.Second), source: few}, {since: ago(0), source: many}}},
		{name: "of one source the oldest", places: []*place{
			{since: ago(3 * time.Second), source: many}, {since: ago(2 * time.Second), source: many}}},
		{name: "who is slow, where nobody is silent for long", places: []*place{
			{since: ago(6 * time.Second), source: few, greeted: true}, {since: ago(500 * time.Millisecond), source: many}, {since: ago(4 * time.Second), source: many, greeted: true}}},
		{name: "nobody who has just come", nobody: true, places: []*place{
			{since: ago(900 * time.Millisecond), source: many}, {since: ago(800 * time.Millisecond), source: many, greeted: true}}},
		{name: "nobody who is done, or is split", nobody: true, places: []*place{{since: ago(time.Hour), kept: true}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := &Listener{handshakes: map[*transport]*place{}}
			var named []*transport
			for _, p := range c.places {
				named = append(named, new(transport))
				l.handshakes[named[len(named)-1]] = p
			}
			slow, at := l.slowest(now)
			switch {
			case c.nobody && slow != nil:
				t.Errorf("%+v gives way", l.handshakes[slow])
			case !c.nobody && slow != named[0]:
				t.Errorf("%+v gives way", l.handshakes[slow])
			case c.nobody && !c.places[0].kept && !at.Equal(c.places[0].due()):
				t.Errorf("somebody may at %v", at.Sub(now))
			}
		})
	}
}
