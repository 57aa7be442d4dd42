package explain

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/parley-tls/parley/internal/trace"
)

var (
	// alertNumber finds the number that stands behind the word alert, as
	// libraries write it: "SSL alert number 40", "alert [70]", "alert: 0x46",
	// "fatal alert code is 40", "alert message (msg 40)", "type: [2:40]".
	alertNumber = regexp.MustCompile(`(?i)\balert\b(?:[ ,:(\[=#-]*\b(?:number|code|description|desc|message|msg|type|fatal|warning|level=\d|is|was|generated|received|sent)\b)*[ :(\[=#]*(?:[12]:)?(0x[0-9a-f]{1,2}|\d{1,3})\b`)
	// schannelNumber is Schannel's other wording, of event 36888.
	schannelNumber = regexp.MustCompile(`(?i)\bfatal (?:error|alert) code (?:is )?(\d{1,3})\b`)
	// tsharkNumber is Wireshark's wording.
	tsharkNumber = regexp.MustCompile(`(?i)\bdescription: [a-z ]+\((\d{1,3})\)`)
	// alertRecord is an alert in clear, byte for byte, as capturing programs show it.
	alertRecord = regexp.MustCompile(`(?i)\b15[ :]?03[ :]?0[0-3][ :]?00[ :]?02[ :]?0[12][ :]?([0-9a-f]{2})\b`)
	// bareNumber is a text that is an alert's number alone.
	bareNumber = regexp.MustCompile(`(?i)^\s*(?:(?:(?:tls|ssl|fatal|warning)\s+)*alert\s*(?:number|code|no\.?)?\s*[:#]?\s*)?(0x[0-9a-f]{1,2}|\d{1,3})\s*\.?\s*$`)
)

// alertIn finds an alert in a line: by its number, or by its name behind a word
// that says that it is one.
func alertIn(l lineRead) (alertEntry, bool) {
	if strings.Contains(l.norm, " content type alert ") {
		return alertNamed(l) // 21 is then the record's type
	}
	if m := alertRecord.FindStringSubmatch(l.raw); m != nil {
		n, _ := strconv.ParseUint(m[1], 16, 8) // the expression allows nothing else
		return alertByNumber(int(n))
	}
	for _, form := range []*regexp.Regexp{schannelNumber, tsharkNumber, alertNumber} {
		if m := form.FindStringSubmatch(l.raw); m != nil {
			if n, err := strconv.ParseUint(m[1], 0, 8); err == nil {
				if e, ok := alertByNumber(int(n)); ok {
					return e, true
				}
			}
		}
	}
	return alertNamed(l)
}

// introductions stand before an alert's name where it is one, and not a
// message's text that happens to be the same.
var introductions = []string{" alert ", " remote error tls ", " local error tls ", " tlsv1 "}

// alertNamed finds the longest name of an alert behind an introduction.
func alertNamed(l lineRead) (alertEntry, bool) {
	for _, intro := range introductions {
		_, rest, ok := strings.Cut(l.norm, intro)
		if !ok {
			continue
		}
		if e, ok := longestName(func(name string) bool { return strings.Contains(" "+rest, " "+name+" ") }); ok {
			return e, true
		}
	}
	return alertEntry{}, false
}

// longestName gives the alert with the longest of the names that fit: one alert's
// name may begin as another's.
func longestName(fits func(name string) bool) (alertEntry, bool) {
	var best alertEntry
	length := 0
	for _, e := range alerts {
		for _, name := range e.spellings() {
			if len(name) > length && fits(name) {
				best, length = e, len(name)
			}
		}
	}
	return best, length > 0
}

// plainly are the words that make what stands right behind them an alert's name.
var plainly = []string{
	" sslv3 alert ", " tlsv1 alert ", " tlsv13 alert ", " remote error tls ", " local error tls ", " received fatal alert ",
	" alert read fatal ", " alert read warning ", " alert write fatal ", " alert write warning ",
}

// plainAlertItem takes an alert that cannot be mistaken for a message with the
// same text: "sslv3 alert unexpected message".
func plainAlertItem(l lineRead) (Item, bool) {
	for _, intro := range plainly {
		_, rest, ok := strings.Cut(l.norm, intro)
		if !ok {
			continue
		}
		if e, ok := longestName(func(name string) bool { return strings.HasPrefix(rest, name+" ") }); ok {
			return e.item(l), true
		}
	}
	return Item{}, false
}

// exactAlertItem takes a text that is nothing but an alert: its name, or its
// number, alone or behind the word.
func exactAlertItem(l lineRead) (Item, bool) {
	if m := bareNumber.FindStringSubmatch(l.raw); m != nil {
		if n, err := strconv.ParseUint(m[1], 0, 8); err == nil {
			if e, ok := alertByNumber(int(n)); ok {
				return e.item(l), true
			}
		}
	}
	name := strings.TrimSpace(l.norm)
	for _, before := range []string{"fatal alert ", "warning alert ", "tls alert ", "alert "} {
		name = strings.TrimPrefix(name, before)
	}
	for _, e := range alerts {
		if name == e.spellings()[0] {
			return e.item(l), true
		}
	}
	return Item{}, false
}

func alertItem(l lineRead) (Item, bool) {
	e, ok := alertIn(l)
	if !ok {
		return Item{}, false
	}
	return e.item(l), true
}

func (e alertEntry) item(l lineRead) Item {
	alert := e.alert
	i := Item{
		Message: alert.String(), Library: l.library, Alert: &alert,
		Code: fmt.Sprintf("alert %d (0x%02x)", alert, uint8(alert)), Meaning: e.meaning,
	}
	i.Who, i.Fault = alertSender(l)
	i.take(e.about, l)
	return i
}

// alertSender says which side sent an alert, as far as the line tells.
func alertSender(l lineRead) (string, trace.Side) {
	if l.way == unknownWay {
		return "An alert is what one side complains of to the other. The line does not say which way this one went.", trace.Nobody
	}
	sender := l.role
	if l.way == received {
		sender = other(l.role)
	}
	switch {
	case l.way == received && sender == trace.Nobody:
		return "The peer sent it: the side whose log this is received it. In a server's log that is the client, in a client's log the server.", trace.Nobody
	case l.way == received:
		return fmt.Sprintf("The %s sent it, and the %s's log has what it received (%s).", sender, l.role, l.roleBy), sender
	case sender == trace.Nobody:
		return "The side whose log this is sent it to its peer. Why stands in the same log, before this line.", trace.Nobody
	}
	return fmt.Sprintf("The %s sent it (%s). Why stands in the same log, before this line.", sender, l.roleBy), sender
}

func other(s trace.Side) trace.Side {
	switch s {
	case trace.Client:
		return trace.Server
	case trace.Server:
		return trace.Client
	}
	return trace.Nobody
}
