package inspect

import "fmt"

// missing says what of the whole capture could not be seen.
func (r *reading) missing() []string {
	var all []string
	if n := r.kept.dropped; n > 0 {
		all = append(all, fmt.Sprintf("%d connections are in the counts only: more than %d are not kept. Choose some with --filter.", n, keptFindings))
	}
	if r.report.Source.Format == "flight" && r.report.Total.Connections > 1 {
		all = append(all, "connections that ended well: a server keeps flights of the others alone, and of those that end alike a few. How many there were, its metrics tell.")
	}
	if r.secrets != nil {
		all = append(all, "a block of secrets in the capture could not be used: "+r.secrets.Error())
	}
	return all
}
