package legacyclient

import (
	"slices"

	"github.com/parley-tls/parley/internal/wire"
)

var disorders = []Misbehaviour{{
	Name:   "half-hello",
	Does:   "Sends half a hello and never the rest.",
	Seen:   "clients that die; attackers that hold connections",
	script: halfHello,
}, {
	Name:  "split-hello",
	Does:  "Sends its hello in two records.",
	Seen:  "clients with many suites and small records",
	hello: func(*Client) Hello { return Hello{Kind: HelloReset, Cut: 60} },
}, {
	Name:   "no-answer",
	Does:   "Sends a hello and never answers the server's.",
	Seen:   "clients that die; attackers that hold connections",
	script: noAnswer,
}, {
	Name:   "second-hello-inside",
	Does:   "Sends a hello while the handshake of another one is under way.",
	Seen:   "nobody",
	hello:  kind(HelloProper),
	script: fatally(anotherHello, PointKeyExchange),
}, {
	Name:   "early-ccs",
	Does:   "Sends ChangeCipherSpec right after its hello.",
	Seen:   "CVE-2014-0224",
	hello:  kind(HelloProper),
	script: fatally(sendCCS, PointFlight),
}, {
	Name:   "ccs-in-hello",
	Does:   "Sends ChangeCipherSpec between the halves of its hello.",
	Seen:   "nobody",
	script: ccsInHello,
}, {
	Name:   "double-ccs",
	Does:   "Sends ChangeCipherSpec twice.",
	Seen:   "nobody",
	script: fatally(sendCCS, PointFinished),
}, {
	Name:   "no-ccs",
	Does:   "Sends Finished under the old keys, without ChangeCipherSpec.",
	Seen:   "nobody; SMACK's skipped messages (2015)",
	script: noCCS,
}, {
	Name:   "wrong-finished",
	Does:   "Sends a Finished with one bit wrong.",
	Seen:   "whoever does not know the secret",
	script: wrongFinished,
}, {
	Name:   "after-finished",
	Does:   "Sends another message in the record of its Finished.",
	Seen:   "nobody",
	script: afterFinished,
}}

// atPoints does something at points of the handshake.
func atPoints(do func(*Client) error, points ...Point) func(*Client, Hello) error {
	return func(c *Client, h Hello) error {
		if err := c.Begin(h); err != nil {
			return err
		}
		return c.FinishWith(func(p Point) error {
			if slices.Contains(points, p) {
				return do(c)
			}
			return nil
		})
	}
}

// fatally does what no server may bear, goes on all the same, and waits for the
// end.
func fatally(do func(*Client) error, points ...Point) func(*Client, Hello) error {
	return func(c *Client, h Hello) error {
		if err := atPoints(do, points...)(c, h); err != nil {
			return err
		}
		return c.AwaitEnd()
	}
}

func sendCCS(c *Client) error { return c.WriteRecord(wire.TypeChangeCipherSpec, []byte{1}) }

// anotherHello does not belong to the transcript: were it ignored, the handshake
// would end well.
func anotherHello(c *Client) error {
	return c.WriteRecord(wire.TypeHandshake, c.Hello(Hello{Kind: HelloProper}).Raw)
}

func halfHello(c *Client, h Hello) error {
	hello := c.Hello(h).Raw
	if err := c.WriteRecordVersion(wire.TypeHandshake, c.o.HelloRecordVersion, hello[:len(hello)/2]); err != nil {
		return err
	}
	return c.AwaitEnd()
}

func noAnswer(c *Client, h Hello) error {
	err := firstError(func() error { return c.Begin(h) }, c.ReceiveFlight)
	if err == nil && c.Resumed() {
		err = c.ReceiveFinished()
	}
	if err != nil {
		return err
	}
	return c.AwaitEnd()
}

func ccsInHello(c *Client, h Hello) error {
	h.Cut = 60
	h.Between = func() error { return sendCCS(c) }
	return c.Renegotiate(h)
}

// upToFinished goes through a handshake up to the client's last flight: from
// ChangeCipherSpec on, the caller does as it likes.
func upToFinished(c *Client, h Hello) error {
	if err := firstError(func() error { return c.Begin(h) }, c.ReceiveFlight); err != nil {
		return err
	}
	if c.Resumed() {
		return c.ReceiveFinished()
	}
	return firstError(c.SendCertificate, c.SendKeyExchange, c.SendCertificateVerify)
}

func noCCS(c *Client, h Hello) error {
	if err := firstError(func() error { return upToFinished(c, h) }, c.SendFinished); err != nil {
		return c.ending(err)
	}
	return c.AwaitEnd()
}

func wrongFinished(c *Client, h Hello) error {
	if err := firstError(func() error { return upToFinished(c, h) }, c.SendChangeCipherSpec); err != nil {
		return c.ending(err)
	}
	verify, err := c.VerifyData()
	if err != nil {
		return err
	}
	verify[0] ^= 1
	if err := c.SendFinishedWith(verify); err != nil {
		return c.ending(err)
	}
	return c.AwaitEnd()
}

func afterFinished(c *Client, h Hello) error {
	if err := firstError(func() error { return upToFinished(c, h) }, c.SendChangeCipherSpec); err != nil {
		return c.ending(err)
	}
	verify, err := c.VerifyData()
	if err != nil {
		return err
	}
	m := (&wire.Finished{VerifyData: verify}).Marshal()
	m = append(m, wire.HelloRequest()...)
	if err := c.WriteRecord(wire.TypeHandshake, m); err != nil {
		return c.ending(err)
	}
	return c.AwaitEnd()
}
