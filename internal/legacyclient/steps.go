package legacyclient

// A Point is a place between two steps of a handshake.
type Point uint8

// The points, in the order of a full handshake. An abbreviated one has no
// PointKeyExchange.
const (
	PointFlight           Point = iota // the hello is sent, nothing received
	PointKeyExchange                   // before Certificate and ClientKeyExchange
	PointChangeCipherSpec              // before ChangeCipherSpec
	PointFinished                      // between ChangeCipherSpec and Finished
)

// Finish goes through the handshake under way from wherever it is.
func (c *Client) Finish() error {
	return c.FinishWith(func(Point) error { return nil })
}

// FinishWith is Finish with something to do at each point.
func (c *Client) FinishWith(at func(Point) error) error {
	if c.handshake == nil {
		return errNoHandshake
	}
	point := func(p Point) func() error {
		return func() error { return at(p) }
	}
	if err := firstError(point(PointFlight), c.ReceiveFlight); err != nil {
		return c.ending(err)
	}
	if c.handshake.resumed {
		return c.ending(firstError(
			c.ReceiveFinished,
			point(PointChangeCipherSpec), c.SendChangeCipherSpec,
			point(PointFinished), c.SendFinished))
	}
	return c.ending(firstError(
		point(PointKeyExchange), c.SendCertificate, c.SendKeyExchange, c.SendCertificateVerify,
		point(PointChangeCipherSpec), c.SendChangeCipherSpec,
		point(PointFinished), c.SendFinished,
		c.ReceiveFinished))
}

func firstError(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}
