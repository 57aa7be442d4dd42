//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package usage

// lock has nothing to lock by here: of two programs that write at the same time
// one may lose what it counted since the last time.
func lock(string) (unlock func(), err error) { return func() {}, nil }
