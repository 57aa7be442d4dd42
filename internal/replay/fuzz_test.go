package replay

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// Whatever a capture holds, its plan is bounded, or it is said that there is none.
func FuzzLoad(f *testing.F) {
	files, err := filepath.Glob(captures + "*.pcap")
	if err != nil {
		f.Fatal(err)
	}
	pem, err := os.ReadFile(captures + "server.key")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		keys := dissect.NewKeyring()
		if err := keys.AddKey("server.key", pem); err != nil {
			t.Fatal(err)
		}
		c, err := Load("fuzz", bytes.NewReader(b), LoadOptions{Keys: keys, Data: true})
		if err == nil {
			bounded(t, c)
		}
	})
}

// The same where records are changed that no capture could hold so.
func FuzzMake(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3}, uint8(0))
	f.Add([]byte("records that were never sent"), uint8(9))
	whole, _ := loaded(f, captures+"proper-tls12.pcap", true)
	f.Fuzz(func(t *testing.T, changes []byte, which uint8) {
		c := *whole
		c.Records = append([]Record(nil), whole.Records...)
		for i := 0; i+3 < len(changes); i += 4 {
			r := &c.Records[int(changes[i])%len(c.Records)]
			switch changes[i+1] % 8 {
			case 0:
				r.Type = wire.ContentType(20 + changes[i+2]%5)
			case 1:
				r.From = trace.Side(changes[i+2] % 3)
			case 2:
				r.Sealed, r.Content = true, -1
			case 3:
				r.Content = int(changes[i+2])<<8 | int(changes[i+3])
			case 4:
				r.Pieces = append([]Piece(nil), Piece{int(changes[i+2]), time.Duration(changes[i+3]) * time.Hour, int(which)})
			case 5:
				r.Alert = [2]byte{changes[i+2], changes[i+3]}
			case 6:
				r.Pieces = nil
			case 7:
				c.Records = append(c.Records, *r)
			}
		}
		bounded(t, &c)
	})
}

func bounded(t *testing.T, c *Captured) {
	p, err := Make(c)
	if err != nil {
		return
	}
	if len(p.Steps) > maxSteps+1 || p.Data > maxBytes+1<<16 || p.Time > maxTime {
		t.Errorf("%d steps, %d bytes, %v", len(p.Steps), p.Data, p.Time)
	}
	if p.hello() == nil || len(p.Lines()) == 0 {
		t.Error("there is nothing to play")
	}
	for i, s := range p.Steps {
		_ = p.stepText(i)
		if s.Act == ActHello && len(build(s.Hello, make([]byte, verifyLen), nil).Marshal()) == 0 {
			t.Error("a hello is empty")
		}
	}
	_ = judge(p, Outcome{Step: len(p.Steps) - 1})
}
