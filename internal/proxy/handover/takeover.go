package handover

import (
	"fmt"
	"os"
)

// What is given beside sockets has these names.
const (
	keysName = "parley-ticket-keys"
	lineName = "parley-line"
)

// An Inheritance is what a process has from whoever started it.
type Inheritance struct {
	Sockets     *Sockets
	Notify      *Notifier    // nil: nobody listens
	Predecessor *Predecessor // nil: this is no upgrade
	Keys        []byte       // of sessions, from the process before; nil: none
}

// TakeOver takes what the environment says, once.
func TakeOver() (*Inheritance, error) {
	notify, err := NewNotifier(os.Getenv("NOTIFY_SOCKET"))
	if err != nil {
		return nil, err
	}
	given, err := inherit()
	if err != nil {
		return nil, err
	}
	in := &Inheritance{Notify: notify}
	var sockets []Given
	for _, g := range given {
		switch g.Name {
		case keysName:
			err = in.takeKeys(g.File)
		case lineName:
			in.Predecessor, err = newPredecessor(g.File)
		default:
			sockets = append(sockets, g)
		}
		if err != nil {
			return nil, fmt.Errorf("%s, which this process was given: %w", g.Name, err)
		}
	}
	var store Store
	if notify != nil {
		store = notify
	}
	in.Sockets = NewSockets(sockets, store)
	return in, nil
}

// takeKeys reads the keys. Those of a predecessor come first, and are newer than
// those of the store.
func (in *Inheritance) takeKeys(f *os.File) error {
	defer f.Close()
	if in.Keys != nil {
		return nil
	}
	keys, err := reveal(f)
	in.Keys = keys
	return err
}

// KeepKeys has the keys of sessions kept for the next start.
func (n *Notifier) KeepKeys(keys []byte) error {
	if n == nil {
		return nil
	}
	f, err := hidden(keysName, keys)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := n.Forget(keysName); err != nil { // the ones before
		return err
	}
	return n.Keep(keysName, f.Fd())
}
