package fields

import (
	"fmt"
	"strings"

	"github.com/parley-tls/parley/internal/wire"
)

// extensions passes the block of extensions that a message of type from ends in,
// if there is one.
func extensions(w *walk, from wire.MessageType) {
	if w.broken || w.at == w.end {
		return
	}
	w.vector("extensions", 2, func(int) string {
		number := 0
		for ; w.at < w.end && !w.broken; number++ {
			extension(w, from)
		}
		return count(number, "extension")
	})
}

func extension(w *walk, from wire.MessageType) {
	start := w.at
	b, _, ok := w.take("extension_type", 2)
	if !ok {
		return
	}
	t := wire.ExtensionType(value(b))
	name := t.String()
	if t.IsGREASE() {
		name = "GREASE " + name
	}
	b, _, ok = w.take(name+" length", 2)
	if !ok {
		return
	}
	w.block(name, start, value(b), func(n int) string {
		w.show(start, 4)
		w.add(Field{Name: "extension_type", Value: fmt.Sprint(uint16(t)), Offset: start, Length: 2})
		w.add(Field{Name: "length", Value: count(n, "byte"), Offset: start + 2, Length: 2})
		return extensionWords(w, t, n, from)
	})
}

// extensionWords passes an extension's data and says what it means.
func extensionWords(w *walk, t wire.ExtensionType, n int, from wire.MessageType) string {
	read, known := readers[t]
	switch {
	case known && from == wire.MessageServerHello && serverReaders[t] != nil:
		return serverReaders[t](w)
	case n == 0:
		return emptyWords(t, from)
	case known && from != wire.MessageCertificate: // there status_request is an OCSP response
		return read(w)
	}
	w.hidden("extension_data", n)
	return unseen(n)
}

func emptyWords(t wire.ExtensionType, from wire.MessageType) string {
	switch {
	case t == wire.ExtensionSessionTicket && from == wire.MessageClientHello:
		return "empty: asks for a ticket"
	case t == wire.ExtensionSessionTicket:
		return "empty: a ticket will come"
	case t == wire.ExtensionServerName:
		return "empty: the name was used"
	}
	return "present, empty"
}

// readers pass the data of a ClientHello's extensions, and of those that both
// hellos have alike.
var readers = map[wire.ExtensionType]func(*walk) string{
	wire.ExtensionServerName:              serverName,
	wire.ExtensionMaxFragmentLength:       maxFragmentLength,
	wire.ExtensionStatusRequest:           statusRequest,
	wire.ExtensionSupportedGroups:         numbers("named_group_list", "named_group", 2, groupName),
	wire.ExtensionECPointFormats:          vectorOf("ec_point_format_list", "ECPointFormat", 1, 1, pointFormat),
	wire.ExtensionSignatureAlgorithms:     numbers("supported_signature_algorithms", "algorithm", 2, schemeName),
	wire.ExtensionSignatureAlgorithmsCert: numbers("supported_signature_algorithms", "algorithm", 2, schemeName),
	wire.ExtensionHeartbeat:               heartbeat,
	wire.ExtensionALPN:                    alpn,
	wire.ExtensionPadding:                 padding,
	wire.ExtensionSessionTicket:           secretData("ticket"),
	wire.ExtensionPreSharedKey:            secretData("OfferedPsks"),
	wire.ExtensionCookie:                  secretData("cookie"),
	wire.ExtensionSupportedVersions:       vectorOf("versions", "version", 1, 2, version),
	wire.ExtensionPSKKeyExchangeModes:     vectorOf("ke_modes", "PskKeyExchangeMode", 1, 1, pskMode),
	wire.ExtensionKeyShare:                clientShares,
	wire.ExtensionRenegotiationInfo:       renegotiationInfo,
}

// serverReaders pass those that a ServerHello has otherwise.
var serverReaders = map[wire.ExtensionType]func(*walk) string{
	wire.ExtensionSupportedVersions: func(w *walk) string {
		return version(w.number("selected_version", 2, version))
	},
	wire.ExtensionKeyShare: serverShare,
	wire.ExtensionPreSharedKey: func(w *walk) string {
		return fmt.Sprintf("identity %d is taken", w.number("selected_identity", 2, decimal))
	},
}

func decimal(v int) string { return fmt.Sprint(v) }

func groupName(v int) string {
	if wire.Group(v).IsGREASE() {
		return fmt.Sprintf("GREASE (0x%04x)", v)
	}
	return wire.Group(v).String()
}

func schemeName(v int) string {
	if wire.SignatureScheme(v).IsGREASE() {
		return fmt.Sprintf("GREASE (0x%04x)", v)
	}
	return wire.SignatureScheme(v).String()
}

