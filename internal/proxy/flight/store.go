package flight

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"sync"
)

// inMemory is how many flights are kept in memory, of 4 KiB each.
const inMemory = 256

// A store keeps flights in memory.
type store struct {
	most int

	mu   sync.Mutex // guards what follows
	kept []*landed  // the oldest first
}

func newStore(most int) *store { return &store{most: most} }

// add keeps one, and says how many were forgotten for it.
func (s *store) add(l *landed) (forgotten int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = append(s.kept, l)
	if len(s.kept) <= s.most {
		return 0
	}
	at := victim(len(s.kept), func(i int) (finding, source string) { return s.kept[i].Finding, sourceOf(s.kept[i].Client) })
	s.kept = slices.Delete(s.kept, at, at+1)
	return 1
}

// victim is whom to forget of so many, the oldest first: the finding that has most
// gives one up, of its flights the source that has most, and of these the oldest
// goes. So neither a noisy client nor a common finding pushes out a rare one.
func victim(n int, of func(int) (finding, source string)) int {
	findings := map[string]int{}
	for i := range n {
		finding, _ := of(i)
		findings[finding]++
	}
	common := commonest(findings)
	sources := map[string]int{}
	for i := range n {
		if finding, source := of(i); finding == common {
			sources[source]++
		}
	}
	noisy := commonest(sources)
	for i := range n {
		if finding, source := of(i); finding == common && source == noisy {
			return i
		}
	}
	return 0
}

func commonest(counts map[string]int) string {
	return slices.MaxFunc(slices.Sorted(maps.Keys(counts)), func(a, b string) int { return cmp.Compare(counts[a], counts[b]) })
}

// sourceOf is an IPv4 address, or an IPv6 /64, which one client may have whole.
func sourceOf(client string) string {
	a, err := netip.ParseAddrPort(client)
	if err != nil {
		return client
	}
	ip := a.Addr().Unmap().WithZone("")
	if ip.Is6() {
		network, _ := ip.Prefix(64) // it has so many bits
		return network.Addr().String()
	}
	return ip.String()
}

// summaryOf is the flight of a connection that has ended.
func (s *store) summaryOf(conn uint64) (Summary, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range slices.Backward(s.kept) {
		if l.Conn == conn {
			return l.Summary, true
		}
	}
	return Summary{}, false
}

// summaries are all, the newest first.
func (s *store) summaries() []Summary {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Summary, 0, len(s.kept))
	for _, l := range slices.Backward(s.kept) {
		list = append(list, l.Summary)
	}
	return list
}

// get is the flight of an id; nil: it is not there.
func (s *store) get(id string) *landed {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.kept {
		if l.ID == id {
			return l
		}
	}
	return nil
}
