package renego_test

import (
	"testing"

	"github.com/parley-tls/parley/internal/renego"
)

func TestContinuityInEveryCombination(t *testing.T) {
	alice, bob := []byte("alice"), []byte("bob")
	policies := []renego.IdentityChange{renego.IdentityMayAppear, renego.IdentityFixed, renego.IdentityMayChange}
	for _, policy := range policies {
		for _, old := range [][]byte{nil, alice} {
			for _, next := range [][]byte{nil, alice, bob} {
				for _, full := range []bool{false, true} {
					for _, ems := range []bool{false, true} {
						want, allowed := expectedChange(policy, old, next, full, ems)
						change, reason := renego.Continuity(policy, renego.TermsSecure, renego.Identity{Leaf: old, Full: full, ExtendedMasterSecret: ems}, renego.Identity{Leaf: next, Full: true})
						if change != want || allowed != (reason == "") {
							t.Errorf("policy %d, %q to %q, full %v, EMS %v: %d, %q; want %d, allowed %v", policy, old, next, full, ems, change, reason, want, allowed)
						}
					}
				}
			}
		}
	}
}

// expectedChange says it again, by what the design says and not by its order.
func expectedChange(policy renego.IdentityChange, old, next []byte, full, ems bool) (renego.Change, bool) {
	if string(old) == string(next) {
		return renego.ChangeNone, true
	}
	if old != nil {
		return renego.ChangeExchange, policy == renego.IdentityMayChange
	}
	bound := full || ems
	return renego.ChangeAppears, bound && policy != renego.IdentityFixed
}

// No permission covers what an abbreviated handshake without RFC 7627 bound: it
// may be another's connection (the triple handshake).
func TestNoPolicyLetsAnIdentityAppearAfterABareResumption(t *testing.T) {
	for policy := renego.IdentityMayAppear; policy <= renego.IdentityMayChange; policy++ {
		if _, reason := renego.Continuity(policy, renego.TermsSecure, renego.Identity{}, renego.Identity{Leaf: []byte("alice"), Full: true, ExtendedMasterSecret: true}); reason == "" {
			t.Errorf("policy %d lets it appear", policy)
		}
	}
}

func TestAnEmptyChainIsNoIdentity(t *testing.T) {
	if change, reason := renego.Continuity(renego.IdentityFixed, renego.TermsSecure, renego.Identity{}, renego.Identity{Leaf: []byte{}}); change != renego.ChangeNone || reason != "" {
		t.Errorf("%d, %q", change, reason)
	}
}

// What nothing binds may be a victim's first handshake behind an attacker's
// prefix: its name must not come to stand over both.
func TestNoIdentityChangesOnTrust(t *testing.T) {
	firm := renego.Identity{Full: true, ExtendedMasterSecret: true}
	for policy := renego.IdentityMayAppear; policy <= renego.IdentityMayChange; policy++ {
		for _, leaf := range [][]byte{nil, []byte("alice")} {
			old, next := firm, firm
			old.Leaf, next.Leaf = leaf, []byte("bob")
			if _, reason := renego.Continuity(policy, renego.TermsTrusted, old, next); reason == "" {
				t.Errorf("policy %d lets %q become bob", policy, leaf)
			}
			if _, reason := renego.Continuity(policy, renego.TermsTrusted, old, old); reason != "" {
				t.Errorf("policy %d does not let %q stay: %s", policy, leaf, reason)
			}
		}
	}
}