func pointFormat(v int) string {
	names := [...]string{"uncompressed", "ansiX962_compressed_prime", "ansiX962_compressed_char2"}
	if v < len(names) {
		return names[v]
	}
	return fmt.Sprint(v)
}

func pskMode(v int) string {
	names := [...]string{"psk_ke", "psk_dhe_ke"}
	if v < len(names) {
		return names[v]
	}
	return fmt.Sprint(v)
}

// numbers passes a list of numbers whose length takes two bytes.
func numbers(list, item string, size int, words func(int) string) func(*walk) string {
	return vectorOf(list, item, 2, size, words)
}

func vectorOf(list, item string, lengthBytes, size int, words func(int) string) func(*walk) string {
	return func(w *walk) (all string) {
		w.vector(list, lengthBytes, func(int) string {
			all = named(w.list(item, size, words))
			return all
		})
		return all
	}
}

func secretData(name string) func(*walk) string {
	return func(w *walk) string {
		n := w.end - w.at
		w.hidden(name, n)
		return unseen(n)
	}
}

func serverName(w *walk) string {
	var names []string
	w.vector("server_name_list", 2, func(int) string {
		for w.at < w.end && !w.broken {
			kind := w.number("name_type", 1, func(v int) string {
				if v == 0 {
					return "host_name (0)"
				}
				return fmt.Sprint(v)
			})
			w.vector("HostName", 2, func(n int) string {
				name := string(w.b[w.at : w.at+n])
				w.plain("name", name, n)
				if kind == 0 {
					names = append(names, name)
				}
				return name
			})
		}
		return count(len(names), "name")
	})
	return named(names)
}

func maxFragmentLength(w *walk) string {
	v := w.number("MaxFragmentLength", 1, decimal)
	if v < 1 || v > 4 {
		return fmt.Sprintf("%d, which RFC 6066 does not have", v)
	}
	return fmt.Sprintf("%d bytes", 256<<v)
}

func statusRequest(w *walk) string {
	if v := w.number("status_type", 1, decimal); v != 1 {
		return fmt.Sprintf("status type %d", v)
	}
	w.plain("OCSPStatusRequest", count(w.end-w.at, "byte"), w.end-w.at)
	return "asks for an OCSP response"
}

func heartbeat(w *walk) string {
	words := func(v int) string {
		switch v {
		case 1:
			return "peer_allowed_to_send (1)"
		case 2:
			return "peer_not_allowed_to_send (2)"
		}
		return fmt.Sprint(v)
	}
	return words(w.number("HeartbeatMode", 1, words))
}

func alpn(w *walk) string {
	var names []string
	w.vector("protocol_name_list", 2, func(int) string {
		for w.at < w.end && !w.broken {
			w.vector("ProtocolName", 1, func(n int) string {
				name := string(w.b[w.at : w.at+n])
				w.plain("name", name, n)
				names = append(names, name)
				return name
			})
		}
		return count(len(names), "protocol")
	})
	return named(names)
}

// padding is zeros (RFC 7685, section 3); others might mean something.
func padding(w *walk) string {
	n := w.end - w.at
	if strings.Trim(string(w.b[w.at:w.end]), "\x00") != "" {
		w.hidden("PaddingExtension", n)
		return count(n, "byte") + " that are not all zero"
	}
	w.plain("PaddingExtension", count(n, "zero"), n)
	return count(n, "zero")
}

func clientShares(w *walk) string {
	var groups []string
	w.vector("client_shares", 2, func(int) string {
		for w.at < w.end && !w.broken {
			groups = append(groups, share(w))
		}
		return count(len(groups), "share")
	})
	return named(groups)
}

// serverShare passes a share, or, in a HelloRetryRequest, the group alone (RFC
// 8446, section 4.2.8).
func serverShare(w *walk) string {
	if w.end-w.at == 2 {
		return groupName(w.number("selected_group", 2, groupName))
	}
	return share(w)
}

func share(w *walk) string {
	group := groupName(w.number("group", 2, groupName))
	w.vector("key_exchange", 2, func(n int) string {
		w.plain("public key", count(n, "byte"), n)
		return count(n, "byte")
	})
	return group
}

// renegotiationInfo is verify_data where it is not empty (RFC 5746, section 3.2).
func renegotiationInfo(w *walk) (words string) {
	w.vector("renegotiated_connection", 1, func(n int) string {
		words = "empty: a first handshake"
		if n > 0 {
			words = count(n, "byte") + " of verify_data, not shown"
			w.hidden("verify_data", n)
		}
		return words
	})
	return words
}
