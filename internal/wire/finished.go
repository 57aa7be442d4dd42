package wire

// A Finished is the first message under new keys.
type Finished struct {
	VerifyData []byte // 12 bytes in TLS, 36 in SSL 3.0; of any length here
}

// ParseFinished reads a Finished (RFC 5246, section 7.4.9). VerifyData is a
// slice of m.
func ParseFinished(m Message) (*Finished, error) {
	c := cursorOver(m, MessageFinished)
	f := &Finished{VerifyData: c.rest("verify_data", 1)}
	return f, c.finish()
}

// Marshal makes the message.
func (f *Finished) Marshal() Message { return NewMessage(MessageFinished, f.VerifyData) }

// A NewSessionTicket gives a client a ticket; an empty one says that there is
// none after all (RFC 5077, section 3.3).
type NewSessionTicket struct {
	LifetimeHint uint32 // in seconds; zero: not said
	Ticket       []byte
}

// ParseNewSessionTicket reads a NewSessionTicket. Ticket is a slice of m.
func ParseNewSessionTicket(m Message) (*NewSessionTicket, error) {
	c := cursorOver(m, MessageNewSessionTicket)
	t := &NewSessionTicket{}
	t.LifetimeHint = c.uint32("ticket_lifetime_hint")
	t.Ticket = c.vector16("ticket", 0)
	return t, c.finish()
}

// Marshal makes the message.
func (t *NewSessionTicket) Marshal() Message {
	w := begin(MessageNewSessionTicket)
	w.uint32(t.LifetimeHint)
	w.vector16(t.Ticket)
	return w.message()
}
