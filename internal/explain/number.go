package explain

import (
	"regexp"
	"strconv"
	"strings"
)

// errorNumber is a negative number as libraries return it, perhaps hexadecimal,
// or a hexadecimal one without its sign.
var errorNumber = regexp.MustCompile(`(?i)(?:^|[\s(:=\[,])(-0x[0-9a-f]{2,4}|-\d{2,5}|0x[0-9a-f]{4})\b`)

// numberItem takes an error number without its text. Libraries use the same
// numbers, so the line has to say whose it is, unless only one library has
// numbers like it.
func numberItem(l lineRead) (Item, bool) {
	for _, found := range errorNumber.FindAllStringSubmatch(l.raw, -1) {
		n, err := strconv.ParseInt(found[1], 0, 32)
		if err != nil {
			continue
		}
		if !strings.HasPrefix(found[1], "-") {
			if strings.TrimSpace(l.raw) != found[1] && l.library != libMbed {
				continue
			}
			n = -n
		}
		if m, ok := numbered(int(n), l.library); ok {
			return m.item(l), true
		}
	}
	return Item{}, false
}

func numbered(n int, library string) (*message, bool) {
	if library == "" {
		library = owner(n)
	}
	for _, table := range tables() {
		for i := range table {
			if m := &table[i]; m.number == n && m.library == library {
				return m, true
			}
		}
	}
	return nil, false
}

// owner is the library that alone has numbers of a size.
func owner(n int) string {
	switch {
	case n <= -0x2700 && n > -0x2800, n <= -0x5E00 && n > -0x8000:
		return libMbed
	case n <= -9800 && n > -9900:
		return libApple
	case n <= -12160 && n > -12300, n <= -8000 && n > -8200:
		return libNSS
	}
	return ""
}
