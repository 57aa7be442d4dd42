package proxy

import (
	"crypto/tls"
	"strings"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

func (o Options) checkVersions(s *Settings) (err error) {
	if s.MinVersion, err = parseVersion("min-version", o.MinVersion); err != nil {
		return err
	}
	if s.MaxVersion, err = parseVersion("max-version", o.MaxVersion); err != nil {
		return err
	}
	if s.MaxVersion != 0 && s.MinVersion > s.MaxVersion {
		return &SettingError{Name: "min-version", Value: o.MinVersion, Problem: "this is above --max-version " + o.MaxVersion, Advice: "lower it, or raise --max-version"}
	}
	return nil
}

// parseVersion reads 1.2, TLSv1.2, tls1.2 or TLS 1.2; and TLSv1, as OpenSSL
// spells 1.0.
func parseVersion(name, word string) (uint16, error) {
	if word == "" {
		return 0, nil
	}
	number := strings.TrimLeft(strings.TrimPrefix(strings.ToLower(word), "tls"), "v _")
	switch number {
	case "1", "1.0":
		return tls.VersionTLS10, nil
	case "1.1":
		return tls.VersionTLS11, nil
	case "1.2":
		return tls.VersionTLS12, nil
	case "1.3":
		return tls.VersionTLS13, nil
	}
	return 0, &SettingError{Name: name, Value: word, Problem: "there is no such version", Advice: "use 1.0, 1.1, 1.2 or 1.3"}
}

// defaultSuites is the word for the suites that are on where none is named, so
// that a list can be those and one more.
const defaultSuites = "default"

// checkSuites reads names with commas between them, or colons as OpenSSL has
// them, or one at a time.
func (o Options) checkSuites(s *Settings) error {
	for _, name := range split(o.Suites, ",:") {
		if strings.EqualFold(name, defaultSuites) {
			for _, id := range suite.Default() {
				s.Suites = append(s.Suites, uint16(id))
			}
			continue
		}
		id, err := suite.Parse(name)
		if err != nil {
			return &SettingError{Name: "suites", Value: name, Problem: err.Error(), Advice: suiteAdvice(name)}
		}
		s.Suites = append(s.Suites, uint16(id))
	}
	if len(o.Suites) > 0 && len(s.Suites) == 0 {
		return &SettingError{Name: "suites", Problem: "the list is empty", Advice: "leave it out for the default suites"}
	}
	return nil
}

// suiteAdvice is what helps with a name that is none of ours.
func suiteAdvice(name string) string {
	id, known := wire.SuiteByName(name)
	switch {
	case known && id>>8 == 0x13:
		return "the suites of TLS 1.3 are all on; leave it out"
	case known:
		return "Parley has the suites with ECDHE or RSA key exchange and AES, ChaCha20, 3DES or RC4 (with SHA)"
	}
	return "use IANA or OpenSSL names, such as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 or ECDHE-RSA-AES128-GCM-SHA256"
}

// split takes lists apart whose items have one of the separators between them.
func split(lists []string, separators string) []string {
	var items []string
	for _, list := range lists {
		for item := range strings.FieldsFuncSeq(list, func(r rune) bool { return strings.ContainsRune(separators, r) }) {
			if item = strings.TrimSpace(item); item != "" {
				items = append(items, item)
			}
		}
	}
	return items
}

func (o Options) checkALPN(s *Settings) error {
	for _, protocol := range split(o.ALPN, ",") {
		if len(protocol) > 255 {
			return &SettingError{Name: "alpn", Value: protocol[:20] + "...", Problem: "a protocol's name has at most 255 bytes"}
		}
		s.ALPN = append(s.ALPN, protocol)
	}
	return nil
}

func (o Options) checkClientAuth(s *Settings) (err error) {
	s.ClientAuth, err = choose("client-auth", o.ClientAuth, choice[tls.ClientAuthType]{"none", tls.NoClientCert},
		choice[tls.ClientAuthType]{"request", tls.VerifyClientCertIfGiven}, choice[tls.ClientAuthType]{"require", tls.RequireAndVerifyClientCert})
	switch {
	case err != nil:
		return err
	case s.ClientAuth != tls.NoClientCert && o.ClientCA == "":
		return &SettingError{Name: "client-auth", Value: o.ClientAuth, Problem: "a client's certificate needs an authority to be verified by", Advice: "name its certificates with --client-ca FILE"}
	case s.ClientAuth == tls.NoClientCert && o.ClientCA != "":
		return &SettingError{Name: "client-ca", Value: o.ClientCA, Problem: "no client is asked for a certificate", Advice: "add --client-auth request or --client-auth require"}
	}
	return nil
}
