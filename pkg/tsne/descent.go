package tsne

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// descent is gradient descent with momentum and gains (Jacobs 1988), as in van der Maaten and Hinton 2008, section 3.4.
type descent struct {
	pool pool
	p    *affinity
	opt  Options
	out  *Embedding

	y, grad, velocity, gain []float64 // n×2
	repel                   func(y, force []float64) (z float64)
	entropy                 float64 // Σ p log p
}

// fewPoints is the number of points up to which the double sum is as fast as the grids.
const fewPoints = 1000

func newDescent(a *affinity, e *Embedding, opt Options) *descent {
	p := pool{context.Background(), opt.Workers} // a step is done whole or not at all
	size := len(e.Y)
	t := &descent{
		pool: p, p: a, opt: opt, out: e, y: e.Y,
		grad: make([]float64, size), velocity: make([]float64, size), gain: make([]float64, size),
	}
	for i := range t.gain {
		t.gain[i] = 1
	}
	if size/2 <= fewPoints {
		t.repel = func(y, force []float64) float64 { return exactRepulsion(p, y, force) }
	} else {
		t.repel = newRepulsion(p, size/2).at
	}
	t.entropy = p.sum(size/2, func(lo, hi int) float64 {
		sum := 0.0
		for _, l := range a.link[a.start[lo]:a.start[hi]] {
			if l.p > 0 {
				sum += float64(l.p) * math.Log(float64(l.p))
			}
		}
		return sum
	})
	return t
}

func (t *descent) run(ctx context.Context) error {
	early := min(200, t.opt.Steps/4)
	for step := 0; ; step++ {
		z := t.repel(t.y, t.grad)
		t.out.Steps = step
		if step%klEvery == 0 || step == t.opt.Steps {
			t.out.KL = t.divergence(z)
		}
		if math.IsNaN(z) {
			return errors.New("tsne: embedding: the picture is no longer finite: lower LearningRate")
		}
		if step > 0 && t.opt.OnStep != nil {
			if err := t.opt.OnStep(step, t.y, t.out.KL); err != nil {
				t.out.KL = t.divergence(z)
				return fmt.Errorf("tsne: embedding: stopped by OnStep after step %d of %d: %w", step, t.opt.Steps, err)
			}
		}
		if step == t.opt.Steps {
			return nil
		}
		if ctx.Err() != nil {
			t.out.KL = t.divergence(z)
			return interrupted(ctx, step, t.opt.Steps)
		}
		if step < early {
			t.attract(z, t.opt.Exaggeration)
			t.move(t.opt.LearningRate / t.opt.Exaggeration)
		} else {
			t.attract(z, 1)
			t.move(t.opt.LearningRate)
		}
	}
}

// attract turns the repulsive forces in t.grad into a quarter of the gradient of the divergence, P multiplied by exaggeration.
func (t *descent) attract(z, exaggeration float64) {
	y, scale := t.y, 1/z
	t.pool.chunks(len(y)/2, func(_, lo, hi int) {
		for i := lo; i < hi; i++ {
			xi, yi := y[2*i], y[2*i+1]
			var fx, fy float64
			for _, l := range t.p.link[t.p.start[i]:t.p.start[i+1]] {
				v := y[2*l.j:][:2]
				dx, dy := xi-v[0], yi-v[1]
				w := float64(l.p) / (1 + dx*dx + dy*dy)
				fx += w * dx
				fy += w * dy
			}
			t.grad[2*i] = exaggeration*fx - scale*t.grad[2*i]
			t.grad[2*i+1] = exaggeration*fy - scale*t.grad[2*i+1]
		}
	})
}

// divergence is KL = Σ p log p + Σ p log(1+|y_i−y_j|²) + log Z.
func (t *descent) divergence(z float64) float64 {
	y := t.y
	return t.entropy + math.Log(z) + t.pool.sum(len(y)/2, func(lo, hi int) float64 {
		sum := 0.0
		for i := lo; i < hi; i++ {
			for _, l := range t.p.link[t.p.start[i]:t.p.start[i+1]] {
				v := y[2*l.j:][:2]
				dx, dy := y[2*i]-v[0], y[2*i+1]-v[1]
				sum += float64(l.p) * math.Log1p(dx*dx+dy*dy)
			}
		}
		return sum
	})
}

// move takes one step: a coordinate whose gradient keeps its sign gains speed, one whose gradient turns loses it.
func (t *descent) move(rate float64) {
	const momentum, leastGain, longest = 0.8, 0.01, 5
	n := len(t.y) / 2
	t.pool.chunks(n, func(_, lo, hi int) {
		for i := 2 * lo; i < 2*hi; i++ {
			g := t.grad[i]
			if (g > 0) != (t.velocity[i] > 0) {
				t.gain[i] += 0.2
			} else {
				t.gain[i] = max(t.gain[i]*0.8, leastGain)
			}
			t.velocity[i] = momentum*t.velocity[i] - rate*t.gain[i]*g
		}
		for i := 2 * lo; i < 2*hi; i += 2 { // no point jumps farther than a few neighbours' distances
			if norm := math.Hypot(t.velocity[i], t.velocity[i+1]); norm > longest {
				t.velocity[i] *= longest / norm
				t.velocity[i+1] *= longest / norm
			}
			t.y[i] += t.velocity[i]
			t.y[i+1] += t.velocity[i+1]
		}
	})
	for k := range 2 {
		mean := t.pool.sum(n, func(lo, hi int) float64 {
			sum := 0.0
			for i := lo; i < hi; i++ {
				sum += t.y[2*i+k]
			}
			return sum
		}) / float64(n)
		t.pool.chunks(n, func(_, lo, hi int) {
			for i := lo; i < hi; i++ {
				t.y[2*i+k] -= mean
			}
		})
	}
}
