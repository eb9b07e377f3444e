package tsne

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

// gradient is the whole gradient of the divergence at y, by descent's own parts.
func gradient(a *affinity, y []float64, repel func(y, force []float64) float64) []float64 {
	t := &descent{pool: serial(), p: a, y: y, grad: make([]float64, len(y))}
	t.attract(repel(y, t.grad), 1)
	for i := range t.grad {
		t.grad[i] *= 4
	}
	return t.grad
}

func exact(y, force []float64) float64 { return exactRepulsion(serial(), y, force) }

func TestGradientIsSlopeOfDivergence(t *testing.T) {
	const n = 40
	x, d := clusters(n)
	a := affinities(x, n, d, 5)
	p := a.dense()
	rng := rand.New(rand.NewPCG(3, 3))
	y := make([]float64, 2*n)
	for i := range y {
		y[i] = 2 * rng.NormFloat64()
	}
	got := gradient(a, y, exact)
	const h = 1e-5
	for i := range y {
		at := y[i]
		y[i] = at + h
		up := bruteKL(p, y)
		y[i] = at - h
		down := bruteKL(p, y)
		y[i] = at
		// Central differences are good to h²; P, whose entries are float32, is the same on both sides, but sums to one only within 1e-7.
		if want := (up - down) / (2 * h); math.Abs(got[i]-want) > 1e-7 {
			t.Errorf("coordinate %d: gradient %.9f, finite difference %.9f", i, got[i], want)
		}
	}
}

func TestGridGradientNearExact(t *testing.T) {
	const n = 3000
	x, d := clusters(n)
	a := affinities(x, n, d, 30)
	_, err := Embed(context.Background(), x, n, d, Options{Steps: 750, OnStep: func(step int, y []float64, _ float64) error {
		switch step {
		default:
			return nil
		case 1, 20, 100, 200, 300, 400: // the start, exaggerated clusters, and the open picture
		}
		want := gradient(a, y, exact)
		got := gradient(a, y, newRepulsion(serial(), n).at)
		repulsion := make([]float64, 2*n)
		scale := 4 / exact(y, repulsion)
		var drift [2]float64 // does not count: the picture is centred after each step
		for i := range got {
			drift[i%2] += (got[i] - want[i]) / n
		}
		var diff, size float64
		for i := range got {
			diff += math.Pow(got[i]-want[i]-drift[i%2], 2)
			size += math.Pow(scale*repulsion[i], 2) // the gradient itself vanishes on the way
		}
		// 0.035 at step 100, when clusters are narrower than the node spacing; 0.01 from step 200 on.
		limit := 0.05
		if step >= 200 {
			limit = 0.015
		}
		if r := math.Sqrt(diff / size); !(r < limit) {
			t.Errorf("after %d steps the gradient is off by %.4f of its repulsive part, root mean square", step, r)
		}
		if step == 400 {
			return errStop
		}
		return nil
	}})
	if !errors.Is(err, errStop) {
		t.Fatal(err)
	}
}

func TestDivergenceEqualsBruteForce(t *testing.T) {
	for _, c := range []struct {
		n   int
		tol float64
	}{
		{300, 1e-6},  // double sum: what is left is the rounding of P
		{2000, 5e-4}, // grids: log Z
	} {
		x, d := clusters(c.n)
		e, err := Embed(context.Background(), x, c.n, d, Options{Steps: 300})
		if err != nil {
			t.Fatal(err)
		}
		want := bruteKL(affinities(x, c.n, d, e.Perplexity).dense(), e.Y)
		if math.Abs(e.KL-want) > c.tol {
			t.Errorf("n=%d: KL %.7f, from the definition %.7f", c.n, e.KL, want)
		}
	}
}

func TestDescentLowersDivergence(t *testing.T) {
	x, d := clusters(1500)
	var seen []float64
	_, err := Embed(context.Background(), x, 1500, d, Options{OnStep: func(step int, _ []float64, kl float64) error {
		if step%klEvery == 0 && step >= 250 {
			seen = append(seen, kl)
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i < len(seen); i++ {
		if seen[i] > seen[i-1] {
			t.Errorf("divergence rises from %.4f to %.4f", seen[i-1], seen[i])
		}
	}
	if len(seen) != 11 { // 250, 300 … 750
		t.Errorf("%d measurements, want 11", len(seen))
	}
}
