package disguise

import "encoding/binary"

// Shift is a distance by which numbers of a kind are moved that belong to one owner, such
// as the clock of a host: the same throughout a run, so that differences stay.
func (d *Disguise) Shift(kind string, owner []byte) uint32 {
	var b [4]byte
	d.stream("shift "+kind, owner).read(b[:])
	return binary.BigEndian.Uint32(b[:])
}
