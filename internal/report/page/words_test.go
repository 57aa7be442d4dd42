package page

import (
	"testing"
	"time"
)

func TestASentenceBeginsWithACapitalUnlessWithAName(t *testing.T) {
	for text, want := range map[string]string{
		"nothing to set: --reset accept is the default": "Nothing to set: --reset accept is the default.",
		"the client's clock is wrong.":                  "The client's clock is wrong.",
		"https:// in the address":                       "https:// in the address.",
		"SSL_renegotiate, then write":                   "SSL_renegotiate, then write.",
		"--suites default":                              "--suites default.",
		"\xff\xfe":                                      "\xff\xfe.",
		"":                                              "",
	} {
		if got := sentence(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

func TestACommandHasTheFlagsThatASettingNames(t *testing.T) {
	const serve = "parley serve --listen :443 --backend 127.0.0.1:8080 \\\n    --cert server.crt --key server.key"
	for setting, want := range map[string]string{
		"nothing to set: --reset accept is the default":                    serve,
		"--client-auth request, if certificates are a wish and not a must": serve + " \\\n    --client-auth request",
		"--suites default,TLS_RSA_WITH_RC4_128_SHA":                        serve + " \\\n    --suites default,TLS_RSA_WITH_RC4_128_SHA",
		"--reset accept-full --trust-from NETWORK --trust-until DATE, for": serve + " \\\n    --reset accept-full \\\n    --trust-from NETWORK \\\n    --trust-until DATE",
		"--handshake-timeout, for clients that are merely slow":            serve + " \\\n    --handshake-timeout VALUE",
	} {
		if got := command(setting); got != want {
			t.Errorf("%q became\n%s\nwant\n%s", setting, got, want)
		}
	}
}

func TestTimesAreToldAsLongAsTheyAre(t *testing.T) {
	for d, want := range map[time.Duration]string{
		162 * time.Microsecond:  "0.162 ms",
		3002 * time.Millisecond: "3.002 s",
		90 * time.Minute:        "1h30m0s",
	} {
		if got := elapsed(d); got != want {
			t.Errorf("%d ns became %q, want %q", d, got, want)
		}
	}
}

func TestWhatIsCutSaysSo(t *testing.T) {
	for text, want := range map[string]string{"abc": "abc", "abcd": "abc…", "äöüß": "äöü…", "𝄞𝄞𝄞": "𝄞𝄞𝄞", "𝄞𝄞𝄞𝄞": "𝄞𝄞𝄞…"} {
		if got := cut(text, 3); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}
