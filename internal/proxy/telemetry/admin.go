package telemetry

import (
	"encoding/json"
	"net/http"
	"net/http/pprof"
	"time"
)

// AddAdmin has mux serve /status, and with profile Go's profiles under
// /debug/pprof/.
func (p *Process) AddAdmin(mux *http.ServeMux, ready func() error, profile bool) {
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(p.Status(time.Now(), ready())) // whoever does not read it does not need it
	})
	if profile {
		mux.HandleFunc("/debug/pprof/", pprof.Index)
		mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
		mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	}
}
