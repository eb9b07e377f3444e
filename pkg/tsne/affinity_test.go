package tsne

import (
	"math"
	"testing"
)

func TestConditionalHasPerplexity(t *testing.T) {
	x, d := clusters(500)
	const k = 150
	for _, scale := range []float32{1e-12, 1, 1e12} { // of the distances: β must find its size
		near := nearest(serial(), points{x, 500, d}, k, 0)
		for i := range near {
			near[i].d2 *= scale
		}
		for _, perplexity := range []float64{1.5, 5, 30, 49.9} {
			w := make([]float64, k)
			for i := range 500 {
				conditional(w, near[i*k:(i+1)*k], perplexity)
				bits, sum := 0.0, 0.0
				for _, p := range w {
					sum += p
					if p > 0 {
						bits -= p * math.Log2(p)
					}
				}
				if math.Abs(bits-math.Log2(perplexity)) > 1e-5 || math.Abs(sum-1) > 1e-12 {
					t.Fatalf("scale %g, point %d: entropy %.7f bits, want log2 %g = %.7f; sum %g", scale, i, bits, perplexity, math.Log2(perplexity), sum)
				}
			}
		}
	}
}

func TestConditionalWithoutSolution(t *testing.T) {
	for name, near := range map[string][]neighbour{
		"all equal":            {{1, 2}, {2, 2}, {3, 2}, {4, 2}},
		"all zero":             {{1, 0}, {2, 0}, {3, 0}, {4, 0}},
		"more ties than asked": {{1, 0}, {2, 0}, {3, 0}, {4, 9}},
		"huge and tiny":        {{1, 1e-38}, {2, 1e38}, {3, 3e38}, {4, 3e38}},
		"some missing":         {{1, 1}, {2, 3}, {-1, math.MaxFloat32}, {-1, math.MaxFloat32}},
		"none":                 {{-1, math.MaxFloat32}, {-1, math.MaxFloat32}},
	} {
		w := make([]float64, len(near))
		conditional(w, near, 1.3)
		sum := 0.0
		for _, p := range w {
			sum += p
		}
		if want := map[bool]float64{true: 0, false: 1}[name == "none"]; !(math.Abs(sum-want) < 1e-12) {
			t.Errorf("%s: %v sums to %g, want %g", name, w, sum, want)
		}
	}
}

func TestAffinitySymmetricAndSumsToOne(t *testing.T) {
	x, d := clusters(2000)
	a := affinities(x, 2000, d, 30)
	p := a.dense()
	sum := 0.0
	for i := range p {
		for j, v := range p[i] {
			sum += v
			if v != p[j][i] || v < 0 {
				t.Fatalf("p[%d,%d] = %g, p[%d,%d] = %g", i, j, v, j, i, p[j][i])
			}
		}
		if p[i][i] != 0 {
			t.Fatalf("p[%d,%d] = %g", i, i, p[i][i])
		}
	}
	if math.Abs(sum-1) > 1e-6 { // float32 entries
		t.Errorf("P sums to %.9f", sum)
	}
}

// The numbers are scikit-learn 1.9.1's, _joint_probabilities_nn with 91 neighbours and perplexity 30 on the same points.
func TestAffinityIsScikitLearns(t *testing.T) {
	x, n, d := ellipsoids()
	a := affinities(x, n, d, 30)
	if math.Abs(float64(len(a.link))-93736) > 50 { // the points are regular: some distances tie
		t.Errorf("%d entries, want about 93736", len(a.link))
	}
	p := a.dense()
	for _, c := range []struct {
		i, j int
		p    float64
	}{
		{0, 1, 7.500559162823493e-05},
		{0, 13, 2.2912964644086273e-05},
		{17, 25, 9.55267589978936e-05},
		{250, 271, 8.344926463142835e-05},
		{999, 978, 5.579383817278366e-06},
	} {
		if got := p[c.i][c.j]; math.Abs(got/c.p-1) > 1e-4 {
			t.Errorf("p[%d,%d] = %g, want %g", c.i, c.j, got, c.p)
		}
	}
}
