package packets

// A flow is by how much the numbers of one direction of a connection move.
type flow struct {
	ours, theirs uint32 // sequence numbers
	clock, echo  uint32 // timestamps
}

// A flowID is both addresses, the sender's first, and both ports.
type flowID struct {
	addresses [32]byte
	ports     [4]byte
}

// maxFlows bounds the flows that are kept, so that they need not be computed again.
const maxFlows = 1 << 14

// flow gives that of the datagram at hand.
func (r *Rewriter) flow(source, destination []byte) flow {
	var id flowID
	copy(id.addresses[:], r.ends)
	copy(id.ports[:], source)
	copy(id.ports[2:], destination)
	if f, ok := r.flows[id]; ok {
		return f
	}
	half := len(r.ends) / 2
	from, to := r.ends[:half], r.ends[half:]
	f := flow{
		ours:   r.disguise.Shift("sequence", join(from, source, to, destination)),
		theirs: r.disguise.Shift("sequence", join(to, destination, from, source)),
		clock:  r.disguise.Shift("clock", from),
		echo:   r.disguise.Shift("clock", to),
	}
	if len(r.flows) >= maxFlows {
		clear(r.flows)
	}
	r.flows[id] = f
	return f
}

// join writes parts behind each other.
func join(parts ...[]byte) []byte {
	var out []byte
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}
