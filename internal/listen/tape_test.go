package listen

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/proxy"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

func TestTapeIsForItsOwnerAloneAndNeverOverwritten(t *testing.T) {
	name := filepath.Join(t.TempDir(), "seen.pcapng")
	l := explaining(t, func(o *Options) { o.Write, o.Connections = name, "1" })
	c := l.legacy(legacyclient.Options{})
	if err := c.Echo([]byte("what passes")); err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	l.await()
	info, err := os.Stat(name)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	again, err := Options{Options: proxy.Options{Listen: "127.0.0.1:0"}, Write: name}.Check()
	if err != nil {
		t.Fatal(err)
	}
	again.text, again.notes = newLines(), newLines()
	var setting *proxy.SettingError
	if _, err := again.run(t.Context()); !errors.As(err, &setting) || setting.Name != "write" {
		t.Errorf("over a file that is there: %v", err)
	}
	if after, err := os.Stat(name); err != nil || after.Size() != info.Size() {
		t.Errorf("the file was changed: %v", err)
	}
}

func TestTapeThatCannotBeMadeIsNamed(t *testing.T) {
	plan, err := Options{Options: proxy.Options{Listen: "127.0.0.1:0"}, Write: filepath.Join(t.TempDir(), "missing", "x")}.Check()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plan.run(t.Context()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

// The keys stand before what they open: a reader that goes through the file once
// opens all of it.
func TestTapeIsOpenedByItsOwnKeys(t *testing.T) {
	for v := wire.VersionTLS10; v <= wire.VersionTLS12; v++ {
		name := filepath.Join(t.TempDir(), "seen.pcapng")
		l := explaining(t, func(o *Options) { o.Write, o.Connections = name, "1" })
		c := l.legacy(legacyclient.Options{Version: v})
		if err := c.Renegotiate(legacyclient.Hello{Kind: legacyclient.HelloProper}); err != nil {
			t.Fatal(err)
		}
		if err := c.Echo(make([]byte, 40_000)); err != nil {
			t.Fatal(err)
		}
		_ = c.Close()
		l.await()
		finished, data := 0, int64(0)
		for _, e := range captured(t, name)[0].Events {
			switch d := e.Detail.(type) {
			case trace.MessageDetail:
				if d.Type == wire.MessageFinished {
					finished++
				}
			case trace.DataDetail:
				if d.Sealed {
					t.Errorf("%s: data stayed sealed", v)
				}
				data += d.FromClient + d.ToClient
			case trace.GapDetail:
				t.Errorf("%s: %+v", v, d)
			}
		}
		if finished != 4 || data != 80_000 {
			t.Errorf("%s: %d Finished opened, %d bytes of data", v, finished, data)
		}
	}
}
