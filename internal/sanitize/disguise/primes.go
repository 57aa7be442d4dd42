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

// prime gives a prime of so many bits whose two uppermost are set, so that the product of
// two has twice as many, and with which e can be an exponent of RSA.
func prime(s stream, bits int, e int64) *big.Int {
	for {
		if p := primeNear(start(s, bits), bits, e); p != nil {
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
func primeNear(n *big.Int, bits int, e int64) *big.Int {
	remainders := make([]uint32, len(smallPrimes))
	var word big.Int
	for i, p := range smallPrimes {
		remainders[i] = uint32(word.Mod(n, big.NewInt(int64(p))).Uint64())
	}
	one, exponent := big.NewInt(1), big.NewInt(e)
	for delta := uint32(0); delta < 1<<16; delta += 2 {
		if hasSmallFactor(remainders, delta) {
			continue
		}
		p := new(big.Int).Add(n, big.NewInt(int64(delta)))
		if p.BitLen() != bits || !p.ProbablyPrime(1) {
			continue
		}
		if word.GCD(nil, nil, word.Sub(p, one), exponent).Cmp(one) == 0 {
			return p
		}
	}
	return nil
}

func hasSmallFactor(remainders []uint32, delta uint32) bool {
	for i, p := range smallPrimes {
		if (remainders[i]+delta)%p == 0 {
			return true
		}
	}
	return false
}
