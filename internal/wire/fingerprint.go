package wire

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// JA3 returns the text of Salesforce's fingerprint and its MD5 sum: version,
// suites, extensions, groups and point formats in decimal, in the order of the
// hello, without the values of RFC 8701. A list that cannot be read is empty.
func (h *ClientHello) JA3() (text, md5hex string) {
	groups, _ := h.Groups()
	formats, _ := h.PointFormats()
	text = strings.Join([]string{
		strconv.Itoa(int(h.Version)),
		decimals(h.CipherSuites),
		decimals(h.extensionTypes()),
		decimals(groups),
		decimals(formats),
	}, ",")
	sum := md5.Sum([]byte(text))
	return text, hex.EncodeToString(sum[:])
}

// JA4 returns FoxIO's fingerprint of a client over TCP, "t12d…": counts in the
// first part, then digests of the sorted suites and of the sorted extensions
// with the signature algorithms. The values of RFC 8701 are left out.
func (h *ClientHello) JA4() string {
	suites := withoutGREASE(h.CipherSuites)
	extensions := withoutGREASE(h.extensionTypes())
	return fmt.Sprintf("t%s%c%02d%02d%s_%s_%s",
		ja4Version(h.highestVersion()), h.ja4Destination(),
		min(len(suites), 99), min(len(extensions), 99), h.ja4ALPN(),
		ja4Digest(ja4Sorted(suites)), ja4Digest(h.ja4Extensions(extensions)))
}

func (h *ClientHello) extensionTypes() []ExtensionType {
	types := make([]ExtensionType, len(h.Extensions))
	for i, e := range h.Extensions {
		types[i] = e.Type
	}
	return types
}

// highestVersion is the best the client offers, by supported_versions if it has
// one that says something.
func (h *ClientHello) highestVersion() Version {
	if list, err := h.Versions(); err == nil {
		if list = withoutGREASE(list); len(list) > 0 {
			return slices.Max(list)
		}
	}
	return h.Version
}

func ja4Version(v Version) string {
	switch v {
	case VersionSSL20:
		return "s2"
	case VersionSSL30:
		return "s3"
	case VersionTLS10, VersionTLS11, VersionTLS12, VersionTLS13:
		return "1" + strconv.Itoa(int(v-VersionTLS10))
	}
	return "00"
}

// ja4Destination says whether the client names a domain.
func (h *ClientHello) ja4Destination() byte {
	if _, present := h.Extension(ExtensionServerName); present {
		return 'd'
	}
	return 'i'
}

// ja4ALPN is the first and the last character of the first protocol offered;
// if either is no letter or digit, those of its hexadecimal form.
func (h *ClientHello) ja4ALPN() string {
	list, err := h.ALPN()
	if err != nil || len(list) == 0 {
		return "00"
	}
	name := list[0]
	if !alphanumeric(name[0]) || !alphanumeric(name[len(name)-1]) {
		name = hex.EncodeToString([]byte(name))
	}
	return name[:1] + name[len(name)-1:]
}

func alphanumeric(b byte) bool {
	return '0' <= b && b <= '9' || 'A' <= b && b <= 'Z' || 'a' <= b && b <= 'z'
}

// ja4Extensions is what the last part is a digest of. The server's name and the
// protocol say where a client goes, not what it is, and are left out.
func (h *ClientHello) ja4Extensions(types []ExtensionType) string {
	types = slices.DeleteFunc(types, func(t ExtensionType) bool {
		return t == ExtensionServerName || t == ExtensionALPN
	})
	text := ja4Sorted(types)
	if schemes, err := h.SignatureSchemes(); err == nil && len(withoutGREASE(schemes)) > 0 {
		text += "_" + hexList(withoutGREASE(schemes))
	}
	return text
}

// ja4Digest is the first 12 characters of a SHA-256 sum in hexadecimal, or
// zeros for an empty list.
func ja4Digest(text string) string {
	if text == "" {
		return "000000000000"
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:6])
}

func ja4Sorted[T ~uint16](list []T) string {
	return hexList(slices.Sorted(slices.Values(list)))
}

func hexList[T ~uint16](list []T) string {
	b := make([]byte, 0, 5*len(list))
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = hex.AppendEncode(b, []byte{byte(v >> 8), byte(v)})
	}
	return string(b)
}

func decimals[T ~uint8 | ~uint16](list []T) string {
	var b []byte
	for _, v := range list {
		// A point format has 8 bits and so is never one of RFC 8701's values.
		if isGREASE(uint16(v)) {
			continue
		}
		if len(b) > 0 {
			b = append(b, '-')
		}
		b = strconv.AppendInt(b, int64(v), 10)
	}
	return string(b)
}

func withoutGREASE[T ~uint16](list []T) []T {
	return slices.DeleteFunc(slices.Clone(list), func(v T) bool { return isGREASE(uint16(v)) })
}
