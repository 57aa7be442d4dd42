//go:build unix

package handover

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// fork starts the process. It does not use os.StartProcess, which has descriptors
// block: those of a listening socket are one with ours, and our Accept would
// block with them.
func (l Launch) fork() (*Successor, error) {
	var p parcel
	defer p.close()
	ours, err := p.pack(l)
	if err != nil {
		return nil, err
	}
	pid, err := syscall.ForkExec(l.Program, l.Args, &syscall.ProcAttr{Env: l.environment(p.names), Files: append([]uintptr{0, 1, 2}, p.fds...)})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s cannot be started: %w", l.Program, err), ours.Close())
	}
	s := &Successor{PID: pid, line: ours, end: make(chan struct{})}
	go s.await()
	return s, nil
}

// await notes how the process ends.
func (s *Successor) await() {
	defer close(s.end)
	p, err := os.FindProcess(s.PID)
	if err != nil {
		s.how = err
		return
	}
	state, err := p.Wait()
	if err != nil {
		s.how = err
	} else if !state.Success() {
		s.how = errors.New(state.String())
	}
}

// A parcel is what goes to the next process, descriptors of its own.
type parcel struct {
	names []string
	fds   []uintptr
}

// pack copies all there is to hand on, and gives our end of the line.
func (p *parcel) pack(l Launch) (ours net.Conn, err error) {
	if err := p.addKeys(l.Keys); err != nil {
		return nil, err
	}
	ours, theirs, err := newLine()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	err = p.add(lineName, theirs.Fd())
	for _, x := range l.Sockets.all() {
		err = errors.Join(err, x.control(func(fd uintptr) error { return p.add(x.name, fd) }))
	}
	if err != nil {
		return nil, errors.Join(err, ours.Close())
	}
	return ours, nil
}

func (p *parcel) addKeys(content []byte) error {
	if len(content) == 0 {
		return nil
	}
	keys, err := hidden(keysName, content)
	if err != nil {
		return err
	}
	defer keys.Close()
	return p.add(keysName, keys.Fd())
}

// add copies a descriptor.
func (p *parcel) add(name string, fd uintptr) error {
	own, err := unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("fcntl", err)
	}
	p.names, p.fds = append(p.names, name), append(p.fds, uintptr(own))
	return nil
}

func (p *parcel) close() {
	for _, fd := range p.fds {
		_ = unix.Close(int(fd)) // it was open
	}
}

// newLine makes the line to a successor.
func newLine() (ours net.Conn, theirs *os.File, err error) {
	syscall.ForkLock.RLock() // no other child gets it
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err == nil {
		unix.CloseOnExec(pair[0])
		unix.CloseOnExec(pair[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	end := os.NewFile(uintptr(pair[0]), lineName)
	defer end.Close()
	if ours, err = net.FileConn(end); err != nil {
		return nil, nil, errors.Join(err, unix.Close(pair[1]))
	}
	return ours, os.NewFile(uintptr(pair[1]), lineName), nil
}
