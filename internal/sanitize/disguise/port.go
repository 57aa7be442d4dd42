package disguise

// firstFree is the first port that no service is registered for as a system port (RFC
// 6335, section 6).
const firstFree = 1024

// served are ports above that of services that speak TLS, or whose dialogues lead to it.
var served = map[uint16]bool{
	1194: true, 1433: true, 1521: true, 1883: true, 2083: true, 2087: true, 2376: true, 2484: true, 2525: true, 3268: true, 3269: true,
	3306: true, 3389: true, 4190: true, 4433: true, 5061: true, 5222: true, 5223: true, 5269: true, 5432: true, 5671: true, 5672: true, 5986: true,
	6379: true, 6443: true, 6514: true, 6679: true, 6697: true, 8000: true, 8080: true, 8443: true, 8883: true, 9092: true, 9093: true, 9443: true, 10443: true, 27017: true,
}

// Port replaces a port, different ports by different ones, if that is asked for. Ports
// of well-known services stay: what is behind them is of use, and tells nothing.
func (d *Disguise) Port(p uint16) uint16 {
	if !d.options.Ports || keepsPort(p) {
		return p
	}
	if d.ports == nil {
		d.ports = d.shufflePorts()
	}
	return d.ports[p]
}

func keepsPort(p uint16) bool { return p < firstFree || served[p] }

// shufflePorts is an order of ports in which those that are kept stay where they are.
func (d *Disguise) shufflePorts() []uint16 {
	order := make([]uint16, 1<<16)
	var free []uint16
	for i := range order {
		order[i] = uint16(i)
		if !keepsPort(uint16(i)) {
			free = append(free, uint16(i))
		}
	}
	s := d.stream("ports", nil)
	for i := len(free) - 1; i > 0; i-- {
		j := s.below(i + 1)
		order[free[i]], order[free[j]] = order[free[j]], order[free[i]]
	}
	return order
}
