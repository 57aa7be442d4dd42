package dissect

import (
	"github.com/parley-tls/parley/internal/trace"
)

func (d *Dissector) parseModern(m joined, detail *trace.MessageDetail) {}

func (d *Dissector) modernKeys(place trace.Place) {}

func (d *Dissector) concludedModern(f *flow, place trace.Place) {}
