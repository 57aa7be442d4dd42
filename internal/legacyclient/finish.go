package legacyclient

import (
	"crypto/subtle"
	"errors"
	"slices"

	"github.com/parley-tls/parley/internal/wire"
)

// SendChangeCipherSpec sends ChangeCipherSpec and seals what follows with the
// next keys. A second one goes under those.
func (c *Client) SendChangeCipherSpec() error {
	if err := c.WriteRecord(wire.TypeChangeCipherSpec, []byte{1}); err != nil {
		return err
	}
	if h := c.handshake; h != nil && h.sealer != nil {
		c.out.setSealer(h.sealer)
		h.sealer = nil
	}
	return nil
}

// SendFinished sends Finished, under whatever keys are in use. In an
// abbreviated handshake this is the end.
func (c *Client) SendFinished() error {
	verify, err := c.VerifyData()
	if err != nil {
		return err
	}
	return c.SendFinishedWith(verify)
}

// SendFinishedWith sends Finished with verify_data, right or wrong.
func (c *Client) SendFinishedWith(verify []byte) error {
	m := &wire.Finished{VerifyData: verify}
	if err := c.SendMessage(m.Marshal()); err != nil {
		return err
	}
	c.handshake.clientVerifyData = slices.Clone(verify)
	c.completeIfDone()
	return nil
}

// VerifyData is what the client's Finished should hold, now.
func (c *Client) VerifyData() ([]byte, error) {
	h := c.handshake
	if h == nil || h.master.IsZero() {
		return nil, errors.New("there is no master secret yet")
	}
	return h.transcript.ClientVerifyData(h.master), nil
}

// ReceiveFinished receives the server's last flight: perhaps NewSessionTicket,
// then ChangeCipherSpec and Finished, which must be right.
func (c *Client) ReceiveFinished() error {
	if err := c.ReceiveChangeCipherSpec(); err != nil {
		return err
	}
	h := c.handshake
	m, err := c.message(wire.MessageFinished)
	if err != nil {
		return err
	}
	finished, err := wire.ParseFinished(m)
	if err != nil {
		return c.fail(wire.AlertDecodeError, err.Error())
	}
	want := h.transcript.ServerVerifyData(h.master)
	if subtle.ConstantTimeCompare(finished.VerifyData, want) != 1 {
		return c.fail(wire.AlertDecryptError, "the server's Finished is wrong")
	}
	h.transcript.Write(m)
	h.serverVerifyData = want
	c.completeIfDone()
	return nil
}

// ReceiveChangeCipherSpec receives what comes up to the server's
// ChangeCipherSpec, and opens what follows with the next keys.
func (c *Client) ReceiveChangeCipherSpec() error {
	if c.handshake == nil {
		return errNoHandshake
	}
	i, err := c.next()
	if err != nil {
		return err
	}
	if i.is(wire.MessageNewSessionTicket) {
		if err := c.takeTicket(i.message); err != nil {
			return err
		}
		if i, err = c.next(); err != nil {
			return err
		}
	}
	h := c.handshake
	if i.message != nil || h.opener == nil {
		return c.unexpected(i.String() + ", awaiting ChangeCipherSpec")
	}
	c.in.opener, c.in.open, c.in.old = h.opener, true, nil
	h.opener = nil
	return nil
}

func (c *Client) takeTicket(m wire.Message) error {
	t, err := wire.ParseNewSessionTicket(m)
	if err != nil {
		return c.fail(wire.AlertDecodeError, err.Error())
	}
	c.handshake.ticket = t.Ticket
	c.handshake.transcript.Write(m)
	return nil
}

// completeIfDone makes the handshake the client's state, at one point, when both
// Finished have passed.
func (c *Client) completeIfDone() {
	h := c.handshake
	if h.clientVerifyData == nil || h.serverVerifyData == nil {
		return
	}
	c.state = State{
		Handshakes:           c.state.Handshakes + 1,
		Version:              h.version,
		Suite:                h.suite,
		Group:                h.group,
		Resumed:              h.resumed,
		ExtendedMasterSecret: h.ems,
		ALPN:                 h.alpn,
		PeerChain:            h.chain,
		ClientVerifyData:     h.clientVerifyData,
		ServerVerifyData:     h.serverVerifyData,
		Session:              h.session(),
	}
	c.handshake = nil
}

// session is the session that the handshake made or resumed.
func (h *handshake) session() *Session {
	s := &Session{
		ID: h.server.SessionID, Version: h.version, Suite: h.suite.ID,
		ExtendedMasterSecret: h.ems, PeerChain: h.chain, master: h.master,
	}
	if h.resumed {
		s.ID, s.Ticket = h.offered.ID, h.offered.Ticket
	}
	if len(h.ticket) > 0 {
		s.Ticket = h.ticket
	}
	return s
}
