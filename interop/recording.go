package interop

import (
	"bytes"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/parley-tls/parley/internal/capture"
)

// A Recording makes a capture of what passes a Relay. It keeps the packets, so
// that the keys, which are known at the end, stand before them in the file.
type Recording struct {
	mu      sync.Mutex // guards what follows
	packets []capture.Packet
}

// Packet is capture.PacketWriter's.
func (r *Recording) Packet(p capture.Packet) error {
	p.Data = bytes.Clone(p.Data)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.packets = append(r.packets, p)
	return nil
}

// Tap is StartRelay's.
func (r *Recording) Tap(client, server net.Addr) Tap {
	recorder := capture.NewRecorder(r, addrPort(client), addrPort(server), capture.RecorderOptions{Initial: [2]uint32{rand.Uint32(), rand.Uint32()}})
	recorder.Open(time.Now())
	return recorded{recorder}
}

func addrPort(a net.Addr) netip.AddrPort { return a.(*net.TCPAddr).AddrPort() }

// File gives the capture, a key log in it if there is one.
func (r *Recording) File(keyLog []byte) ([]byte, error) {
	var file bytes.Buffer
	w, err := capture.NewWriter(&file, capture.WriterOptions{Application: "Parley's rig"})
	if err != nil {
		return nil, err
	}
	if len(keyLog) > 0 {
		if err := w.Secrets(capture.SecretsBlock{Type: capture.SecretsTLSKeyLog, Data: keyLog}); err != nil {
			return nil, err
		}
	}
	for _, p := range r.packets {
		if err := w.Packet(p); err != nil {
			return nil, err
		}
	}
	err = w.Flush()
	return file.Bytes(), err
}

// A recorded is one connection of a recording.
type recorded struct{ recorder *capture.Recorder }

func direction(fromClient bool) capture.Direction {
	if fromClient {
		return capture.AtoB
	}
	return capture.BtoA
}

// Sent records what one side sent.
func (r recorded) Sent(fromClient bool, b []byte) {
	r.recorder.Send(direction(fromClient), time.Now(), b)
}

// Ended records how one side ended.
func (r recorded) Ended(fromClient, reset bool) {
	if reset {
		r.recorder.Reset(direction(fromClient), time.Now())
		return
	}
	r.recorder.Close(direction(fromClient), time.Now())
}
