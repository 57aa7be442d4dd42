package legacyclient

// CrossingData is what a client writes that lets data cross its handshake, each
// time whole. An echo of it may be awaited once the handshake is over.
const CrossingData = "data that crosses the handshake\n"

var crossings = []Misbehaviour{{
	Name:   "crossing-in-flight",
	Does:   "Sends data and, in the same segment, a hello.",
	Seen:   "applications that renegotiate while an answer is due",
	script: dataThenHello,
}, {
	Name:   "crossing-inside-hello",
	Does:   "Sends half a hello, data, and the other half.",
	Seen:   "nobody; RFC 5246 allows it",
	script: dataInsideHello,
}, {
	Name:   "crossing-after-hello",
	Does:   "Sends data after its hello, before anything came back.",
	Seen:   "Java's second startHandshake followed at once by a write",
	script: atPoints(writeCrossing, PointFlight),
}, {
	Name:   "crossing-between",
	Does:   "Sends data before each of its handshake messages up to ChangeCipherSpec.",
	Seen:   "Java's second startHandshake beside a thread that writes",
	script: atPoints(writeCrossing, PointFlight, PointKeyExchange, PointChangeCipherSpec),
}, {
	Name:   "data-before-finished",
	Does:   "Sends data between its ChangeCipherSpec and its Finished.",
	Seen:   "nobody honest: such data is under keys that nobody has proved to share",
	script: fatally(writeCrossing, PointFinished),
}}

func writeCrossing(c *Client) error {
	_, err := c.Write([]byte(CrossingData))
	return err
}

// dataThenHello finds the end of the handshake although the answer is due: a
// server that sends it after the hello came kills the founding client.
func dataThenHello(c *Client, h Hello) error {
	c.Cork()
	err := firstError(
		func() error { return writeCrossing(c) },
		func() error { return c.Begin(h) },
		c.Uncork)
	if err != nil {
		return err
	}
	return c.Finish()
}

func dataInsideHello(c *Client, h Hello) error {
	h.Cut = 60
	h.Between = func() error { return writeCrossing(c) }
	return c.Renegotiate(h)
}
