package dissect

import (
	"github.com/parley-tls/parley/internal/keys"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// An Epoch is what a handshake came to, its secret included: as much as an engine
// needs to go on from there.
type Epoch struct {
	Version                            wire.Version
	Suite                              *suite.Suite
	Master                             keys.Secret
	ClientRandom, ServerRandom         [32]byte
	ClientVerifyData, ServerVerifyData []byte
	Session                            renego.SessionInUse
	First                              *wire.ClientHello // the hello that began the stream
}

// tellEpoch tells an epoch of which everything is known.
func (d *Dissector) tellEpoch(h *handshake) {
	if d.options.Epoch == nil || h.master.IsZero() {
		return
	}
	d.options.Epoch(Epoch{
		Version: h.version, Suite: h.suite, Master: h.master,
		ClientRandom: h.hello.Random, ServerRandom: h.server.Random,
		ClientVerifyData: d.clientVerifyData, ServerVerifyData: d.serverVerifyData,
		Session: d.session, First: d.first,
	})
}
