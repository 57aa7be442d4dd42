package valkey

import "sync/atomic"

// A request is something that the store is asked for.
type request int

const (
	requestGet request = iota
	requestPut
	requestDelete
	requests
)

// A result is what came of it.
type result int

const (
	resultHit     result = iota // of get
	resultMiss                  // likewise
	resultDone                  // of put and delete
	resultFailed                // an error, or it came too late
	resultSkipped               // the server does not answer, and was not asked
	results
)

var (
	requestNames = [requests]string{"get", "put", "delete"}
	resultNames  = [results]string{"hit", "miss", "done", "failed", "skipped"}
)

// succeeded is the good end of a request.
func (r request) succeeded() result {
	if r == requestGet {
		return resultHit
	}
	return resultDone
}

// Counts are how often stores were asked for what, and what came of it.
type Counts struct {
	n [requests][results]atomic.Int64
}

func (c *Counts) add(r request, x result) { c.n[r][x].Add(1) }

// A Count is one of them.
type Count struct {
	Request, Result string
	Count           int64
}

// All are those that can be, zero or not.
func (c *Counts) All() (all []Count) {
	for r := range requests {
		for x := range results {
			if (x == resultHit || x == resultMiss) != (r == requestGet) && x < resultFailed {
				continue // a put has no hit, and a get no other end
			}
			all = append(all, Count{requestNames[r], resultNames[x], c.n[r][x].Load()})
		}
	}
	return all
}
