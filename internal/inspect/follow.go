package inspect

import (
	"bytes"
	"context"
	"errors"
	"io"
	"time"

	"github.com/parley-tls/parley/internal/capture"
)

// beat is how often the capture's clock is moved on while no packet comes.
const beat = 250 * time.Millisecond

// follow reads a capture that grows. While no packet comes the capture's time
// goes on with ours, so that a connection is shown soon after its end and not
// with somebody else's next packet.
func (r *reading) follow(ctx context.Context, streams *capture.Assembler) error {
	next := r.incoming(ctx)
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	var last, came time.Time // the last packet's time, and when it came
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case now := <-ticker.C:
			if !last.IsZero() {
				streams.Advance(last.Add(now.Sub(came)))
			}
		case in := <-next:
			switch {
			case errors.Is(in.err, io.EOF):
				return nil
			case in.err != nil:
				return r.partial(in.err)
			}
			for _, b := range in.secrets {
				r.addSecrets(b)
			}
			last, came = in.packet.Time, time.Now()
			r.saw(in.packet)
			streams.Add(in.packet)
		}
	}
}

// An arrival is the next packet, or why there is none, and the secrets that came
// before it.
type arrival struct {
	packet  capture.Packet
	secrets []capture.SecretsBlock
	err     error
}

// incoming reads packets on a goroutine of its own, which ends with the capture,
// or with the first packet after ctx.
func (r *reading) incoming(ctx context.Context) <-chan arrival {
	next := make(chan arrival)
	go func() {
		for {
			p, err := r.reader.Next()
			p.Data = bytes.Clone(p.Data)
			in := arrival{p, r.ahead, err}
			r.ahead = nil
			select {
			case next <- in:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return next
}
