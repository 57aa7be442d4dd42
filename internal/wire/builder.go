package wire

// A builder writes what a cursor reads. It does not check lengths: whoever
// makes a message gives values that their length fields can hold.
type builder struct{ b []byte }

func (w *builder) uint8(v uint8)   { w.b = append(w.b, v) }
func (w *builder) uint16(v uint16) { w.b = append(w.b, byte(v>>8), byte(v)) }
func (w *builder) uint24(v int)    { w.b = append(w.b, byte(v>>16), byte(v>>8), byte(v)) }
func (w *builder) uint32(v uint32) {
	w.b = append(w.b, byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
}
func (w *builder) bytes(v []byte) { w.b = append(w.b, v...) }

func (w *builder) vector8(v []byte)  { w.uint8(uint8(len(v))); w.bytes(v) }
func (w *builder) vector16(v []byte) { w.uint16(uint16(len(v))); w.bytes(v) }
func (w *builder) vector24(v []byte) { w.uint24(len(v)); w.bytes(v) }

// list16 writes a length of two bytes and then what write writes.
func (w *builder) list16(write func()) {
	start := len(w.b)
	w.uint16(0)
	write()
	n := len(w.b) - start - 2
	w.b[start], w.b[start+1] = byte(n>>8), byte(n)
}

// list24 writes a length of three bytes and then what write writes.
func (w *builder) list24(write func()) {
	start := len(w.b)
	w.uint24(0)
	write()
	n := len(w.b) - start - 3
	w.b[start], w.b[start+1], w.b[start+2] = byte(n>>16), byte(n>>8), byte(n)
}

func writePairs[T ~uint16](w *builder, list []T) {
	w.uint16(uint16(2 * len(list)))
	for _, v := range list {
		w.uint16(uint16(v))
	}
}

func (w *builder) extensions(present bool, list []Extension) {
	if !present {
		return
	}
	w.list16(func() {
		for _, e := range list {
			w.uint16(uint16(e.Type))
			w.vector16(e.Data)
		}
	})
}

// begin starts a message of type t; message completes it.
func begin(t MessageType) *builder {
	return &builder{append(make([]byte, 0, 128), byte(t), 0, 0, 0)}
}

func (w *builder) message() Message {
	n := len(w.b) - MessageHeaderLen
	w.b[1], w.b[2], w.b[3] = byte(n>>16), byte(n>>8), byte(n)
	return w.b
}
