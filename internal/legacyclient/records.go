package legacyclient

import "github.com/parley-tls/parley/internal/wire"

// storm is more than any server should bear in a row.
const storm = 100

var records = []Misbehaviour{{
	Name:   "header-data",
	Does:   "Sends data in a record whose header names another version.",
	Seen:   "nobody; MAC and AEAD data are right",
	script: alone(func(c *Client) Record { return Record{Type: wire.TypeApplicationData, Payload: []byte(CrossingData)} }),
}, {
	Name: "header-alert",
	Does: "Sends a warning in a record whose header names another version.",
	Seen: "nobody",
	script: alone(func(c *Client) Record {
		return Record{Type: wire.TypeAlert, Payload: []byte{byte(wire.LevelWarning), byte(wire.AlertUserCanceled)}}
	}),
}, {
	Name:   "header-ccs",
	Does:   "Sends ChangeCipherSpec in a record whose header names another version.",
	Seen:   "nobody",
	script: headerCCS,
}, {
	Name:   "mac-header-version",
	Does:   "Sends a hello whose MAC is made with the version in the record's header, not the negotiated one.",
	Seen:   "nobody; the founding client's MAC has the negotiated version",
	script: macHeaderVersion,
}, {
	Name:   "bad-mac",
	Does:   "Sends data with one bit of the protection flipped.",
	Seen:   "broken networks and attackers",
	script: badMAC,
}, {
	Name:   "after-bad-mac",
	Does:   "Sends a record that does not open, then one that would have, then a hello in clear.",
	Seen:   "attackers",
	script: afterBadMAC,
}, {
	Name:   "empty-records",
	Does:   "Sends a hundred empty records of data.",
	Seen:   "attackers; OpenSSL sends one before each record with data, in TLS 1.0",
	script: flood(Record{Type: wire.TypeApplicationData}),
}, {
	Name:   "empty-handshake",
	Does:   "Sends a hundred empty handshake records.",
	Seen:   "attackers",
	script: flood(Record{Type: wire.TypeHandshake}),
}, {
	Name:   "warnings",
	Does:   "Sends a hundred warnings.",
	Seen:   "CVE-2016-8610",
	script: flood(Record{Type: wire.TypeAlert, Payload: []byte{byte(wire.LevelWarning), byte(wire.AlertUserCanceled)}}),
}}

// OtherVersion is a version that headers must not name here: 0x0301 as in the
// founding client's hello, or where that is the negotiated one, 0x0302.
func (c *Client) OtherVersion() wire.Version {
	if c.state.Version == wire.VersionTLS10 {
		return wire.VersionTLS11
	}
	return wire.VersionTLS10
}

// alone sends one record with a wrong header and waits for the end.
func alone(r func(*Client) Record) func(*Client, Hello) error {
	return func(c *Client, _ Hello) error {
		record := r(c)
		record.Version = c.OtherVersion()
		if err := c.Send(record); err != nil {
			return err
		}
		return c.AwaitEnd()
	}
}

func headerCCS(c *Client, h Hello) error {
	if err := upToFinished(c, h); err != nil {
		return c.ending(err)
	}
	if err := c.WriteRecordVersion(wire.TypeChangeCipherSpec, c.OtherVersion(), []byte{1}); err != nil {
		return c.ending(err)
	}
	return c.AwaitEnd()
}

func macHeaderVersion(c *Client, h Hello) error {
	v := c.OtherVersion()
	r := Record{Type: wire.TypeHandshake, Version: v, MACVersion: v, Payload: c.Hello(h).Raw}
	if err := c.Send(r); err != nil {
		return err
	}
	return c.AwaitEnd()
}

func badMAC(c *Client, _ Hello) error {
	if err := c.Send(Record{Type: wire.TypeApplicationData, Payload: []byte(CrossingData), BadMAC: true}); err != nil {
		return err
	}
	return c.AwaitEnd()
}

func afterBadMAC(c *Client, _ Hello) error {
	hello := c.Hello(Hello{Kind: HelloRestart}).Raw
	for _, r := range []Record{
		{Type: wire.TypeApplicationData, Payload: []byte(CrossingData), BadMAC: true},
		{Type: wire.TypeApplicationData, Payload: []byte(CrossingData)},
		{Type: wire.TypeHandshake, Version: c.o.HelloRecordVersion, Payload: hello, InClear: true},
	} {
		if err := c.Send(r); err != nil {
			return c.ending(err)
		}
	}
	return c.AwaitEnd()
}

// flood sends a record many times in one segment and waits for the end.
func flood(r Record) func(*Client, Hello) error {
	return func(c *Client, _ Hello) error {
		c.Cork()
		for range storm {
			if err := c.Send(r); err != nil {
				return err
			}
		}
		if err := c.Uncork(); err != nil {
			return c.ending(err)
		}
		return c.AwaitEnd()
	}
}
