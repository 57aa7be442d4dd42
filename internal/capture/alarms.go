package capture

import (
	"container/heap"
	"time"
)

// alarms are the connections that wait for a time, the earliest first.
type alarms struct{ heap alarmHeap }

// set makes a connection wait until a time, or no more where that is zero.
func (a *alarms) set(c *connection, at time.Time) {
	switch {
	case at.Equal(c.alarm):
	case at.IsZero():
		heap.Remove(&a.heap, c.place)
		c.alarm = at
	case c.alarm.IsZero():
		c.alarm = at
		heap.Push(&a.heap, c)
	default:
		c.alarm = at
		heap.Fix(&a.heap, c.place)
	}
}

// due takes out the first connection whose time has come; nil: none.
func (a *alarms) due(now time.Time) *connection {
	if len(a.heap) == 0 || a.heap[0].alarm.After(now) {
		return nil
	}
	c := a.heap[0]
	a.set(c, time.Time{})
	return c
}

// alarmHeap is what container/heap asks for.
type alarmHeap []*connection

func (h alarmHeap) Len() int           { return len(h) }
func (h alarmHeap) Less(i, j int) bool { return h[i].alarm.Before(h[j].alarm) }

func (h alarmHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

func (h *alarmHeap) Push(x any) {
	c := x.(*connection)
	c.place = len(*h)
	*h = append(*h, c)
}

func (h *alarmHeap) Pop() any {
	last := len(*h) - 1
	c := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return c
}
