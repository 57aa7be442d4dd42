package dissect

// A table keeps the last so many things that were put into it.
type table[K comparable, V any] struct {
	values map[K]V
	order  []K // a ring, once it is full
	oldest int
	size   int
}

func newTable[K comparable, V any](size int) table[K, V] {
	return table[K, V]{values: map[K]V{}, size: size}
}

func (t *table[K, V]) get(k K) (V, bool) {
	v, ok := t.values[k]
	return v, ok
}

func (t *table[K, V]) put(k K, v V) {
	if _, there := t.values[k]; there {
		t.values[k] = v
		return
	}
	if len(t.order) < t.size {
		t.order = append(t.order, k)
	} else {
		delete(t.values, t.order[t.oldest])
		t.order[t.oldest] = k
		t.oldest = (t.oldest + 1) % t.size
	}
	t.values[k] = v
}
