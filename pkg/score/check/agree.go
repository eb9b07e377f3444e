package check

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/score"
)

// IncrementalEqualsFull says whether two ways to the same logits agree within tol, on n random binary images: the full forward pass, and the one that goes pixel by pixel and keeps what it
// computed. Both take the pixels of all images, [n,H,W] of 0 and 1, and return their logits, [n,H,W]; the incremental one is fed the true pixels in place of drawn ones.
func IncrementalEqualsFull(full, incremental func(x []float32) ([]float32, error), n, h, w int, tol float64) error {
	const doing = "check: incremental against full"
	if err := sizes(h, w); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	random := rand.New(rand.NewPCG(7, 0))
	x := make([]float32, n*h*w)
	for i := range x {
		x[i] = float32(random.IntN(2))
	}
	a, err := full(slices.Clone(x))
	if err != nil {
		return fmt.Errorf("%s: the full pass: %w", doing, err)
	}
	b, err := incremental(slices.Clone(x))
	if err != nil {
		return fmt.Errorf("%s: the incremental pass: %w", doing, err)
	}
	if len(a) != len(x) || len(b) != len(x) || n < 1 {
		return fmt.Errorf("%s: %d and %d logits for %d pixels", doing, len(a), len(b), len(x))
	}
	// The earliest difference in raster order is the cause, later ones may follow from it.
	for i := range h * w {
		for k := range n {
			p, q := float64(a[k*h*w+i]), float64(b[k*h*w+i])
			if !(math.Abs(p-q) <= tol) {
				return fmt.Errorf("check: the incremental logits first differ at %s of image %d: %v, in full %v", at(i, w), k, q, p)
			}
		}
	}
	return nil
}

// BoundOrder says whether bounds on the cost of the same images are in order: −ELBO ≥ −L_k ≥ −L_k' ≥ −log p(x) for k < k'. An estimate with K = 0 is taken as the exact cost.
// Since bounds are noisy, the mean may be out of order by three standard errors of the difference between images.
func BoundOrder(estimates ...score.Estimate) error {
	const doing = "check: the order of bounds"
	if len(estimates) < 2 {
		return fmt.Errorf("%s: %d bounds: give two or more", doing, len(estimates))
	}
	rank := func(e score.Estimate) int {
		if e.K == 0 {
			return math.MaxInt
		}
		return e.K
	}
	sorted := slices.Clone(estimates)
	slices.SortStableFunc(sorted, func(a, b score.Estimate) int {
		if rank(a) < rank(b) {
			return -1
		} else if rank(a) > rank(b) {
			return 1
		}
		return 0
	})
	for i := 1; i < len(sorted); i++ {
		looser, tighter := sorted[i-1], sorted[i]
		if looser.Title != tighter.Title {
			return fmt.Errorf("%s: one is of %q and one of %q: score the same images", doing, looser.Title, tighter.Title)
		}
		gap, stdErr, err := score.Gap(looser, tighter)
		if err != nil {
			return fmt.Errorf("%s: %w", doing, err)
		}
		if rounding := 1e-5 * math.Abs(tighter.Mean); gap < -3*stdErr-rounding {
			return fmt.Errorf("check: %s is %.3f nats and %s is %.3f, %.3f above it: more samples cannot make a bound worse: take the log of the mean of the weights, not the mean of their logs", name(looser), looser.Mean, name(tighter), tighter.Mean, -gap)
		}
	}
	return nil
}

func name(e score.Estimate) string {
	switch e.K {
	case 0:
		return "−log p(x)"
	case 1:
		return "−ELBO"
	}
	return fmt.Sprintf("−L_%d", e.K)
}

// MarkovChain is n chains of binary states as images of 1×length: the first state is a fair coin, each next one stays with chance stay. No model can cost less than
// log 2 + (length−1)·[MarkovEntropy] on it, and one that sees its left neighbour comes near.
func MarkovChain(n, length int, stay float64, seed uint64) data.Images {
	random := rand.New(rand.NewPCG(seed, 8))
	m := data.Images{N: n, H: 1, W: length, C: 1, Levels: 2, Pix: make([]uint8, n*length)}
	for i := range m.Pix {
		if i%length == 0 {
			m.Pix[i] = uint8(random.IntN(2))
			continue
		}
		m.Pix[i] = m.Pix[i-1]
		if random.Float64() >= stay {
			m.Pix[i] = 1 - m.Pix[i-1]
		}
	}
	return m
}

// MarkovEntropy is the nats that each step of a [MarkovChain] costs at least: 0.3251 for stay 0.9.
func MarkovEntropy(stay float64) float64 {
	h := 0.0
	for _, p := range []float64{stay, 1 - stay} {
		if p > 0 {
			h -= p * math.Log(p)
		}
	}
	return h
}
