package tsne

import (
	"context"
	"math"
	"math/rand/v2"
)

// clusters are n points in ten Gaussian clusters of 16 dimensions, as in scikit-learn's and openTSNE's side of the measurement: deviation 1 around centres of
// deviation 4. The cluster of point i is i/(n/10).
func clusters(n int) (x []float32, d int) {
	const width = 16
	rng := rand.New(rand.NewPCG(1, 1))
	per := n / 10
	for range 10 {
		var centre [width]float64
		for k := range centre {
			centre[k] = 4 * rng.NormFloat64()
		}
		for range per {
			for _, c := range centre {
				x = append(x, float32(c+rng.NormFloat64()))
			}
		}
	}
	return x, width
}

// ellipsoids are 1000 points in five dimensions, 200 on each of five ellipsoids, by formula, so that other programs can be given the same.
func ellipsoids() (x []float32, n, d int) {
	for i := range 1000 {
		s, k := float64(i/200), float64(i%200)
		z := 1 - (2*k+1)/200
		r, a, b := math.Sqrt(1-z*z), k*math.Pi*(3-math.Sqrt(5)), s*2*math.Pi/5
		for _, v := range []float64{6 * r * math.Cos(a), 4 * r * math.Sin(a), 2 * z, 3 * math.Cos(b), 3 * math.Sin(b)} {
			x = append(x, float32(v))
		}
	}
	return x, 1000, 5
}

func serial() pool { return pool{context.Background(), 1} }

// affinities is P for the points, the way Embed makes it.
func affinities(x []float32, n, d int, perplexity float64) *affinity {
	p := serial()
	z, _ := components(p, x, n, d, min(d, 50))
	k := min(n-1, int(3*perplexity+1))
	return newAffinity(p, nearest(p, points{z, n, min(d, 50)}, k, 0), n, k, perplexity)
}

// dense is P as a full matrix.
func (a *affinity) dense() [][]float64 {
	m := make([][]float64, len(a.start)-1)
	for i := range m {
		m[i] = make([]float64, len(m))
		for _, l := range a.link[a.start[i]:a.start[i+1]] {
			m[i][l.j] += float64(l.p)
		}
	}
	return m
}

// bruteKL is Σ p log(p/q) straight from its definition.
func bruteKL(p [][]float64, y []float64) float64 {
	z := 0.0
	q := func(i, j int) float64 {
		dx, dy := y[2*i]-y[2*j], y[2*i+1]-y[2*j+1]
		return 1 / (1 + dx*dx + dy*dy)
	}
	for i := range p {
		for j := range p {
			if i != j {
				z += q(i, j)
			}
		}
	}
	kl := 0.0
	for i := range p {
		for j, v := range p[i] {
			if v > 0 {
				kl += v * math.Log(v*z/q(i, j))
			}
		}
	}
	return kl
}

// pictureNeighbours are the k nearest to each point in the picture.
func pictureNeighbours(y []float64, k int) []neighbour {
	z := make([]float32, len(y))
	for i, v := range y {
		z[i] = float32(v)
	}
	near := make([]neighbour, len(y)/2*k)
	for i := range near {
		near[i] = neighbour{-1, math.MaxFloat32}
	}
	sweep(serial(), points{z, len(y) / 2, 2}, k, near)
	return near
}
