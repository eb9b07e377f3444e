package coding

import (
	"fmt"
	"math"
	"math/big"
	"math/bits"
)

// MaxLevels is the largest alphabet: symbols are bytes.
const MaxLevels = 256

// Frequencies is a distribution in whole numbers: symbol k has probability f[k]/2^24. They sum to 2^24 and none is 0, so that every symbol can be coded.
type Frequencies []uint32

// Quantise rounds softmax(logits) to frequencies, into f's memory if it has enough. With K symbols:
//
//	w_k = ⌊2^54 exp(l_k − max l)⌋        f_k = 1 + ⌊w_k (2^24 − K) / Σ_j w_j⌋
//
// and what is missing to 2^24, less than K, goes to the first of the likeliest. Since f_k/2^24 ≥ p_k (1 − K/2^24), no symbol costs more than
// 1.4427·K/2^24 bits above −log₂ p_k: 1.7e-7 bits for two symbols, 2.2e-5 for 256.
//
// Equal logits give equal frequencies on every machine. The exponential is computed in whole numbers; on the way there are one subtraction, one product and
// one rounding of float64, which IEEE 754 defines to the last bit, and none that a compiler may fuse. But logits that differ in their last bit may give
// frequencies that differ: they must be computed by the same program on the same kind of machine.
//
// A logit of −Inf is a symbol that cannot be, and it gets one part. It fails on no symbols, on more than 256, on NaN or +Inf, and if all are −Inf.
func Quantise(f Frequencies, logits []float32) (Frequencies, error) {
	f, err := quantise(f, logits)
	if err != nil {
		return nil, fmt.Errorf("coding: quantising: %w", err)
	}
	return f, nil
}

func quantise(f Frequencies, logits []float32) (Frequencies, error) {
	if len(logits) < 1 || len(logits) > MaxLevels {
		return nil, fmt.Errorf("%d logits: a distribution is over 1 to %d symbols", len(logits), MaxLevels)
	}
	best := 0
	for k, l := range logits {
		if math.IsNaN(float64(l)) || math.IsInf(float64(l), 1) {
			return nil, fmt.Errorf("logit %d is %v: it must be finite, or −Inf for what cannot be", k, l)
		}
		if l > logits[best] {
			best = k
		}
	}
	if math.IsInf(float64(logits[best]), -1) {
		return nil, fmt.Errorf("all logits are −Inf: one symbol must be possible")
	}
	var weights [MaxLevels]uint64
	sum := uint64(0)
	for k, l := range logits {
		weights[k] = exp(float64(logits[best]) - float64(l))
		sum += weights[k] // ≤ 256·2^54, and ≥ 2^54 − 1
	}
	if cap(f) < len(logits) {
		f = make(Frequencies, len(logits))
	}
	f = f[:len(logits)]
	// One division for all: w·(2^24−K)/Σ is the upper half of w times this, and no more than one below.
	scale, _ := bits.Div64(uint64(whole-len(logits)), 0, sum)
	left := uint32(whole)
	for k := range f {
		share, _ := bits.Mul64(weights[k], scale)
		f[k] = 1 + uint32(share)
		left -= f[k]
	}
	f[best] += left
	return f, nil
}

// Interval is the share of symbol k: it starts where those of the symbols before end.
func (f Frequencies) Interval(k int) Interval {
	start := uint32(0)
	for _, before := range f[:k] {
		start += before
	}
	return Interval{start, f[k]}
}

// Find is the symbol whose interval holds at, and the interval. It fails unless at < 2^24, as [Stack.Peek] gives it, and the frequencies sum to that.
func (f Frequencies) Find(at uint32) (int, Interval, error) {
	start := uint32(0)
	for k, freq := range f {
		if at-start < freq {
			return k, Interval{start, freq}, nil
		}
		start += freq
	}
	return 0, Interval{}, fmt.Errorf("coding: finding the symbol at %d: the frequencies sum to %d: make them with Quantise", at, start)
}

// exp is ⌊2^54 e^−x⌋ for x ≥ 0: 2^−y, y = x log₂e = i + 0.b₁b₂…b₂₄ in binary, is 2^−i times the square roots of 1/2, the n-th of them if b_n is 1.
// Rounding y to 24 places changes no probability by more than 2.1e-8 of it.
func exp(x float64) uint64 {
	y := math.Round(x * (math.Log2E * (1 << 24)))
	if !(y < 54<<24) {
		return 0
	}
	i, b := uint64(y)>>24, uint64(y)
	return times(times(powers[0][b>>16&255], powers[1][b>>8&255]), powers[2][b&255]) >> (63 - 54 + i)
}

// powers hold ⌊2^63 · 2^−(j/256^(n+1))⌋ in powers[n][j].
var powers = tabulate()

func tabulate() (powers [3][256]uint64) {
	root := new(big.Int).Lsh(big.NewInt(1), 125) // 1/2 in parts of 2^126; then its square root, and so on
	for n := range powers {
		var roots [8]uint64
		for bit := range roots {
			root.Sqrt(root.Lsh(root, 126))
			roots[7-bit] = new(big.Int).Rsh(root, 126-63).Uint64()
		}
		for j := range powers[n] {
			powers[n][j] = 1 << 63
			for bit, root := range roots {
				if j>>bit&1 == 1 {
					powers[n][j] = times(powers[n][j], root)
				}
			}
		}
	}
	return powers
}

// times is the product of numbers in parts of 2^63, rounded down.
func times(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return high<<1 | low>>63
}
