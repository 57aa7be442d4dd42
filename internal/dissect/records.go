package dissect

import (
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// read takes what can be taken of a flow's bytes.
func (d *Dissector) read(f *flow) {
	for len(f.buf) > 0 {
		more := false
		switch f.reading {
		case readingRecords:
			more = d.readRecord(f)
		case readingLost:
			more = d.readLost(f)
		case readingForeign:
			more = d.readForeign(f)
		}
		if !more {
			return
		}
	}
}

// readRecord takes one record, or says that more bytes are needed.
func (d *Dissector) readRecord(f *flow) bool {
	switch {
	case f.passing != nil:
		return d.pass(f)
	case f.ssl2:
		return d.readSSL2(f)
	}
	h, ok := wire.ParseRecordHeader(f.buf)
	if !ok {
		return false
	}
	if !plausible(h) {
		return d.noRecord(f, h)
	}
	d.tapHeader(f, h)
	size := wire.RecordHeaderLen + h.Length
	if len(f.buf) < size {
		if d.unreadable(f, h) {
			f.passing = newPassing(f, h)
			return d.pass(f)
		}
		f.own(size - len(f.buf))
		return false
	}
	rec := f.buf[:size:size]
	d.record(f, h, rec, f.place(f.start, size))
	f.drop(size)
	return true
}

// plausible reports whether five bytes can be a record's header.
func plausible(h wire.RecordHeader) bool {
	return h.Version>>8 == 3 && h.Version&0xff <= 0x04 && h.Length <= wire.MaxCiphertext
}

// likely reports whether they are one of a type that TLS has.
func likely(h wire.RecordHeader) bool {
	return plausible(h) && h.Length > 0 && known(h.Type)
}

func known(t wire.ContentType) bool {
	return t >= wire.TypeChangeCipherSpec && t <= wire.TypeHeartbeat
}

// unreadable reports whether a record's fragment says nothing that its header
// does not, so that it need not be kept until it is whole.
func (d *Dissector) unreadable(f *flow, h wire.RecordHeader) bool {
	return h.Type == wire.TypeApplicationData && (f.protection.clear || f.protection.opener == nil)
}

// record takes a whole record.
func (d *Dissector) record(f *flow, h wire.RecordHeader, rec []byte, place trace.Place) {
	fragment := rec[wire.RecordHeaderLen:]
	d.records = d.records || known(h.Type)
	switch {
	case !known(h.Type):
		d.tellRecord(f, h, place, nil)
		d.tapSealed(f, h, place.Offset)
		d.remark(f, h, place, trace.RecordDetail{Sealed: !f.protection.clear, Why: "its type is none that TLS has"})
	case d.version == wire.VersionTLS13 && h.Type == wire.TypeChangeCipherSpec:
		// RFC 8446, appendix D.4: it stands there for middleboxes, and means nothing.
		d.tapRead(f, h, h.Type, fragment, place.Offset)
	case f.protection.clear:
		d.clearRecord(f, h, rec, place)
	case d.alertInClear(f, h, fragment, place):
	case f.protection.opener != nil:
		d.open(f, h, rec, place)
	default:
		d.sealedRecord(f, h, rec, place)
	}
}

// clearRecord takes a record before there are keys.
func (d *Dissector) clearRecord(f *flow, h wire.RecordHeader, rec []byte, place trace.Place) {
	fragment := rec[wire.RecordHeaderLen:]
	if d.looksSealed(f, h, fragment) {
		d.keysUnseen(f, place)
		d.record(f, h, rec, place)
		return
	}
	d.tellRecord(f, h, place, fragment)
	d.tapRead(f, h, h.Type, fragment, place.Offset)
	d.remarkVersion(f, h, place, 0)
	d.content(f, h, fragment, place, func(at, n int) trace.Place {
		return f.place(f.start+int64(wire.RecordHeaderLen+at), n)
	})
}

// open opens a record, or finds out what it is else.
func (d *Dissector) open(f *flow, h wire.RecordHeader, rec []byte, place trace.Place) {
	room := rooms.Get().(*[]byte)
	defer rooms.Put(room)
	plaintext, as, ok := f.protection.open(rec, *room)
	if !ok {
		d.closed(f, h, rec, place)
		return
	}
	outer := h
	if m, isModern := f.protection.opener.(*modernOpener); isModern {
		h.Type = m.inner
	}
	d.tellRecord(f, h, place, plaintext)
	d.tapOpened(f, outer, h.Type, plaintext, place.Offset, as)
	d.remarkVersion(f, h, place, as)
	content, ok := f.protection.inflate(plaintext)
	if !ok {
		f.protection = locked("it is compressed, and what it refers to is not in the capture")
		d.sealedRecord(f, h, rec, place)
		return
	}
	d.content(f, h, content, place, nil)
}

// closed takes a record that does not open under keys that are known.
func (d *Dissector) closed(f *flow, h wire.RecordHeader, rec []byte, place trace.Place) {
	switch {
	case d.helloInClear(f, h, rec, place), d.replyInClear(f, h, rec, place):
	case d.passesEarly(f):
		d.sealedRecord(f, h, rec, place)
	default:
		first := f.protection.hole == nil
		stays := f.protection.stays(rec)
		f.protection.why = f.protection.whyClosed()
		if !stays {
			f.protection.opener = nil
		}
		if first && h.Type == wire.TypeApplicationData {
			d.remark(f, h, place, trace.RecordDetail{Sealed: true, Why: f.protection.why})
		}
		d.sealedRecord(f, h, rec, place)
	}
}

// sealedRecord tells a record that stays sealed.
func (d *Dissector) sealedRecord(f *flow, h wire.RecordHeader, rec []byte, place trace.Place) {
	switch {
	case d.helloInClear(f, h, rec, place), d.replyInClear(f, h, rec, place):
	case h.Type == wire.TypeApplicationData:
		d.tellSealed(f, h, place)
		d.tapSealed(f, h, place.Offset)
		d.sealedData(f, h.Length, place)
	default:
		d.tellSealed(f, h, place)
		d.tapSealed(f, h, place.Offset)
		d.remark(f, h, place, trace.RecordDetail{Sealed: true, Why: f.protection.why})
		d.concluded(f, h, place)
	}
}

// remark tells a record.
func (d *Dissector) remark(f *flow, h wire.RecordHeader, place trace.Place, r trace.RecordDetail) {
	r.Type, r.Header, r.Length, r.Negotiated = h.Type, h.Version, h.Length, d.version
	d.emit(trace.Event{Name: trace.Record, From: d.side(f), Place: place, Detail: r})
}

// remarkVersion tells a record that was read and whose header's version is not
// the one negotiated. as is what its protection was made with; zero: it has none.
func (d *Dissector) remarkVersion(f *flow, h wire.RecordHeader, place trace.Place, as wire.Version) {
	if d.version == 0 || h.Version == d.version || d.version == wire.VersionTLS13 {
		// In TLS 1.3 the header's version says nothing (RFC 8446, section 5.1).
		return
	}
	d.remark(f, h, place, trace.RecordDetail{Matched: as})
}

// noRecord meets bytes that begin no record where one should begin.
func (d *Dissector) noRecord(f *flow, h wire.RecordHeader) bool {
	if known(h.Type) && h.Version>>8 == 3 {
		d.tapHeader(f, h) // it was one, or nearly
	}
	d.remark(f, h, f.place(f.start, min(len(f.buf), wire.RecordHeaderLen)), trace.RecordDetail{Why: "no record of TLS begins here" + looksLike(f.buf)})
	f.reading = readingLost
	f.protection.gap(0, false)
	d.damaged(f)
	return true
}
