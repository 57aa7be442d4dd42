package record

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/wire"
)

// latest lists each cipher and MAC once, in the last version it goes with.
func latest() []protection {
	var all []protection
	for _, p := range protections() {
		if p.version == wire.VersionTLS12 {
			all = append(all, p)
		}
	}
	return all
}

func BenchmarkSeal(b *testing.B) {
	for _, n := range []int{64, wire.MaxPlaintext} {
		for _, p := range latest() {
			b.Run(fmt.Sprintf("%v/%d", p.suite.ID, n), func(b *testing.B) {
				s, payload := p.sealer(b), make([]byte, n)
				dst := make([]byte, 0, s.SealedLen(n))
				b.SetBytes(int64(n))
				b.ReportAllocs()
				for b.Loop() {
					s.Seal(dst, wire.TypeApplicationData, payload)
				}
			})
		}
	}
}

// BenchmarkOpen copies the record each time, since opening destroys it; a copy
// of 16 KiB costs well under a tenth of the fastest suite.
func BenchmarkOpen(b *testing.B) {
	for _, n := range []int{64, wire.MaxPlaintext} {
		for _, p := range latest() {
			b.Run(fmt.Sprintf("%v/%d", p.suite.ID, n), func(b *testing.B) {
				o, rewind := p.opener(b), func() {}
				if rc4, ok := o.protection.(*stream); ok {
					first := *rc4.cipher
					rewind = func() { *rc4.cipher = first }
				}
				sealed := p.sealer(b).Seal(nil, wire.TypeApplicationData, make([]byte, n))
				rec := make([]byte, len(sealed))
				b.SetBytes(int64(n))
				b.ReportAllocs()
				for b.Loop() {
					rewind()
					copy(rec, sealed)
					o.sequence.next = 0
					if _, err := o.Open(rec); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkPaddingTiming looks for a difference in time between records of one
// length whose padding is shortest and good, longest and good, or bad: all with
// a bad MAC, as an attacker's are. It reports how far the means lie apart, and
// Welch's t for each pair of kinds after the slowest tenth is cut off (Reparaz and others, "dude, is my code
// constant time?"). Within 4.5 of zero nothing is seen. The control compares
// shortest paddings with shortest: what it shows comes of the machine, or of
// DES, whose tables are looked up by the data. Nothing is asserted.
func BenchmarkPaddingTiming(b *testing.B) {
	for _, p := range latest() {
		if !p.suite.IsCBC() {
			continue
		}
		for _, n := range []int{384, 1024} {
			b.Run(fmt.Sprintf("%v/%d", p.suite.ID, n), func(b *testing.B) { padTiming(b, p, n) })
		}
	}
}

func padTiming(b *testing.B, p protection, n int) {
	// Many records of each kind, so that neither their bytes nor where they
	// happen to lie in memory makes the difference.
	const variants = 64
	var recs [4][variants][]byte
	for i := range variants {
		recs[0][i] = paddingKind(b, p, n, byte(i), 0, 0)
		recs[1][i] = paddingKind(b, p, n, byte(i), 255, 0)
		recs[2][i] = paddingKind(b, p, n, byte(i), 255, 1)
		recs[3][i] = paddingKind(b, p, n, byte(i+variants), 0, 0)
	}
	o, room := p.opener(b), make([]byte, len(recs[0][0]))
	var times [len(recs)][]float64
	random := rand.New(rand.NewPCG(1, 2))
	for range b.N {
		for range 100 {
			kind := random.IntN(len(recs))
			copy(room, recs[kind][random.IntN(variants)])
			o.fault, o.sequence.next = nil, 0
			start := time.Now()
			_, err := o.Open(room)
			took := time.Since(start)
			if err == nil {
				b.Fatal("a forged record opens")
			}
			times[kind] = append(times[kind], float64(took))
		}
	}
	b.ReportMetric(welch(times[0], times[1]), "t-short-long")
	b.ReportMetric(welch(times[0], times[2]), "t-short-bad")
	b.ReportMetric(welch(times[1], times[2]), "t-long-bad")
	b.ReportMetric(welch(times[0], times[3]), "t-control")
	b.ReportMetric(apart(times[:]), "ns-apart")
}

// paddingKind is a record with n bytes inside, a wrong MAC and this padding,
// whose first byte is changed by spoil. Its content is another for each seed.
func paddingKind(b *testing.B, p protection, n int, seed byte, padding int, spoil byte) []byte {
	data, content, _ := fragment(p, n, padding)
	_, _ = rand.NewChaCha8([32]byte{seed, byte(padding), spoil}).Read(data[:content+p.suite.MACLen()])
	data[content+p.suite.MACLen()] ^= spoil
	return p.enclose(b, wire.TypeApplicationData, data)
}

// apart is how far the kinds' means lie from each other, in nanoseconds.
func apart(times [][]float64) float64 {
	lowest, highest := math.Inf(1), 0.0
	for _, x := range times {
		mean, _ := meanOfFast(x)
		lowest, highest = min(lowest, mean), max(highest, mean)
	}
	return highest - lowest
}

// welch is the t of Welch's test between a and b without their slowest tenths.
func welch(a, b []float64) float64 {
	meanA, errA := meanOfFast(a)
	meanB, errB := meanOfFast(b)
	return (meanA - meanB) / math.Sqrt(errA+errB)
}

// meanOfFast is the mean and the square of its standard error.
func meanOfFast(x []float64) (mean, squaredError float64) {
	slices.Sort(x)
	x = x[:len(x)-len(x)/10]
	n := float64(len(x))
	for _, v := range x {
		mean += v / n
	}
	variance := 0.0
	for _, v := range x {
		variance += (v - mean) * (v - mean) / (n - 1)
	}
	return mean, variance / n
}
