package keys

import (
	"bytes"
	"crypto"
	"encoding/hex"
	"testing"

	"pgregory.net/rapid"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The vectors that went round the TLS working group's list: msg01589 for TLS 1.0,
// msg03416 for TLS 1.2.
func TestPRFGivesThePublishedVectors(t *testing.T) {
	for _, v := range []struct {
		name         string
		hash         crypto.Hash
		secret, seed []byte
		label, want  string
	}{
		{
			"TLS 1.0", crypto.MD5SHA1,
			bytes.Repeat([]byte{0xab}, 48), bytes.Repeat([]byte{0xcd}, 64), "PRF Testvector",
			"d3d4d1e349b5d515044666d51de32bab258cb521b6b053463e354832fd976754" +
				"443bcf9a296519bc289abcbc1187e4ebd31e602353776c408aafb74cbc85eff6" +
				"9255f9788faa184cbb957a9819d84a5d7eb006eb459d3ae8de9810454b8b2d8f" +
				"1afbc655a8c9a013",
		},
		{
			"TLS 1.2 with SHA-256", crypto.SHA256,
			unhex(t, "9bbe436ba940f017b17652849a71db35"), unhex(t, "a0ba9f936cda311827a6f796ffd5198c"), "test label",
			"e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a" +
				"6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab" +
				"4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701" +
				"87347b66",
		},
		{
			"TLS 1.2 with SHA-384", crypto.SHA384,
			unhex(t, "b80b733d6ceefcdc71566ea48e5567df"), unhex(t, "cd665cf6a8447dd6ff8b27555edb7465"), "test label",
			"7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107e81c83cd" +
				"e9ca0faa60be9fe34f82b1233c9146a0e534cb400fed2700884f9dc236f80edd" +
				"8bfa961144c9e8d792eca722a7b32fc3d416d473ebc2c5fd4abfdad05d918425" +
				"9b5bf8cd4d90fa0d31e2dec479e4f1a26066f2eea9a69236a3e52655c9e9aee6" +
				"91c8f3a26854308d5eaa3be85e0990703d73e56f",
		},
	} {
		t.Run(v.name, func(t *testing.T) {
			want := unhex(t, v.want)
			got := make([]byte, len(want))
			prf(got, v.hash, v.secret, v.label, v.seed)
			same(t, "PRF", got, want)
		})
	}
}

func TestPRFTakesSecretsOfAnyLength(t *testing.T) {
	var vectors []struct {
		Hash, Label       string
		Secret, Seed, Out hexBytes
	}
	readJSON(t, "prf.json", &vectors)
	hashes := map[string]crypto.Hash{"md5sha1": crypto.MD5SHA1, "sha256": crypto.SHA256, "sha384": crypto.SHA384}
	for _, v := range vectors {
		got := make([]byte, len(v.Out))
		prf(got, hashes[v.Hash], v.Secret, v.Label, v.Seed[:20], v.Seed[20:])
		if !bytes.Equal(got, v.Out) {
			t.Errorf("%s, %d bytes of secret: got %x, want %x", v.Hash, len(v.Secret), got, []byte(v.Out))
		}
	}
}

func TestPRFWithMoreOutputBeginsWithTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hash := rapid.SampledFrom([]crypto.Hash{crypto.MD5SHA1, crypto.SHA256, crypto.SHA384}).Draw(t, "hash")
		secret := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "secret")
		seed := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "seed")
		long := make([]byte, rapid.IntRange(0, 300).Draw(t, "long"))
		short := make([]byte, rapid.IntRange(0, len(long)).Draw(t, "short"))
		prf(long, hash, secret, "label", seed)
		prf(short, hash, secret, "label", seed)
		if !bytes.HasPrefix(long, short) {
			t.Fatalf("%x does not begin with %x", long, short)
		}
	})
}

func TestPRFAllocatesNothingForFurtherRounds(t *testing.T) {
	secret, seed := make([]byte, 48), make([]byte, 64)
	for _, hash := range []crypto.Hash{crypto.SHA256, crypto.SHA384} {
		allocs := func(n int) float64 {
			out := make([]byte, n)
			return testing.AllocsPerRun(50, func() { prf(out, hash, secret, "label", seed) })
		}
		if few, many := allocs(10), allocs(10000); few != many {
			t.Errorf("%v: %v allocations for 10 bytes, %v for 10000", hash, few, many)
		}
	}
}

func TestSSL3ExpansionTakesAnyLengths(t *testing.T) {
	var a, b [32]byte
	for secret := range 100 {
		long := make([]byte, 16*26)
		ssl3Expand(long, make([]byte, secret), &a, &b)
		short := make([]byte, secret)
		ssl3Expand(short, make([]byte, secret), &a, &b)
		if !bytes.HasPrefix(long, short) {
			t.Errorf("%d bytes of secret: the short output is another one", secret)
		}
	}
}
