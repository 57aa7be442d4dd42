package proxy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"syscall"
	"time"

	"github.com/parley-tls/parley/internal/proxy/handover"
)

// want is the listening socket at an address: one that this process was given,
// or else a new one.
func want(a Address) handover.Want {
	return handover.Want{Network: a.Network, Address: a.Address, Open: func() (net.Listener, error) { return listen(a) }, Settle: keepAlive}
}

// listen opens the listening socket, and says what to do where it cannot.
func listen(a Address) (net.Listener, error) {
	config := listenConfig()
	l, err := config.Listen(context.Background(), a.Network, a.Address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE) && a.Network == "unix":
		return nil, fmt.Errorf("listen on %s: the socket is there already (%w); stop the program that listens on it, or remove the file if none does", a, err)
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("listen on %s: another program listens there already (%w); stop it, or choose another address", a, err)
	case errors.Is(err, syscall.EACCES) && a.Network == "unix":
		return nil, fmt.Errorf("listen on %s: not permitted (%w); choose a directory that this user may write to", a, err)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("listen on %s: not permitted (%w); ports below 1024 need the capability CAP_NET_BIND_SERVICE", a, err)
	case err != nil:
		return nil, fmt.Errorf("listen on %s: %w", a, err)
	}
	return l, nil
}

// tellUnwanted warns of a socket that was given and that no setting names.
func tellUnwanted(log *slog.Logger) func(name, address string, why error) {
	return func(name, address string, why error) {
		if why != nil {
			log.Warn("a descriptor was given that cannot be listened on; it is closed", "name", name, "error", why)
			return
		}
		log.Warn("a socket was given that no setting names; it is closed", "name", name, "address", address, "do", "have a listener listen on its address, or on fd:"+name)
	}
}

// keepAlive asks a silent client whether it lives as listenConfig has it done: of
// a socket that somebody else made, Go would ask every 15 seconds.
func keepAlive(c *net.TCPConn) {
	_ = c.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: 5 * time.Minute, Interval: 30 * time.Second, Count: -1}) // fails only if it is over
}

// askForLife has a client be asked whether it lives when it is silent for so long;
// zero: never. One that does not answer is gone after nine more tenths of it.
func askForLife(conn net.Conn, silent time.Duration) {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return
	}
	config := net.KeepAliveConfig{Enable: silent > 0, Idle: silent, Interval: max(silent/10, time.Second), Count: -1}
	_ = tcp.SetKeepAliveConfig(config) // fails only if it is over
}
