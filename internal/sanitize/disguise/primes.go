package disguise

import "math/big"

// smallPrimes are the odd primes below 2^11, by which most candidates are ruled out.
var smallPrimes = func() []uint32 {
	var primes []uint32
next:
	for n := uint32(3); n < 1<<11; n += 2 {
		for _, p := range primes {
			if n%p == 0 {
				continue next
			}
		}
		primes = append(primes, n)
	}
	return primes
}()

// exponents are those of RSA keys that can be made: the Fermat primes.
var exponents = []int64{3, 5, 17, 257, 65537}

// prime gives a prime of so many bits whose two uppermost are set, so that the product of
// two has as many as both, and with which each of the exponents can be one.
func prime(s stream, bits int) *big.Int {
	for {
		if p := primeNear(start(s, bits), bits); p != nil {
			return p
		}
	}
}

func start(s stream, bits int) *big.Int {
	b := make([]byte, (bits+7)/8)
	s.read(b)
	n := new(big.Int).SetBytes(b)
	n.Rsh(n, uint(len(b)*8-bits))
	n.SetBit(n, bits-1, 1)
	n.SetBit(n, bits-2, 1)
	return n.SetBit(n, 0, 1)
}

// primeNear looks for a prime a little above n.
func primeNear(n *big.Int, bits int) *big.Int {
	remainders := make([]uint32, len(smallPrimes))
	var word big.Int
	for i, p := range smallPrimes {
		remainders[i] = uint32(word.Mod(n, big.NewInt(int64(p))).Uint64())
	}
	for delta := uint32(0); delta < 1<<16; delta += 2 {
		if hasSmallFactor(remainders, delta) {
			continue
		}
		p := new(big.Int).Add(n, big.NewInt(int64(delta)))
		if p.BitLen() == bits && takesExponents(p) && p.ProbablyPrime(1) {
			return p
		}
	}
	return nil
}

// takesExponents says whether p - 1 has none of the exponents, which are primes, as a factor.
func takesExponents(p *big.Int) bool {
	var rest big.Int
	for _, e := range exponents {
		if rest.Mod(p, big.NewInt(e)).Cmp(big.NewInt(1)) == 0 {
			return false
		}
	}
	return true
}

func hasSmallFactor(remainders []uint32, delta uint32) bool {
	for i, p := range smallPrimes {
		if (remainders[i]+delta)%p == 0 {
			return true
		}
	}
	return false
}
