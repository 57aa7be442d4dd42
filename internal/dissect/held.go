package dissect

// Held is about how many bytes are held of what came, for whoever follows live
// connections and has a bound for all of them. Events come on top, which Options
// bound.
func (d *Dissector) Held() int {
	n := 2 * d.shown // as bytes, and as what they mean
	for i := range d.flows {
		n += cap(d.flows[i].buf) + d.flows[i].joiner.Pending()
	}
	if h := d.handshake; h != nil && !h.chosen {
		n += h.written
	}
	return n
}
