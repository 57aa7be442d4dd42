package upstream

// An Address is where to dial: TCP, or a Unix socket.
type Address struct {
	Network string // "tcp" or "unix"
	Address string
}

// String is the address as a setting spells it.
func (a Address) String() string {
	if a.Network == "unix" {
		return "unix:" + a.Address
	}
	return a.Address
}
