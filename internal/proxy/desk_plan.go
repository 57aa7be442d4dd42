package proxy

import (
	"errors"
	"net"
	"net/http"
)

// The sides of a desk.
const (
	metricsSide = iota
	adminSide
	sidesOfDesk
)

// A deskPlan is what a desk would have by other settings: its sockets are open,
// and nobody answers there yet.
type deskPlan struct {
	desk     *desk
	settings *Settings
	at       [sidesOfDesk]Address      // zero: nowhere
	opened   [sidesOfDesk]net.Listener // nil: that side stays
}

// plan opens the sockets that are missing, all of them or none.
func (d *desk) plan(settings *Settings) (*deskPlan, error) {
	p := &deskPlan{desk: d, settings: settings, at: [sidesOfDesk]Address{settings.Metrics, settings.Admin}}
	open := [sidesOfDesk]func(Address) (net.Listener, error){d.listenMetrics, d.listenAdmin}
	for i, a := range p.at {
		if a == (Address{}) || d.sides[i] != nil && d.sides[i].named == a {
			continue
		}
		var err error
		if p.opened[i], err = open[i](a); err != nil {
			p.opened[i] = nil
			return nil, errors.Join(err, p.drop())
		}
	}
	return p, nil
}

// drop shuts what was opened for nothing.
func (p *deskPlan) drop() (err error) {
	for _, l := range p.opened {
		if l != nil {
			err = errors.Join(err, l.Close())
		}
	}
	return err
}

// carryOut has the desk be as planned.
func (p *deskPlan) carryOut() {
	d := p.desk
	d.answerAdmin(p.settings.AdminProfiles)
	handlers := [sidesOfDesk]http.Handler{
		d.process.Handler(d.ready),
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { d.admin.Load().ServeHTTP(w, r) }),
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, l := range p.opened {
		gone := d.sides[i] != nil && d.sides[i].named != p.at[i]
		if gone {
			go d.sides[i].finish()
			d.sides[i] = nil
		}
		if l != nil {
			d.sides[i] = openSide(l, handlers[i])
			if d.sides[i].named = p.at[i]; i == adminSide {
				d.sides[i].at = p.at[i] // which the socket was moved to
			}
			p.say(i, l)
		}
	}
}

// say tells the log where to ask.
func (p *deskPlan) say(side int, l net.Listener) {
	if side == metricsSide {
		p.desk.log.Info("metrics on http://" + l.Addr().String() + "/metrics")
		return
	}
	p.desk.log.Info("admin socket on "+p.at[side].String(), "pprof", p.settings.AdminProfiles)
}
