package replay

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/sanitize"
	"github.com/parley-tls/parley/internal/sanitize/disguise"
)

// spool is sanitize's, in memory.
type spool struct{ bytes []byte }

func (s *spool) WriteAt(b []byte, at int64) (int, error) {
	if end := int(at) + len(b); end > len(s.bytes) {
		s.bytes = append(s.bytes, make([]byte, end-len(s.bytes))...)
	}
	return copy(s.bytes[at:], b), nil
}

func (s *spool) ReadAt(b []byte, at int64) (int, error) {
	return bytes.NewReader(s.bytes).ReadAt(b, at)
}

// Whoever is given a sanitized capture plays what its owner would: the same steps, with
// the same records, packets and pauses, and hellos of the same kinds.
func TestSanitizedCaptureHasTheSamePlan(t *testing.T) {
	random := rand.NewChaCha8([32]byte{7})
	d, err := disguise.New(random, disguise.Options{})
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(captures + "*.pcap")
	rig, err2 := filepath.Glob(captures + "rig/*.pcapng")
	if err != nil || err2 != nil || len(files)+len(rig) < 40 {
		t.Fatal(len(files), len(rig), err, err2)
	}
	for _, name := range append(files, rig...) {
		if filepath.Base(name) == "http.pcapng" {
			continue
		}
		t.Run(filepath.Base(name), func(t *testing.T) {
			file, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			keys := dissect.NewKeyring()
			pem, err := os.ReadFile(captures + "server.key")
			if err == nil {
				err = keys.AddKey("server.key", pem)
			}
			if err != nil {
				t.Fatal(err)
			}
			var shared bytes.Buffer
			if _, err := sanitize.Sanitize(t.Context(), bytes.NewReader(file), &shared, sanitize.Options{Keys: keys, Random: random, Spool: new(spool), Disguise: d}); err != nil {
				t.Fatal(err)
			}
			_, was := loaded(t, name, true)
			_, is := planned(t, &shared, LoadOptions{})
			if a, b := steady(was), steady(is); a != b {
				t.Errorf("its owner plays\n%s\nand a stranger\n%s", a, b)
			}
		})
	}
}

// steady is a plan without what a sanitized capture invents.
func steady(p *Plan) string {
	var b strings.Builder
	for _, s := range p.Steps {
		fmt.Fprintf(&b, "%d frame %d %+v %d %+v %v", s.Act, s.Frame, s.Shapes, s.Bytes, s.Alert, s.Wait)
		if h := s.Hello; h != nil {
			fmt.Fprintf(&b, " %v %v %v %q %d %d %v", h.Kind, h.Offers, h.Verify, h.Concluded, h.Number, h.Length, h.Like.CipherSuites)
			for _, e := range h.Like.Extensions {
				fmt.Fprintf(&b, " %v/%d", e.Type, len(e.Data))
			}
		}
		if s.End != nil {
			fmt.Fprintf(&b, " %+v", *s.End)
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "%+v %v %v %v %v", p.Fail, p.Session, p.TakesData, p.Partial, p.Time)
	return b.String()
}
