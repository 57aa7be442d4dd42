package replay

import (
	"errors"
	"os"

	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

func (p *player) sendData(s *Step) error {
	data := s.Data
	if len(data) == 0 {
		data = filler(int(s.Bytes))
	}
	p.framer.expect(s.Shapes, false)
	for _, shape := range s.Shapes {
		n := min(max(0, shape.Content), len(data), wire.MaxPlaintext)
		if err := p.client.WriteRecord(wire.TypeApplicationData, data[:n]); err != nil {
			return p.written(err)
		}
		data = data[n:]
	}
	return nil
}

// sendDamaged sends records whose protection is spoiled.
func (p *player) sendDamaged(s *Step) error {
	p.framer.expect(s.Shapes, false)
	for _, shape := range s.Shapes {
		n := min(max(0, shape.Content), wire.MaxPlaintext)
		err := p.client.Send(legacyclient.Record{Type: s.Type, Payload: make([]byte, n), BadMAC: true})
		if err != nil {
			return p.written(err)
		}
	}
	return nil
}

// filler is text in place of data that nobody here may know.
func filler(n int) []byte {
	const line = "filler sent by parley replay in place of captured data\n"
	b := make([]byte, 0, n+len(line))
	for len(b) < n {
		b = append(b, line...)
	}
	return b[:n]
}

// awaitData waits for as many bytes as the server had sent in the capture.
func (p *player) awaitData(total int64) error {
	if p.late {
		return nil
	}
	if err := p.settle(); err != nil {
		return err
	}
	for p.got < total {
		if err := p.read(); err != nil {
			if isTimeout(err) {
				p.late = true
				p.remark("the server sent %d of the %d bytes that it had sent here in the capture; they are waited for no longer", p.got, total)
				return p.ctx.Err()
			}
			return err
		}
	}
	return nil
}

// settle ends a handshake whose last message is still to be received.
func (p *player) settle() error {
	if p.under && p.finished {
		return p.confirm()
	}
	return nil
}

func (p *player) read() error {
	if p.under {
		return os.ErrDeadlineExceeded // in the middle of a handshake nothing else is read
	}
	var b [16 << 10]byte
	n, err := p.client.Read(b[:])
	p.got += int64(n)
	if errors.Is(err, legacyclient.ErrAsked) {
		p.asked++
		return nil
	}
	return err
}

func (p *player) awaitRequest() error {
	if err := p.settle(); err != nil {
		return err
	}
	for p.asked == 0 {
		if err := p.read(); err != nil {
			if isTimeout(err) {
				p.remark("the server does not ask for a renegotiation (HelloRequest), as the captured one did")
				return p.ctx.Err()
			}
			return err
		}
	}
	return nil
}
