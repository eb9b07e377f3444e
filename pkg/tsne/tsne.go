// Package tsne draws points of many dimensions in the plane so that near neighbours stay near: t-SNE.
//
// Each point i holds its neighbours to a distribution p_{j|i} ∝ e^{−β_i|x_i−x_j|²}, β_i such that about Perplexity neighbours count;
// p_ij = (p_{j|i}+p_{i|j})/2n. In the picture, q_ij = (1+|y_i−y_j|²)⁻¹/Z. Gradient descent moves y until the divergence
//
//	KL = Σ_ij p_ij log(p_ij/q_ij),   ∂KL/∂y_i = 4 Σ_j (p_ij − q_ij)(y_i − y_j)/(1+|y_i−y_j|²)
//
// is small (van der Maaten and Hinton 2008, https://www.jmlr.org/papers/v9/vandermaaten08a.html). P is kept for 3·Perplexity neighbours only
// (van der Maaten 2014, https://jmlr.org/papers/v15/vandermaaten14a.html); the part of the gradient with q, where every point repels every other, is
// interpolated on grids by FFT (Linderman et al. 2019, https://arxiv.org/abs/1712.09005). A step costs O(n log n).
//
// Where we deviate: the grids are split as in Ewald's sum, see repulsion.go; neighbours are exact up to 12,000 points and nearly so beyond;
// the scale of the PCA start and the rate are openTSNE's, with 200 exaggerated steps for its 250; points of more than Options.Dims dimensions, such as the
// 784 pixels of a digit, are first reduced by [PCA].
//
// Reading a picture: who is beside whom means something; the size of a cluster and the distance between two far ones mean little.
package tsne

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
)

// Options of [Embed]. The zero value works.
type Options struct {
	Perplexity   float64 // how many neighbours count for a point; lowered to (n−1)/3 for few points [30]
	Steps        int     // of gradient descent [750]
	Exaggeration float64 // of P in the first quarter of the steps, 200 at most, so that clusters find each other [12]
	LearningRate float64 // divided by Exaggeration while that lasts [n, at least 200]
	Dims         int     // wider data are first reduced to so many principal components [50]
	Seed         int64   // of the jitter at the start, and of the search for neighbours in large data
	Workers      int     // goroutines; the picture does not depend on it [GOMAXPROCS]

	// OnStep, if set, sees the picture after each step: y is n×2, to be read before it returns and not kept. kl is the divergence, measured at the first step,
	// every 50th and the last; in between it is the one measured last. An error ends the embedding and comes back from [Embed].
	OnStep func(step int, y []float64, kl float64) error
}

// Embedding is the picture.
type Embedding struct {
	Y          []float64 // n×2, centred
	KL         float64   // divergence of the picture from the data, nats; NaN before the first step
	Steps      int       // done
	Perplexity float64   // used
}

// Len is the number of points; with XY it makes an Embedding a gonum/plot plotter.XYer.
func (e *Embedding) Len() int { return len(e.Y) / 2 }

// XY is where point i lies.
func (e *Embedding) XY(i int) (x, y float64) { return e.Y[2*i], e.Y[2*i+1] }

// klEvery is the number of steps between measurements of the divergence.
const klEvery = 50

