//go:build !unix

package proxy

import "os"

// upgradeSignals are none: here sockets cannot be handed on.
var upgradeSignals []os.Signal
