package dist_test

import (
	"math"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/curious-go/curious/pkg/dist"
)

// log(¼ N(x; −1, ½²) + ¾ N(x; 2, 1)), summed in the ordinary way, where that does not underflow.
func TestNormalMixture(t *testing.T) {
	bell := func(x, mean, std float64) float64 {
		return math.Exp(-(x-mean)*(x-mean)/(2*std*std)) / (std * math.Sqrt(2*math.Pi))
	}
	want := func(x float64) float64 { return math.Log(0.25*bell(x, -1, 0.5) + 0.75*bell(x, 2, 1)) }
	var xs []float32
	for x := float32(-8); x <= 10; x += 0.01 {
		xs = append(xs, x)
	}
	args := []any{xs, []float32{float32(math.Log(0.25)), float32(math.Log(0.75))}, []float32{-1, 2}, []float32{float32(math.Log(0.5)), 0}}
	got := call(t, dist.NormalMixtureLogProb, args...)
	if len(got) != len(xs) {
		t.Fatalf("%d values for %d numbers", len(got), len(xs))
	}
	area := 0.0
	for i, l := range got {
		area += 0.01 * math.Exp(float64(l))
		if w := want(float64(xs[i])); math.Abs(float64(l)-w) > 1e-5*(1+math.Abs(w)) {
			t.Fatalf("log p(%g) is %g, want %g", xs[i], l, w)
		}
	}
	if math.Abs(area-1) > 1e-4 {
		t.Errorf("the density has an area of %.6f", area)
	}
	// Far from every bell exp underflows, and the logarithm must not: −½·(1000 − 2)² − log √2π + log ¾.
	args[0] = []float32{1000}
	if got, want := call(t, dist.NormalMixtureLogProb, args...)[0], -0.5*998*998-0.5*math.Log(2*math.Pi)+math.Log(0.75); math.Abs(float64(got)-want) > 1 {
		t.Errorf("log p(1000) is %g, want %g", got, want)
	}
}

// Each row of a batch may have a mixture of its own.
func TestNormalMixtureOfRows(t *testing.T) {
	logW := float32(math.Log(0.5))
	got := call(t, func(x, w, m, s *Node) *Node { return dist.NormalMixtureLogProb(x, w, m, s) },
		[]float32{0, 5}, [][]float32{{logW, logW}, {logW, logW}}, [][]float32{{0, 0}, {5, 5}}, [][]float32{{0, 0}, {0, 0}})
	for i, l := range got {
		if !near(l, -0.5*math.Log(2*math.Pi)) {
			t.Errorf("row %d: %g, want the density of a normal distribution at its mean", i, l)
		}
	}
}
