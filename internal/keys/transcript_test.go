package keys

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"testing"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
	"pgregory.net/rapid"
)

var (
	sha256Suite = suite.ByID(wire.TLS_RSA_WITH_AES_128_CBC_SHA)
	sha384Suite = suite.ByID(wire.TLS_RSA_WITH_AES_256_GCM_SHA384)
	versions    = []wire.Version{wire.VersionSSL30, wire.VersionTLS10, wire.VersionTLS11, wire.VersionTLS12}
)

func panics(f func()) (panicked bool) {
	defer func() { panicked = recover() != nil }()
	f()
	return
}

// everything is all that a transcript can say at this point.
func everything(tr *Transcript, master Secret) []byte {
	out := tr.SessionHash()
	out = append(out, tr.ClientVerifyData(master)...)
	out = append(out, tr.ServerVerifyData(master)...)
	if tr.version == wire.VersionTLS12 {
		for _, id := range verifyHashes {
			out = append(out, tr.Digest(id)...)
		}
		return out
	}
	out = append(out, tr.Digest(crypto.MD5SHA1)...)
	return append(out, tr.Digest(crypto.SHA1)...)
}

func TestTranscriptSpeaksOfTheBytesAndNotOfHowTheyCame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		version := rapid.SampledFrom(versions).Draw(t, "version")
		s := rapid.SampledFrom([]*suite.Suite{sha256Suite, sha384Suite}).Draw(t, "suite")
		messages := rapid.SliceOf(rapid.SliceOfN(rapid.Byte(), 0, 100)).Draw(t, "messages")
		chosenAt := rapid.IntRange(0, len(messages)).Draw(t, "chosen at")
		askedAt := rapid.IntRange(chosenAt, len(messages)).Draw(t, "asked at")
		master := NewSecret(rapid.SliceOfN(rapid.Byte(), 0, 80).Draw(t, "master"))

		inParts := NewTranscript()
		inParts.KeepForVerify()
		for i := 0; i <= len(messages); i++ {
			if i == chosenAt {
				inParts.Choose(version, s)
			}
			if i == askedAt {
				everything(inParts, master) // asking changes nothing
			}
			if i < len(messages) {
				inParts.Write(messages[i])
			}
		}

		atOnce := NewTranscript()
		atOnce.KeepForVerify()
		atOnce.Choose(version, s)
		atOnce.Write(bytes.Join(messages, nil))

		if !bytes.Equal(everything(inParts, master), everything(atOnce, master)) {
			t.Fatal("the same bytes gave two answers")
		}
	})
}

func TestTranscriptDoesNotAliasWhatItIsGiven(t *testing.T) {
	message := []byte("a ClientHello")
	tr := NewTranscript()
	tr.Write(message)
	clear(message)
	tr.Choose(wire.VersionTLS12, sha256Suite)
	want := sha256.Sum256([]byte("a ClientHello"))
	same(t, "hash", tr.SessionHash(), want[:])
}

func TestTranscriptKeepsNoBytesOnceChosen(t *testing.T) {
	for _, keep := range []bool{false, true} {
		tr := NewTranscript()
		tr.Write(make([]byte, 1000))
		if keep {
			tr.KeepForVerify()
		}
		tr.Choose(wire.VersionTLS12, sha256Suite)
		message := make([]byte, 1<<16)
		if n := testing.AllocsPerRun(20, func() { tr.Write(message) }); n != 0 || tr.early != nil {
			t.Errorf("kept for CertificateVerify %v: %v allocations a message, %d bytes held", keep, n, len(tr.early))
		}
	}
}

func TestTranscriptRunsOnlyTheHashesThatAreWanted(t *testing.T) {
	for _, c := range []struct {
		version          wire.Version
		suite            *suite.Suite
		plain, forVerify int
	}{
		{wire.VersionSSL30, sha256Suite, 2, 2},
		{wire.VersionTLS10, sha256Suite, 2, 2},
		{wire.VersionTLS11, sha256Suite, 2, 2},
		{wire.VersionTLS12, sha256Suite, 1, 4},
		{wire.VersionTLS12, sha384Suite, 1, 4},
	} {
		plain, kept := NewTranscript(), NewTranscript()
		kept.KeepForVerify()
		plain.Choose(c.version, c.suite)
		kept.Choose(c.version, c.suite)
		if len(plain.running) != c.plain || len(kept.running) != c.forVerify {
			t.Errorf("%v: %d hashes run, %d with KeepForVerify; want %d and %d", c.version, len(plain.running), len(kept.running), c.plain, c.forVerify)
		}
		if kept.DropVerify(); len(kept.running) != c.plain {
			t.Errorf("%v: %d hashes run after DropVerify, want %d", c.version, len(kept.running), c.plain)
		}
	}
}

// A signature over nothing can be made by anyone who knows the public key, so a
// digest that cannot be had must never look like one.
func TestTranscriptNeverGivesAnEmptyDigest(t *testing.T) {
	for name, ask := range map[string]func(*Transcript){
		"before Choose": func(tr *Transcript) { tr.Digest(crypto.SHA256) },
		"not kept": func(tr *Transcript) {
			tr.Choose(wire.VersionTLS12, sha256Suite)
			tr.Digest(crypto.SHA512)
		},
		"dropped": func(tr *Transcript) {
			tr.KeepForVerify()
			tr.Choose(wire.VersionTLS12, sha256Suite)
			tr.DropVerify()
			tr.Digest(crypto.SHA1)
		},
		"of another version": func(tr *Transcript) {
			tr.KeepForVerify()
			tr.Choose(wire.VersionTLS12, sha256Suite)
			tr.Digest(crypto.MD5SHA1)
		},
		"session hash before Choose": func(tr *Transcript) { tr.SessionHash() },
		"verify_data before Choose":  func(tr *Transcript) { tr.ClientVerifyData(NewSecret([]byte{1})) },
	} {
		if !panics(func() { ask(NewTranscript()) }) {
			t.Errorf("%s: a digest came", name)
		}
	}
}

func TestTranscriptIsChosenOnce(t *testing.T) {
	tr := NewTranscript()
	tr.Choose(wire.VersionTLS12, sha256Suite)
	if !panics(func() { tr.Choose(wire.VersionTLS10, sha256Suite) }) {
		t.Error("chosen twice")
	}
	if !panics(tr.KeepForVerify) {
		t.Error("KeepForVerify came when the bytes were gone")
	}
}

func TestVerifyDataHasTheVersionsLength(t *testing.T) {
	for _, v := range versions {
		want := VerifyLen
		if v == wire.VersionSSL30 {
			want = SSL3VerifyLen
		}
		tr := NewTranscript()
		tr.Choose(v, sha256Suite)
		client, server := tr.ClientVerifyData(Secret{}), tr.ServerVerifyData(Secret{})
		if len(client) != want || len(server) != want || bytes.Equal(client, server) {
			t.Errorf("%v: client %x, server %x", v, client, server)
		}
	}
}
