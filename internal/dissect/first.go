package dissect

import (
	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/dissect/starttls"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// readFirst asks where TLS begins, which may be behind a dialogue in clear.
func (d *Dissector) readFirst(f *flow, at capture.Mark, b []byte) {
	if f.late && len(b) > 0 && !isText(b[0]) {
		// The middle of a record looks like anything.
		f.reading = readingLost
		f.load(at, b)
		d.read(f)
		f.settle()
		return
	}
	if f.first.Frame == 0 {
		f.first = trace.Place{Frame: at.Frame, Last: at.Frame, Offset: f.start, Length: len(b)}
	}
	f.start += int64(len(b))
	verdict, pieces := d.dialogue.Take(f.direction, at, b)
	d.toldByDialogue()
	switch verdict {
	case starttls.More:
		return
	case starttls.Begins:
		f.reading = readingRecords
		for _, p := range pieces {
			f.start -= int64(len(p.Bytes))
		}
		for _, p := range pieces {
			f.load(p.At, p.Bytes)
		}
		f.startsSSL2()
	default:
		f.reading = readingForeign
		if f.late {
			f.reading = readingLost // it may be the middle of a record
		}
		f.start -= int64(len(b))
		f.load(at, b)
		d.remarkForeign(f)
	}
	d.read(f)
	f.settle()
}

func isText(b byte) bool { return b >= ' ' && b <= '~' }

// remarkForeign tells what one side answered to the other's TLS, if it is none.
func (d *Dissector) remarkForeign(f *flow) {
	if h, ok := wire.ParseRecordHeader(f.buf); ok && d.records && !f.late {
		d.remark(f, h, f.place(f.start, len(f.buf)), trace.RecordDetail{Why: "no record of TLS begins here" + looksLike(f.buf)})
	}
}

// looksLike names what bytes look like, as the end of a sentence.
func looksLike(b []byte) string {
	dialogue := starttls.New()
	switch verdict, _ := dialogue.Take(capture.AtoB, capture.Mark{}, b); verdict {
	case starttls.More, starttls.Begins:
		return ""
	}
	return ", but what looks like " + string(dialogue.Protocol())
}

// toldByDialogue takes the dialogue's word for who is the client. TLS, which says
// it better, may still overrule it.
func (d *Dissector) toldByDialogue() {
	if client, known := d.dialogue.Client(); known && !d.told {
		d.story.Sided = true
		if client != d.client {
			d.swap()
		}
	}
}

// readForeign passes over what is no TLS. Where a ClientHello stands at the front
// of a packet, TLS began after all, in a way that nobody here knows.
func (d *Dissector) readForeign(f *flow) bool {
	if beginsHello(f.buf) {
		f.reading = readingRecords
		d.other(f).foreignNoMore()
		d.unknownPrelude(f)
		return true
	}
	d.alertAmidForeign(f)
	f.drop(len(f.buf))
	return false
}

// alertAmidForeign finds the alert in clear that a TLS server answers with to what
// is no TLS: it says that TLS was due here. It comes alone.
func (d *Dissector) alertAmidForeign(f *flow) {
	h, ok := wire.ParseRecordHeader(f.buf)
	if !ok || h.Type != wire.TypeAlert || h.Version>>8 != 3 || h.Length != 2 || len(f.buf) != wire.RecordHeaderLen+2 {
		return
	}
	if content := f.buf[wire.RecordHeaderLen:]; wire.AlertLevel(content[0]) == wire.LevelFatal {
		d.tapRead(f, h, h.Type, content, f.start)
		d.alert(f, content, f.place(f.start, len(f.buf)))
	}
}

// foreignNoMore has a flow look for records, since the other one has some.
func (f *flow) foreignNoMore() {
	if f.reading == readingForeign {
		f.reading = readingLost
	}
}

// unknownPrelude tells that something came before TLS.
func (d *Dissector) unknownPrelude(f *flow) {
	if d.story.Prelude == nil {
		d.story.Prelude = &trace.Prelude{Protocol: "unknown", Bytes: d.flows[0].start + d.flows[1].start}
	}
	d.story.Prelude.Upgraded, d.story.Prelude.Refused = true, ""
}

// beginsHello reports whether a record with a ClientHello begins here.
func beginsHello(b []byte) bool {
	h, ok := wire.ParseRecordHeader(b)
	return ok && h.Type == wire.TypeHandshake && likely(h) && len(b) > wire.RecordHeaderLen+5 &&
		wire.MessageType(b[5]) == wire.MessageClientHello && b[6] == 0 && b[9] == 3
}

// prelude takes the dialogue's word for what came before TLS, and for what it is
// where that never came.
func (d *Dissector) prelude() {
	c := d.story
	if c.Prelude == nil {
		c.Prelude = d.dialogue.Prelude()
	}
	switch p := d.dialogue.Protocol(); {
	case d.records:
		c.Protocol = trace.ProtocolTLS
	case p == "binary":
		c.Protocol = trace.ProtocolUnknown
	case p == trace.ProtocolTLS && (d.flows[0].reading != readingFirst || d.flows[1].reading != readingFirst):
		c.Protocol = trace.ProtocolUnknown // it looked like TLS, and no record of it came
	default:
		c.Protocol = p
	}
	if c.Protocol != trace.ProtocolTLS {
		c.Foreign = d.flows[d.client].first
	}
	if c.Protocol == trace.ProtocolSilent && d.flows[0].seen()+d.flows[1].seen() > 0 {
		c.Protocol = trace.ProtocolUnknown
	}
}
