package telemetry

// A StoreStatus says how the shared session store fares.
type StoreStatus struct {
	Answers bool    `json:"answers"`
	Counts  []Count `json:"requests"` // of labels request and result
}

// statusOfStore is of the store of a process; nil: there is none.
func (p *Process) statusOfStore() *StoreStatus {
	if p.stores == nil {
		return nil
	}
	held, up := p.stores.Up()
	if held == 0 {
		return nil
	}
	return &StoreStatus{up == held, countsOf(sessionStoreRequests{p.stores})}
}

func (s *StoreStatus) write(p *printer) {
	if s == nil {
		return
	}
	p.line("")
	if s.Answers {
		p.line("the session store answers")
	} else {
		p.line("the session store does not answer: the log says why")
	}
	p.counts("  asked for", s.Counts, "request", "result")
}
