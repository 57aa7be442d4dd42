package capture_test

import (
	"bytes"
	"errors"
	"net/netip"
	"testing"

	"github.com/gopacket/gopacket/layers"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/capture/capturetest"
)

func TestPacketsOfSeveralLinksAreWrittenToOneFile(t *testing.T) {
	ethernet := greet(t, client, server)
	raw := ethernet.On(layers.LinkTypeRaw, capturetest.Raw)
	cut := ethernet.Cut(60)
	all := capturetest.Frames{ethernet[0], raw[1], cut[3], raw[4], ethernet[5]}
	got, _, err := read(bytes.NewReader(all.Pcapng(t, capture.WriterOptions{Snaplen: 65535})), capture.Options{})
	if err != nil || len(got) != len(all) {
		t.Fatalf("%d packets, %v", len(got), err)
	}
	for i, p := range got {
		if p.Link != all[i].Link || p.Length != all[i].Length || !bytes.Equal(p.Data, all[i].Data) {
			t.Errorf("packet %d: %+v", i+1, p)
		}
	}
}

// A full is a writer that takes so many bytes.
type full struct{ room int }

var errFull = errors.New("the disk is full")

func (f *full) Write(b []byte) (int, error) {
	if f.room -= len(b); f.room < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestARecorderSaysThatItCouldNotWrite(t *testing.T) {
	w, err := capture.NewWriter(&full{room: 5000}, capture.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r := capture.NewRecorder(w, netip.MustParseAddrPort(client), netip.MustParseAddrPort(server), capture.RecorderOptions{})
	r.Open(noon)
	r.Send(A, noon, make([]byte, 20000))
	if !errors.Is(r.Err(), errFull) {
		t.Error(r.Err())
	}
}

func TestSecretsOfUnknownTypesAreNotWritten(t *testing.T) {
	w, err := capture.NewWriter(new(bytes.Buffer), capture.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Secrets(capture.SecretsBlock{Type: 1}); err == nil {
		t.Error("written")
	}
}

func TestEndsOfTwoIPVersionsCannotTalk(t *testing.T) {
	var frames capturetest.Frames
	r := capture.NewRecorder(&frames, netip.MustParseAddrPort(client), netip.MustParseAddrPort(server6), capture.RecorderOptions{})
	r.Open(noon)
	if r.Err() == nil {
		t.Error("recorded")
	}
}
