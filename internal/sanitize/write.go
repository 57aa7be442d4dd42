package sanitize

import (
	"context"
	"errors"
	"io"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/sanitize/packets"
)

// secretsBlock is how much of a key log one block holds.
const secretsBlock = 1 << 20

// write is the second pass: packets with new headers and new payloads.
func (r *run) write(ctx context.Context, in io.Reader, out io.Writer) error {
	reader, err := capture.NewReader(in, capture.Options{})
	if err != nil {
		return err
	}
	payloads, err := r.spool.payloads()
	if err != nil {
		return err
	}
	var writer *capture.Writer
	headers := packets.New(r.disguise)
	written := 0
	for ctx.Err() == nil {
		p, err := reader.Next()
		if err != nil && !errors.Is(err, io.EOF) && r.account.Damage == "" {
			return err
		}
		if writer == nil {
			if writer, err = r.begin(out, p); err != nil {
				return err
			}
		}
		if p.Frame == 0 {
			break
		}
		for written++; written < p.Frame; written++ { // what has a number and is no packet
			if err := writer.Packet(empty(p)); err != nil {
				return err
			}
		}
		at, payload, known, err := payloads.of(p.Frame)
		if err != nil {
			return err
		}
		r.change(p.Frame, payload)
		made := likeness(headers, p, payload)
		if m := r.moves[at.connection]; known && m != nil && len(made.Data) > 0 {
			payload, move := r.move(m, at, payload)
			made = headers.Move(made, payload, move)
		}
		if err := writer.Packet(made); err != nil {
			return err
		}
	}
	r.account.Packets, r.account.Options = headers.Counts(), headers.Options()
	if err := ctx.Err(); err != nil {
		return err
	}
	return writer.Flush()
}

// likeness is the packet that takes another's place, an empty one where nothing of that may
// be shown: so frames keep their numbers.
func likeness(headers *packets.Rewriter, p capture.Packet, payload []byte) capture.Packet {
	if made, fate := headers.Rewrite(p, payload); fate == packets.Written {
		return made
	}
	return empty(p)
}

// empty is a packet of nothing.
func empty(p capture.Packet) capture.Packet { return capture.Packet{Time: p.Time, Link: p.Link} }

// begin writes the head of the file and the secrets.
func (r *run) begin(out io.Writer, first capture.Packet) (*capture.Writer, error) {
	writer, err := capture.NewWriter(out, capture.WriterOptions{Comment: capture.Sanitized, Link: first.Link})
	if err != nil {
		return nil, err
	}
	for rest := r.secrets; len(rest) > 0; {
		n := len(rest)
		if n > secretsBlock {
			for n = secretsBlock; rest[n-1] != '\n'; n-- {
			}
		}
		if err := writer.Secrets(capture.SecretsBlock{Type: capture.SecretsTLSKeyLog, Data: rest[:n]}); err != nil {
			return nil, err
		}
		rest = rest[n:]
	}
	return writer, nil
}

// change has bytes differ from what came before them where the old ones did.
func (r *run) change(frame int, payload []byte) {
	for _, c := range r.changes[frame] {
		for i := range payload[min(c.at, len(payload)):min(c.at+c.n, len(payload))] {
			payload[c.at+i] ^= 1
		}
	}
}