// Embed places n points of width d, row after row in x, in the plane. The same input and options give the same numbers, on any number of workers.
//
// When ctx ends, or OnStep returns an error, Embed returns the picture so far together with an error that wraps the cause; the picture is nil only if it
// ended before there was one. Bad input gives an error that names it.
func Embed(ctx context.Context, x []float32, n, d int, opt Options) (*Embedding, error) {
	if err := checkInput(x, n, d, 4); err != nil {
		return nil, fmt.Errorf("tsne: embedding: %w", err)
	}
	if err := opt.complete(n); err != nil {
		return nil, fmt.Errorf("tsne: embedding: %w", err)
	}
	p := pool{ctx, opt.Workers}
	k := min(n-1, int(3*opt.Perplexity+1))
	if n > math.MaxInt32/(2*k) {
		return nil, fmt.Errorf("tsne: embedding: %d points with %d neighbours each are too many: lower Perplexity or take fewer points", n, k)
	}

	dims := min(d, opt.Dims)
	z, _ := components(p, x, n, d, dims)
	if z == nil {
		return nil, interrupted(ctx, 0, opt.Steps)
	}
	e := &Embedding{Y: start(z, n, dims, uint64(opt.Seed)), KL: math.NaN(), Perplexity: opt.Perplexity}
	near := nearest(p, points{z, n, dims}, k, uint64(opt.Seed))
	if ctx.Err() != nil {
		return e, interrupted(ctx, 0, opt.Steps)
	}
	a := newAffinity(p, near, n, k, opt.Perplexity)
	if a == nil {
		return e, interrupted(ctx, 0, opt.Steps)
	}
	return e, newDescent(a, e, opt).run(ctx)
}

func interrupted(ctx context.Context, step, steps int) error {
	return fmt.Errorf("tsne: embedding: interrupted after step %d of %d: %w", step, steps, context.Cause(ctx))
}

// checkInput reports what is wrong with n×d numbers.
func checkInput(x []float32, n, d, least int) error {
	switch {
	case n < least:
		return fmt.Errorf("%d points: give at least %d", n, least)
	case d < 1:
		return fmt.Errorf("points of %d dimensions: give at least 1", d)
	case n > math.MaxInt32:
		return fmt.Errorf("%d points: give at most %d", n, math.MaxInt32)
	case len(x)%d != 0 || len(x)/d != n:
		return fmt.Errorf("%d numbers are not %d points of %d dimensions: pass n·d numbers, row after row", len(x), n, d)
	}
	for i, v := range x {
		if v-v != 0 {
			return fmt.Errorf("point %d, dimension %d is %g: remove points that are not finite", i/d, i%d, v)
		}
	}
	return nil
}

// complete fills in the defaults.
func (o *Options) complete(n int) error {
	for _, f := range []struct {
		name  string
		value *float64
		least float64
		usual float64
	}{
		{"Perplexity", &o.Perplexity, 1, 30},
		{"Exaggeration", &o.Exaggeration, 1, 12},
		{"LearningRate", &o.LearningRate, 0, max(float64(n), 200)},
	} {
		if *f.value == 0 {
			*f.value = f.usual
		}
		if !(*f.value >= f.least) || math.IsInf(*f.value, 1) {
			return fmt.Errorf("%s is %g: give a number from %g on, or 0 for %g", f.name, *f.value, f.least, f.usual)
		}
	}
	for _, f := range []struct {
		name  string
		value *int
		usual int
	}{
		{"Steps", &o.Steps, 750},
		{"Dims", &o.Dims, 50},
		{"Workers", &o.Workers, runtime.GOMAXPROCS(0)},
	} {
		if *f.value == 0 {
			*f.value = f.usual
		}
		if *f.value < 0 {
			return fmt.Errorf("%s is %d: give a positive number, or 0 for %d", f.name, *f.value, f.usual)
		}
	}
	o.Perplexity = min(o.Perplexity, float64(n-1)/3)
	return nil
}

// start is the first two principal components at a standard deviation of 1e-4, where distances hardly matter yet, and a hundredth of that as jitter, so that
// points that coincide can part (Kobak and Berens 2019, https://doi.org/10.1038/s41467-019-13056-x).
func start(z []float32, n, d int, seed uint64) []float64 {
	const spread = 1e-4
	variance := 0.0
	for i := range n {
		variance += float64(z[i*d]) * float64(z[i*d])
	}
	scale := 0.0
	if variance > 0 {
		scale = spread / math.Sqrt(variance/float64(n))
	}
	rng := rand.New(rand.NewPCG(seed, 0x75e5))
	y := make([]float64, 2*n)
	for i := range n {
		for k := range 2 {
			y[2*i+k] = spread / 100 * rng.NormFloat64()
			if k < d {
				y[2*i+k] += scale * float64(z[i*d+k])
			}
		}
	}
	return y
}
