package disguise

import "bytes"

// Fill writes over application data with text that shows what it is. With KeepHTTPShape,
// data that is a message of HTTP/1 keeps the shape of one.
func (d *Disguise) Fill(data []byte) []byte {
	if d.options.KeepHTTPShape {
		if out, ok := d.http(data); ok {
			return out
		}
	}
	d.rememberData(data)
	return Filler(KindData, len(data))
}

// Filler is a text of a length that says of what kind of value it stands in the place.
func Filler(k Kind, n int) []byte {
	word := k.String() + " "
	return bytes.Repeat([]byte(word), n/len(word)+1)[:n]
}

// rememberData keeps a piece of the data that other data is unlikely to have, or the first if
// there is none such.
func (d *Disguise) rememberData(data []byte) {
	for piece := range chunks(data, maxData) {
		if distinct(piece) >= maxData/4 {
			d.Remember(KindData, piece)
			return
		}
	}
	d.Remember(KindData, data[:min(len(data), maxData)])
}

func chunks(b []byte, n int) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for len(b) > 0 {
			piece := b[:min(n, len(b))]
			if !yield(piece) {
				return
			}
			b = b[len(piece):]
		}
	}
}

// distinct counts different bytes.
func distinct(b []byte) int {
	var seen [256]bool
	n := 0
	for _, c := range b {
		if !seen[c] {
			seen[c] = true
			n++
		}
	}
	return n
}
