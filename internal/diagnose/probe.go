package diagnose

// premasterProbe finds ciphertexts that do not open with the server's key. One
// can be a fault; many of one source are the attack of Bleichenbacher (RFC 5246,
// section 7.4.7.1). Where the handshake ended well the server did open it, and
// the key that was given is not the one in use.
func premasterProbe(s *story) []Finding {
	for _, k := range s.keyChanges {
		h := s.handshake(k.moment)
		if !k.BadPremaster || h.done != nil {
			continue
		}
		return []Finding{{
			ID: "key-oracle-probe", Level: Risk, Culprit: CulpritNone, Confidence: Possible,
			Sentence: "The client's ClientKeyExchange does not open with the server's RSA key.",
			Cause:    "an attacker or a scanner tries whether the server tells well-formed ciphertexts from others (Bleichenbacher, ROBOT); or the client has a fault",
			Frames:   frames(k.moment), At: k.At,
			Proof: []Proof{{Frame: k.Place.Frame, At: k.At, Field: "ClientKeyExchange", Value: "no premaster secret comes out of it with the key of the server's own certificate"}},
			Remedies: []Remedy{
				{Where: "Parley", Setting: "nothing to set: a bad premaster ends as any wrong Finished does, after the same work", Safe: true},
				{Where: "the server", Setting: "ECDHE suites only (--suites), if every client has them", Safe: true},
			},
			Missing: []string{"whether others of this source do the same; a longer capture shows it"},
		}}
	}
	return nil
}
