package record

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/parley-tls/parley/internal/wire"
)

func (p protection) trial(t testing.TB) *Trial {
	t.Helper()
	trial, err := NewTrial(p.version, p.suite, p.mac, p.key, p.iv)
	if err != nil {
		t.Fatal(err)
	}
	return trial
}

// sealed are records of a side, each with its number in it.
func (p protection) sealed(t testing.TB, n int) (records [][]byte) {
	t.Helper()
	s, err := NewSealer(p.version, p.suite, p.mac, p.key, p.iv)
	if err != nil {
		t.Fatal(err)
	}
	s.SetRandom(bytes.NewReader(make([]byte, 1<<16)))
	for i := range n {
		records = append(records, s.Seal(nil, wire.TypeHandshake, fmt.Appendf(nil, "record %d of them", i)))
	}
	return records
}

func opens(trial *Trial, rec []byte, want int) error {
	room := make([]byte, len(rec))
	before := bytes.Clone(rec)
	plaintext, _, ok := trial.Open(rec, room)
	switch {
	case !bytes.Equal(rec, before):
		return fmt.Errorf("the record was changed")
	case !ok:
		return fmt.Errorf("record %d does not open", want)
	case string(plaintext) != fmt.Sprintf("record %d of them", want):
		return fmt.Errorf("record %d says %q", want, plaintext)
	}
	return nil
}

func TestTrialGoesOnAfterWhatDoesNotOpen(t *testing.T) {
	for _, p := range protections() {
		trial, records := p.trial(t), p.sealed(t, 4)
		for i, rec := range records {
			wrong := bytes.Clone(rec)
			wrong[len(wrong)-1] ^= 1
			if _, _, ok := trial.Open(wrong, make([]byte, len(wrong))); ok {
				t.Errorf("%v: a changed record opens", p)
			}
			if trial.Sequence() != uint64(i) {
				t.Errorf("%v: record %d has the number %d", p, i, trial.Sequence())
			}
			if err := opens(trial, rec, i); err != nil {
				t.Errorf("%v: %v", p, err)
			}
		}
		if _, _, ok := trial.Open(nil, nil); ok {
			t.Errorf("%v: nothing opens", p)
		}
	}
}

func TestTrialTellsWhichVersionMatched(t *testing.T) {
	for _, p := range protections() {
		rec := p.sealed(t, 1)[0]
		for _, header := range []wire.Version{p.version, wire.VersionTLS10, wire.VersionTLS12, 0x7f00} {
			rec[1], rec[2] = byte(header>>8), byte(header)
			if _, as, ok := p.trial(t).Open(rec, make([]byte, len(rec))); !ok || as != p.version {
				t.Errorf("%v, header %v: made with %v, opens %v", p, header, as, ok)
			}
		}
	}
}

func TestTrialAheadOpensBehindWhatIsMissing(t *testing.T) {
	for _, p := range protections() {
		trial, records := p.trial(t), p.sealed(t, 6)
		if err := opens(trial, records[0], 0); err != nil {
			t.Fatal(p, err)
		}
		missing := int64(0)
		for _, rec := range records[1:4] {
			missing += int64(len(rec) - wire.RecordHeaderLen)
		}
		ahead := trial.Ahead(3, missing, records[3])
		for i := 4; i < 6; i++ {
			if err := opens(ahead, records[i], i); err != nil {
				t.Errorf("%v: %v", p, err)
			}
		}
		// The one it came from stands where it stood.
		if err := opens(trial, records[1], 1); err != nil {
			t.Errorf("%v: %v", p, err)
		}
		chains := p.suite.IsCBC() && p.version < wire.VersionTLS11
		if err := opens(trial.Ahead(2, 0, nil), records[4], 4); (err == nil) != (p.suite.BlockLen() == 0 && p.suite.IsAEAD() || p.suite.IsCBC() && !chains) {
			t.Errorf("%v: without the bytes before it: %v", p, err)
		}
	}
}
