package renego

import "time"

// What hellos cost. A full handshake costs the server a private-key operation
// (CVE-2011-1473), the others nearly nothing.
const (
	CostFull        = 20
	CostAbbreviated = 1
	CostRefused     = 1
)

// A Ration limits how much renegotiation costs: points that a connection and a
// source have, and what they regain in a second. Zero stands for the defaults.
type Ration struct {
	Connection, ConnectionPerSecond int // 200, 20
	Source, SourcePerSecond         int // 4,000, 400
}

// OrDefault fills in the defaults.
func (r Ration) OrDefault() Ration {
	set := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	set(&r.Connection, 200)
	set(&r.ConnectionPerSecond, 20)
	set(&r.Source, 4000)
	set(&r.SourcePerSecond, 400)
	return r
}

// maxPoints is more than anybody spends, and no overflow in a Bucket.
const maxPoints = 1 << 30

// A Bucket holds the points left. Its zero value is full.
type Bucket struct {
	spent int64 // in points times a second, so that nothing is lost to rounding
	last  time.Duration
}

// Take spends cost points of a bucket of size points that regains perSecond. If
// they are not there it spends nothing and says how long to wait for them.
func (b *Bucket) Take(now time.Duration, cost, size, perSecond int) (wait time.Duration) {
	b.regain(now, perSecond)
	size = min(size, maxPoints)
	over := b.spent + int64(cost)*int64(time.Second) - int64(size)*int64(time.Second)
	if over > 0 && b.spent > 0 {
		return time.Duration(over/int64(perSecond)) + 1
	}
	b.spent += int64(cost) * int64(time.Second)
	return 0
}

// Full reports whether all points are there again at now.
func (b *Bucket) Full(now time.Duration, perSecond int) bool {
	b.regain(now, perSecond)
	return b.spent == 0
}

func (b *Bucket) regain(now time.Duration, perSecond int) {
	if passed := now - b.last; passed > 0 {
		b.last = now
		// Past the whole of any debt, no product is needed: and none can overflow.
		if passed > time.Duration(b.spent/int64(perSecond)) {
			b.spent = 0
			return
		}
		b.spent -= int64(passed) * int64(perSecond)
	}
}
