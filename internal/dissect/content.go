package dissect

import (
	"bytes"

	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// content takes what a record held. inside says where its bytes stand, where it
// was in clear.
func (d *Dissector) content(f *flow, h wire.RecordHeader, content []byte, place trace.Place, inside func(at, n int) trace.Place) {
	switch h.Type {
	case wire.TypeHandshake:
		d.fragment(f, h, content, place, inside)
	case wire.TypeAlert:
		d.alert(f, content, place)
	case wire.TypeChangeCipherSpec:
		d.changeCipherSpec(f, content, place)
	case wire.TypeApplicationData:
		d.data(f, trace.DataDetail{Records: 1}, int64(len(content)), place)
	default:
		d.remark(f, h, place, trace.RecordDetail{})
	}
}

// fragment joins handshake bytes and takes the messages that become whole.
func (d *Dissector) fragment(f *flow, h wire.RecordHeader, content []byte, place trace.Place, inside func(at, n int) trace.Place) {
	if len(content) == 0 {
		return
	}
	err := f.joiner.add(content, h.Version, place, inside)
	for {
		m, ok := f.joiner.next()
		if !ok {
			break
		}
		d.tapMessage(f, m)
		d.message(f, m)
	}
	if err != nil {
		d.remark(f, h, place, trace.RecordDetail{Why: "a handshake message in it says that it is longer than any that is read here"})
		f.joiner.reset()
		d.damaged(f)
	}
}

// alert takes an alert that could be read.
func (d *Dissector) alert(f *flow, content []byte, place trace.Place) {
	for ; len(content) >= 2; content = content[2:] {
		a := trace.AlertDetail{Level: wire.AlertLevel(content[0]), Alert: wire.Alert(content[1])}
		d.answeredBy(f, a, place)
		d.emit(trace.Event{Name: trace.AlertEvent, From: d.side(f), Place: place, Detail: a})
		switch {
		case a.Alert == wire.AlertCloseNotify:
			f.closeNotify = true
		case a.Alert == wire.AlertNoRenegotiation && d.side(f) == trace.Client:
			d.asked = false
		}
		d.endedBy(f, a, place)
	}
}

// alertInClear takes an alert that a side sent in clear though it has keys: two
// bytes have no room for a protection.
func (d *Dissector) alertInClear(f *flow, h wire.RecordHeader, fragment []byte, place trace.Place) bool {
	if h.Type != wire.TypeAlert || len(fragment) != 2 {
		return false
	}
	d.tellClear(f, h, place, fragment)
	d.tapRead(f, h, h.Type, fragment, place.Offset)
	d.remarkVersion(f, h, place, 0)
	d.alert(f, fragment, place)
	return true
}

// data tells application data that was read.
func (d *Dissector) data(f *flow, detail trace.DataDetail, n int64, place trace.Place) {
	if d.splits(f, detail.Sealed, n, place) {
		detail.Short = 1
	}
	if n == 0 {
		return // an empty record, as one is sent before data against attacks on CBC
	}
	d.beforeFinished(d.side(f), place)
	e := trace.Event{Name: trace.Data, From: d.side(f), Place: place}
	if d.crosses() {
		e.Name = trace.Crossed
	}
	if e.From == trace.Client {
		detail.FromClient, d.fromClient = n, d.fromClient+n
	} else {
		detail.ToClient, d.toClient = n, d.toClient+n
	}
	d.events.data(d.stamp(e), detail)
}

// beforeFinished meets data of a side that has new keys and has not ended its
// handshake. It must not come; but where records are missing, Finished is one of
// them, and who sends data takes the handshake for done.
func (d *Dissector) beforeFinished(side trace.Side, place trace.Place) {
	h := d.handshake
	switch {
	case h == nil || !h.keyed[side] || h.finished[side] || h.version == wire.VersionTLS13:
	case h.broken:
		h.finished[side] = true
		d.done(h, place)
	default:
		h.disorder = true
	}
}

// sealedData tells application data that stays sealed.
func (d *Dissector) sealedData(f *flow, n int, place trace.Place) {
	if d.version == wire.VersionTLS13 && d.handshake != nil {
		// The rest of the handshake looks like data.
		h := wire.RecordHeader{Type: wire.TypeApplicationData, Version: wire.VersionTLS12, Length: n}
		d.remark(f, h, place, trace.RecordDetail{Sealed: true, Why: f.protection.why})
		d.concludedModern(f, place)
		return
	}
	d.data(f, trace.DataDetail{Sealed: true, Records: 1}, int64(n), place)
}

// changeCipherSpec brings a side's new keys into use.
func (d *Dissector) changeCipherSpec(f *flow, content []byte, place trace.Place) {
	if !bytes.Equal(content, []byte{1}) {
		d.remark(f, wire.RecordHeader{Type: wire.TypeChangeCipherSpec, Version: d.version, Length: len(content)}, place,
			trace.RecordDetail{Why: "it is no ChangeCipherSpec, which is the byte 1"})
		return
	}
	f.joiner.reset()
	d.newKeys(f, place)
}
