package proxy

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// ofTheProcess are the fields of Settings that all listeners of a process share.
var ofTheProcess = map[string]bool{
	"KeyLog": true, "Metrics": true, "Admin": true, "AdminProfiles": true, "Drain": true, "UpgradeDrain": true, "DrainOld": true, "MaxInAll": true, "LogJSON": true,
	"LogLevel": true, "LogFailures": true, "Permissions": true, "PermissionUses": true, "InventoryFile": true, "InventoryKeep": true, "Flights": true, "TicketKeyFiles": true, "SessionStore": true, "Version": true,
}

// calledOtherwise are the fields whose keys are not their names.
var calledOtherwise = map[string]string{
	"Certs": "certificates", "Keys": "certificates", "NoTickets": "tickets", "NoSessionIDs": "session_ids", "Balancers": "accept_proxy", "CloseTruncated": "truncation",
	"PerSecond": "handshakes_per_source", "Handshake": "handshake_timeout", "Renegotiate": "renegotiate_timeout", "Idle": "idle_timeout",
	"AdminProfiles": "admin_pprof", "LogJSON": "log.format", "LogLevel": "log.level", "LogFailures": "log.failures", "DrainOld": "reload", "MaxInAll": "max_connections",
	"TicketKeyFiles": "sessions.ticket_key_files", "Policy": "answers and rations",
}

// changesOf names what is different for the clients of a listener: keys, and files
// whose contents are others.
func changesOf(old, next *generation) []string {
	out := changedKeys(old.settings, next.settings, func(field string) bool { return !ofTheProcess[field] || field == "Permissions" })
	for name, sum := range next.files {
		if before, known := old.files[name]; known && before != sum {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// changedKeys are the keys, of those fields that are wanted, whose values are
// others.
func changedKeys(old, next *Settings, wanted func(field string) bool) (keys []string) {
	a, b := reflect.ValueOf(old).Elem(), reflect.ValueOf(next).Elem()
	for i, f := range reflect.VisibleFields(a.Type()) {
		if f.IsExported() && wanted(f.Name) && !reflect.DeepEqual(a.Field(i).Interface(), b.Field(i).Interface()) {
			keys = append(keys, keyOf(f.Name))
		}
	}
	return keys
}

// keyOf is what a field of Settings is called in the file.
func keyOf(field string) string {
	if key, ok := calledOtherwise[field]; ok {
		return key
	}
	var key strings.Builder
	for i, r := range field {
		if unicode.IsUpper(r) && i > 0 && !unicode.IsUpper(rune(field[i-1])) {
			key.WriteByte('_')
		}
		key.WriteRune(unicode.ToLower(r))
	}
	return key.String()
}

// told says in lines what a reload changes.
func (p *plan) told() (lines []string) {
	process := changedKeys(p.group.newest, p.all[0], func(field string) bool { return ofTheProcess[field] && field != "Version" })
	if len(process) > 0 {
		lines = append(lines, "of the process: "+strings.Join(process, ", "))
	}
	if p.otherTickets {
		lines = append(lines, "sessions.ticket_key_files: other contents")
	}
	for _, x := range p.steps {
		switch {
		case x.comes:
			lines = append(lines, fmt.Sprintf("%s: a new listener, on %s", nameOf(x.settings), x.settings.Listen))
		case len(x.changes) > 0:
			lines = append(lines, fmt.Sprintf("%s: %s", nameOf(x.settings), strings.Join(x.changes, ", ")))
		}
	}
	for s, n := range p.leaving {
		lines = append(lines, fmt.Sprintf("%s: takes no more clients; %d connections go on", nameOf(s.current.Load().settings), n))
	}
	slices.Sort(lines)
	return lines
}

// nameOf is what a listener is called where it is spoken of.
func nameOf(s *Settings) string {
	if s.Name != "" {
		return s.Name
	}
	return s.Listen.String()
}
