package legacyclient

import "github.com/parley-tls/parley/internal/wire"

var restarts = []Misbehaviour{{
	Name:  "restart",
	Does:  "Forgets its keys and sends a first hello in clear on the connection in use.",
	Seen:  "OpenSSL with a new SSL object on the same socket, or after SSL_clear",
	hello: kind(HelloRestart),
}, {
	Name:  "restart-resumed",
	Does:  "Forgets its keys, sends a first hello in clear and resumes the session in use.",
	Seen:  "OpenSSL after SSL_set_connect_state, which keeps the session",
	hello: resuming(HelloRestart),
}, {
	Name: "restart-info",
	Does: "Restarts in clear with a renegotiation_info that holds its last verify_data.",
	Seen: "nobody; RFC 5746, section 3.6 wants it refused in a first hello",
	hello: changed(HelloRestart, func(c *Client, hello *wire.ClientHello) {
		DropSCSV(hello)
		SetRenegotiationInfo(hello, c.state.ClientVerifyData)
	}),
}, {
	Name:  "restart-split",
	Does:  "Restarts in clear with the hello in two records.",
	Seen:  "nobody; it must not be taken for a restart",
	hello: func(*Client) Hello { return Hello{Kind: HelloRestart, Cut: 60} },
}, {
	Name:   "restart-trailing",
	Does:   "Restarts in clear with one byte behind the hello in its record.",
	Seen:   "nobody; it must not be taken for a restart",
	hello:  kind(HelloRestart),
	script: clearHello(func(hello []byte) []byte { return append(hello, 0) }),
}, {
	Name:   "restart-short",
	Does:   "Restarts in clear with a hello whose length says one byte more than there is.",
	Seen:   "nobody; it must not be taken for a restart",
	hello:  kind(HelloRestart),
	script: clearHello(func(hello []byte) []byte { hello[3]++; return hello }),
}, {
	Name:   "restart-ssl2",
	Does:   "Restarts in clear with a hello in the format of SSL 2.0.",
	Seen:   "OpenSSL before 1.0.0 on a new SSL object",
	hello:  kind(HelloRestart),
	script: ssl2Restart,
}, {
	Name:   "injected-hello",
	Does:   "Somebody on the path puts a first hello in clear between its records; the client goes on.",
	Seen:   "attackers that would cut or split a stream",
	hello:  kind(HelloRestart),
	script: injectHello,
}}

// clearHello sends a spoiled hello in clear and waits for the end.
func clearHello(spoil func([]byte) []byte) func(*Client, Hello) error {
	return func(c *Client, h Hello) error {
		hello := spoil(c.Hello(h).Raw)
		c.forgetKeys()
		if err := c.WriteRecordVersion(wire.TypeHandshake, c.o.HelloRecordVersion, hello); err != nil {
			return err
		}
		return c.AwaitEnd()
	}
}

func ssl2Restart(c *Client, h Hello) error {
	hello := c.Hello(h)
	hello.SSL2Format = true
	hello.SSL2CipherSpecs, hello.SSL2Challenge = nil, nil
	m := hello.Marshal()
	c.forgetKeys()
	if err := c.writeSSL2(m); err != nil {
		return err
	}
	return c.AwaitEnd()
}

// writeSSL2 sends a hello in a record of SSL 2.0, which begins with two bytes:
// its length, the first bit set.
func (c *Client) writeSSL2(m wire.Message) error {
	return c.WriteRaw(append([]byte{0x80 | byte(len(m)>>8), byte(len(m))}, m...))
}

// injectHello sends data, another's hello in clear, and data again.
func injectHello(c *Client, h Hello) error {
	hello := c.Hello(h).Raw
	inject := func() error {
		return c.Send(Record{Type: wire.TypeHandshake, Version: c.o.HelloRecordVersion, Payload: hello, InClear: true})
	}
	data := func() error {
		_, err := c.Write([]byte(CrossingData))
		return err
	}
	if err := firstError(data, inject, data); err != nil {
		return c.ending(err)
	}
	return c.AwaitEnd()
}
