package packets_test

import (
	"testing"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/capture/capturetest"
	"github.com/parley-tls/parley/internal/sanitize/disguise"
)

func BenchmarkRewrite(b *testing.B) {
	frames := capturetest.Record(b, client, server, capture.RecorderOptions{}, func(r *capture.Recorder) {
		r.Open(noon)
		r.Send(capture.AtoB, noon, make([]byte, 14600))
	})
	r := rewriter(b, disguise.Options{})
	payload := make([]byte, 1460)
	b.ReportAllocs()
	for b.Loop() {
		for _, p := range frames {
			r.Rewrite(p, payload)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(frames)), "ns/packet")
}
