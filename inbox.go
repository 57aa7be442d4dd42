package parley

// An inbox holds what was read for a Read that did not yet come, epoch by epoch.
type inbox struct {
	parts []part
	size  int
}

type part struct {
	epoch *epoch
	data  []byte
}

// put adds a copy of data.
func (i *inbox) put(e *epoch, data []byte) {
	i.size += len(data)
	if last := len(i.parts) - 1; last >= 0 && i.parts[last].epoch == e {
		i.parts[last].data = append(i.parts[last].data, data...)
		return
	}
	i.parts = append(i.parts, part{epoch: e, data: append([]byte(nil), data...)})
}

// take moves bytes of one epoch into b.
func (i *inbox) take(b []byte) (n int, e *epoch) {
	first := &i.parts[0]
	n, e = copy(b, first.data), first.epoch
	first.data = first.data[n:]
	i.size -= n
	if len(first.data) == 0 {
		if i.parts = i.parts[1:]; len(i.parts) == 0 {
			i.parts = nil
		}
	}
	return n, e
}

// empty drops all.
func (i *inbox) empty() { *i = inbox{} }
