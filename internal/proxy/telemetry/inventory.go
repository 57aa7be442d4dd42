package telemetry

import "github.com/prometheus/client_golang/prometheus"

// Inventory counts what the process knows of its clients.
type Inventory struct {
	Clients int    // now
	Left    uint64 // that had to leave for others
	Dropped uint64 // sightings that nobody had the time to write down
}

// AddInventory shows the inventory. It is asked whenever somebody looks, and is
// safe for concurrent use.
func (p *Process) AddInventory(totals func() Inventory) { p.add(inventory{totals}) }

type inventory struct{ totals func() Inventory }

var (
	inventoryClients = prometheus.NewDesc("parley_inventory_clients", "Clients in the inventory.", nil, nil)
	inventoryLeft    = prometheus.NewDesc("parley_inventory_left_total", "Clients that had to leave the inventory for others.", nil, nil)
	inventoryDropped = prometheus.NewDesc("parley_inventory_dropped_total", "Sightings of clients that the inventory had no time to write down.", nil, nil)
)

// Describe is prometheus.Collector's.
func (i inventory) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{inventoryClients, inventoryLeft, inventoryDropped} {
		to <- d
	}
}

// Collect is prometheus.Collector's.
func (i inventory) Collect(to chan<- prometheus.Metric) {
	t := i.totals()
	to <- prometheus.MustNewConstMetric(inventoryClients, prometheus.GaugeValue, float64(t.Clients))
	to <- prometheus.MustNewConstMetric(inventoryLeft, prometheus.CounterValue, float64(t.Left))
	to <- prometheus.MustNewConstMetric(inventoryDropped, prometheus.CounterValue, float64(t.Dropped))
}
