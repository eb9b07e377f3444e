package tsne

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func TestRepulsionNearExact(t *testing.T) {
	const n = 3000
	shapes := map[string]func(rng *rand.Rand, i int) (x, y float64){ // about a unit wide
		"ball": func(rng *rand.Rand, _ int) (float64, float64) { return rng.NormFloat64() / 6, rng.NormFloat64() / 6 },
		"slab": func(rng *rand.Rand, _ int) (float64, float64) { return rng.Float64(), rng.Float64() / 5 },
		"clumps": func(rng *rand.Rand, i int) (float64, float64) {
			return float64(i*7%11)/11 + rng.NormFloat64()/100, float64(i%2) + rng.NormFloat64()/100
		},
	}
	for name, shape := range shapes {
		for _, width := range []float64{1e-4, 0.1, 1, 5, 20, 60} { // up to what so few points reach
			t.Run(fmt.Sprintf("%s/%g", name, width), func(t *testing.T) {
				rng := rand.New(rand.NewPCG(1, 2))
				y := make([]float64, 2*n)
				for i := range n {
					a, b := shape(rng, i)
					y[2*i], y[2*i+1] = a*width, b*width
				}
				got, want := make([]float64, 2*n), make([]float64, 2*n)
				z, wantZ := newRepulsion(serial(), n).at(y, got), exactRepulsion(serial(), y, want)
				if math.Abs(z/wantZ-1) > 2e-3 {
					t.Errorf("Z = %g, exact %g", z, wantZ)
				}
				var drift [2]float64 // does not count: the picture is centred after each step
				for i := range got {
					drift[i%2] += (got[i] - want[i]) / n
				}
				var diff, size float64
				for i := range got {
					diff += math.Pow(got[i]-want[i]-drift[i%2], 2)
					size += want[i] * want[i]
				}
				if r := math.Sqrt(diff / size); !(r < 0.03) { // clumps narrower than the node spacing are the worst
					t.Errorf("force is off by %.4f, root mean square", r)
				}
			})
		}
	}
}

func TestSplinesAddUp(t *testing.T) {
	for _, u := range []float64{0, 0.25, 0.5, 0.999} {
		var sum, slope, first, firstSlope float64
		w, s := weights(u), slopes(u)
		for k := range 4 {
			sum += w[k]
			slope += s[k]
			first += w[k] * (float64(k) - 1) // B-splines reproduce straight lines
			firstSlope += s[k] * (float64(k) - 1)
		}
		for _, c := range [][2]float64{{sum, 1}, {slope, 0}, {first, u}, {firstSlope, 1}} {
			if math.Abs(c[0]-c[1]) > 1e-12 {
				t.Errorf("u=%g: %g, want %g", u, c[0], c[1])
			}
		}
	}
}

func TestSmooth(t *testing.T) {
	for n, want := range map[int]int{1: 2, 7: 8, 11: 12, 49: 50, 51: 54, 97: 100, 211: 216} {
		if got := smooth(n); got != want {
			t.Errorf("smooth(%d) = %d, want %d", n, got, want)
		}
	}
}
