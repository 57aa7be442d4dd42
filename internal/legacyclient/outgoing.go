package legacyclient

import (
	"sync"

	"github.com/parley-tls/parley/internal/wire"
)

// A Record is one record: received, or to be sent, perhaps forged.
type Record struct {
	Type    wire.ContentType
	Version wire.Version // in the header; to be sent and zero: as it should be
	Payload []byte

	// Forgeries, only of records to be sent.
	MACVersion wire.Version // what MAC and AEAD data name; zero: the negotiated one
	BadMAC     bool         // the last bit of protection is flipped
	InClear    bool         // unprotected, whatever keys are in use
}

// outgoing is the client's writing half.
type outgoing struct {
	sync.Mutex // guards all that follows
	sealer     *sealer
	version    wire.Version // of headers
	corked     bool
	held       []byte
	told       describer
}

// hidesIV reports whether an empty record must go before one with data.
func (o *outgoing) hidesIV() bool {
	o.Lock()
	defer o.Unlock()
	return o.sealer.chain != nil
}

func (o *outgoing) setVersion(v wire.Version) {
	o.Lock()
	defer o.Unlock()
	o.version = v
}

func (o *outgoing) setSealer(s *sealer) {
	o.Lock()
	defer o.Unlock()
	o.sealer = s
}

// WriteRecord sends one record under the keys in use, as it should be.
func (c *Client) WriteRecord(t wire.ContentType, payload []byte) error {
	return c.Send(Record{Type: t, Payload: payload})
}

// WriteRecordVersion sends one record whose header names version v, while MAC
// and AEAD data have the negotiated one.
func (c *Client) WriteRecordVersion(t wire.ContentType, v wire.Version, payload []byte) error {
	return c.Send(Record{Type: t, Version: v, Payload: payload})
}

// Send sends one record, whatever its length.
func (c *Client) Send(r Record) error {
	c.out.Lock()
	defer c.out.Unlock()
	records := []Record{r}
	if c.o.Shape != nil {
		records = c.o.Shape(r)
	}
	for _, r := range records {
		if err := c.sendLocked(r); err != nil {
			return err
		}
	}
	return nil
}

func (c *Client) sendLocked(r Record) error {
	if r.Version == 0 {
		r.Version = c.out.version
	}
	protected := c.out.sealer.suite != nil && !r.InClear
	b := c.out.sealer.seal(r)
	c.tell.step(true, protected, &c.out.told, r, len(b)-wire.RecordHeaderLen)
	return c.writeLocked(b)
}

// WriteRaw sends bytes as they are.
func (c *Client) WriteRaw(b []byte) error {
	c.out.Lock()
	defer c.out.Unlock()
	return c.writeLocked(b)
}

func (c *Client) writeLocked(b []byte) error {
	if c.out.corked {
		c.out.held = append(c.out.held, b...)
		return nil
	}
	if err := c.beforeWrite(); err != nil {
		return err
	}
	_, err := c.conn.Write(b)
	return err
}

// Cork keeps back what is sent until Uncork sends it all in one write, so that
// the server finds it in one segment.
func (c *Client) Cork() {
	c.out.Lock()
	defer c.out.Unlock()
	c.out.corked = true
}

// Uncork sends what Cork kept back.
func (c *Client) Uncork() error {
	c.out.Lock()
	defer c.out.Unlock()
	held := c.out.held
	c.out.corked, c.out.held = false, nil
	return c.writeLocked(held)
}

// SendAlert sends an alert.
func (c *Client) SendAlert(l wire.AlertLevel, a wire.Alert) error {
	return c.WriteRecord(wire.TypeAlert, []byte{byte(l), byte(a)})
}

// sendFatal tells the server why the client gives up; that the server cannot be
// told is no further news.
func (c *Client) sendFatal(a wire.Alert) { _ = c.SendAlert(wire.LevelFatal, a) }
