package fields

import (
	"fmt"
	"strings"

	"github.com/parley-tls/parley/internal/wire"
)

// A walk goes over bytes from front to back and notes the fields it passes.
// Where a field does not fit, it notes that and passes nothing more.
type walk struct {
	b       []byte
	at, end int
	depth   int
	broken  bool
	fields  []Field
	// shown says which bytes may be shown. It does not hang on the fields, whose
	// number is bounded.
	shown []bool
}

func over(b []byte) *walk { return &walk{b: b, end: len(b), shown: make([]bool, len(b))} }

func (w *walk) show(start, n int) {
	for i := range n {
		w.shown[start+i] = true
	}
}

// add notes a field and gives its index, -1 where there are too many.
func (w *walk) add(f Field) int {
	if len(w.fields) >= maxFields {
		return -1
	}
	f.Depth = w.depth
	f.Name, f.Value = wire.Printable(f.Name), wire.Printable(f.Value)
	w.fields = append(w.fields, f)
	return len(w.fields) - 1
}

// say notes what has no bytes here.
func (w *walk) say(name, value string) { w.add(Field{Name: name, Value: value, Offset: -1}) }

// take passes n bytes; where there are fewer it stops.
func (w *walk) take(name string, n int) (b []byte, start int, ok bool) {
	start = w.at
	if w.broken {
		return nil, start, false
	}
	if left := w.end - w.at; n > left {
		w.add(Field{
			Name: name, Value: fmt.Sprintf("needs %s, and %d are left", count(n, "byte"), left),
			Offset: w.at, Length: left, Secret: true,
		})
		w.at, w.broken = w.end, true
		return nil, start, false
	}
	w.at += n
	return w.b[start:w.at], start, true
}

// number passes an unsigned integer of n bytes.
func (w *walk) number(name string, n int, words func(int) string) int {
	b, start, ok := w.take(name, n)
	if !ok {
		return 0
	}
	v := value(b)
	w.show(start, n)
	w.add(Field{Name: name, Value: words(v), Offset: start, Length: n})
	return v
}

// plain passes n bytes that may be shown.
func (w *walk) plain(name, words string, n int) {
	if _, start, ok := w.take(name, n); ok {
		w.show(start, n)
		w.add(Field{Name: name, Value: words, Offset: start, Length: n})
	}
}

// hidden passes n bytes that are not shown.
func (w *walk) hidden(name string, n int) {
	if _, start, ok := w.take(name, n); ok {
		w.add(Field{Name: name, Value: unseen(n), Offset: start, Length: n, Secret: n > 0})
	}
}

// vector passes a vector whose length takes so many bytes. inside passes what it
// holds and gives the words for the whole; what it leaves is passed unshown.
func (w *walk) vector(name string, lengthBytes int, inside func(n int) string) {
	b, start, ok := w.take(name, lengthBytes)
	if !ok {
		return
	}
	w.show(start, lengthBytes)
	w.block(name, start, value(b), inside)
}

// block passes the next n bytes as a field that begins at start.
func (w *walk) block(name string, start, n int, inside func(n int) string) {
	if n > w.end-w.at {
		w.take(name, n)
		return
	}
	outer := w.end
	w.end = w.at + n
	index := w.add(Field{Name: name, Offset: start, Length: w.end - start})
	w.depth++
	words := inside(n)
	w.rest("bytes left over")
	w.depth--
	if index >= 0 {
		w.fields[index].Value = wire.Printable(words)
	}
	w.end = outer
	if w.broken {
		w.at = outer
	}
}

// rest passes what is left, unshown.
func (w *walk) rest(name string) {
	if n := w.end - w.at; n > 0 && !w.broken {
		w.hidden(name, n)
	}
}

// list passes what is left as numbers of size bytes, and gives their names.
func (w *walk) list(name string, size int, words func(int) string) []string {
	var names []string
	for w.end-w.at >= size && !w.broken {
		v := w.number(name, size, words)
		if len(names) < maxFields {
			names = append(names, words(v))
		}
	}
	return names
}

func value(b []byte) int {
	v := 0
	for _, c := range b {
		v = v<<8 | int(c)
	}
	return v
}

// count says how many of something there are.
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func unseen(n int) string {
	if n == 0 {
		return "empty"
	}
	return count(n, "byte") + ", not shown"
}

// named joins names, the first few of them.
func named(names []string) string {
	const most = 12
	if len(names) == 0 {
		return "empty"
	}
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}

// coded gives a name with its number, or the number alone where there is no name.
func coded(name string, v, digits int) string {
	number := fmt.Sprintf("0x%0*x", digits, v)
	if name == number {
		return number
	}
	return name + " (" + number + ")"
}
