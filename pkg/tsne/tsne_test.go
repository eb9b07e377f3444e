package tsne

import (
	"context"
	"errors"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestClustersStayApart(t *testing.T) {
	for _, n := range []int{500, 2000} { // double sum, grids
		x, d := clusters(n)
		e, err := Embed(context.Background(), x, n, d, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if e.Steps != 750 || e.Perplexity != 30 || e.Len() != n {
			t.Errorf("%d steps, perplexity %g, %d points", e.Steps, e.Perplexity, e.Len())
		}
		same, per := 0, n/10
		for i, nb := range pictureNeighbours(e.Y, 10) {
			if i/10/per == int(nb.id)/per {
				same++
			}
		}
		if purity := float64(same) / float64(10*n); purity < 0.99 {
			t.Errorf("n=%d: %.3f of the neighbours in the picture are of one's own cluster", n, purity)
		}
		var mean [2]float64
		for i := range n {
			a, b := e.XY(i)
			mean[0] += a / float64(n)
			mean[1] += b / float64(n)
		}
		if math.Abs(mean[0])+math.Abs(mean[1]) > 1e-9 {
			t.Errorf("the centre is at %v", mean)
		}
	}
}

// scikit-learn 1.9.1, TSNE(init="pca") with 1000 iterations, reaches KL 0.5961 and trustworthiness 0.9939 (12 neighbours) on the same points.
func TestAsGoodAsScikitLearn(t *testing.T) {
	x, n, d := ellipsoids()
	e, err := Embed(context.Background(), x, n, d, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if e.KL > 0.5961*1.02 {
		t.Errorf("KL %.4f, scikit-learn's is 0.5961", e.KL)
	}
	if got := trustworthiness(x, n, d, e.Y, 12); got < 0.9939-0.005 {
		t.Errorf("trustworthiness %.4f, scikit-learn's is 0.9939", got)
	}
}

// trustworthiness is one when the k neighbours of each point in the picture are also its neighbours in the data (Venna and Kaski 2001,
// https://doi.org/10.1007/3-540-44668-0_68).
func trustworthiness(x []float32, n, d int, y []float64, k int) float64 {
	picture := pictureNeighbours(y, k)
	penalty := 0
	for i := range n {
		rank := make([]int, n)
		for r, nb := range bruteNearest(points{x, n, d}, int32(i), n-1) {
			rank[nb.id] = r + 1
		}
		for _, nb := range picture[i*k : (i+1)*k] {
			penalty += max(0, rank[nb.id]-k)
		}
	}
	return 1 - 2*float64(penalty)/float64(n*k*(2*n-3*k-1))
}

func TestSameNumbersOnAnyWorkers(t *testing.T) {
	for _, c := range []struct{ n, steps int }{{500, 30}, {2500, 230}} { // double sum; grids
		x, d := clusters(c.n)
		var first []float64
		for _, workers := range []int{1, 2, 7, 0} {
			e, err := Embed(context.Background(), x, c.n, d, Options{Steps: c.steps, Workers: workers, Seed: 3})
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = append(e.Y, e.KL)
			} else if !slices.Equal(first, append(e.Y, e.KL)) {
				t.Errorf("n=%d: %d workers give another picture", c.n, workers)
			}
		}
		e, err := Embed(context.Background(), x, c.n, d, Options{Steps: c.steps, Seed: 4})
		if err != nil {
			t.Fatal(err)
		}
		if slices.Equal(first[:len(e.Y)], e.Y) {
			t.Errorf("n=%d: another seed gives the same picture", c.n)
		}
	}
}

func TestManyPoints(t *testing.T) { // past the exact neighbours
	const n = exactLimit + 500
	x, d := clusters(n)
	e, err := Embed(context.Background(), x, n, d, Options{Perplexity: 5, Steps: 40})
	if err != nil {
		t.Fatal(err)
	}
	same := 0
	for i, nb := range pictureNeighbours(e.Y, 5) {
		if i/5/(n/10) == int(nb.id)/(n/10) {
			same++
		}
	}
	if purity := float64(same) / (5 * n); purity < 0.95 {
		t.Errorf("%.3f of the neighbours in the picture are of one's own cluster", purity)
	}
}

func TestWideInputIsReducedFirst(t *testing.T) {
	const n, wide = 300, 784
	x, d := clusters(n)
	padded := make([]float32, n*wide) // 768 constant columns more: the same points
	for i := range n {
		for c := range wide {
			padded[i*wide+c] = 0.5
		}
		copy(padded[i*wide:], x[i*d:(i+1)*d])
	}
	a, err := Embed(context.Background(), x, n, d, Options{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := Embed(context.Background(), padded, n, wide, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(a.KL-b.KL) > 0.02*a.KL { // rounding grows in the descent
		t.Errorf("KL %g with constant columns, %g without", b.KL, a.KL)
	}
}

func TestInterrupt(t *testing.T) {
	x, d := clusters(1500)
	ctx, cancel := context.WithCancel(context.Background())
	e, err := Embed(ctx, x, 1500, d, Options{OnStep: func(step int, y []float64, kl float64) error {
		if step == 120 {
			cancel()
		}
		return nil
	}})
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "tsne: embedding: interrupted after step 120 of 750") {
		t.Fatalf("error %v", err)
	}
	if e == nil || e.Steps != 120 {
		t.Fatalf("embedding %v", e)
	}
	whole, err := Embed(context.Background(), x, 1500, d, Options{OnStep: func(step int, y []float64, kl float64) error {
		if step == 120 {
			if !slices.Equal(y, e.Y) {
				t.Error("the picture at the interruption is not the one of an unbroken run")
			}
			return errStop
		}
		return nil
	}})
	if !errors.Is(err, errStop) || !strings.Contains(err.Error(), "step 120 of 750") || whole == nil || whole.KL != e.KL {
		t.Fatalf("error %v, embedding %v", err, whole)
	}
}

var errStop = errors.New("enough")

func TestInterruptBeforeThePicture(t *testing.T) {
	x, d := clusters(5000)
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errStop)
	e, err := Embed(ctx, x, 5000, d, Options{})
	if !errors.Is(err, errStop) || e != nil && e.Steps != 0 {
		t.Errorf("embedding %v, error %v", e, err)
	}
	before := runtime.NumGoroutine()
	late, stop := context.WithTimeout(context.Background(), 5*time.Millisecond) // somewhere among the neighbours
	defer stop()
	if e, err = Embed(late, x, 5000, d, Options{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("embedding %v, error %v", e, err)
	}
	if after := runtime.NumGoroutine(); after > before {
		t.Errorf("%d goroutines, %d before", after, before)
	}
}

func TestOddInput(t *testing.T) {
	column := func(n int, f func(i int) float32) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = f(i)
		}
		return x
	}
	grid, d := clusters(1200)
	twins := append(slices.Clone(grid), grid...)
	outlier := slices.Clone(grid)
	outlier[0] = 1e30
	for _, c := range []struct {
		name string
		x    []float32
		n, d int
		opt  Options
	}{
		{name: "four points", x: []float32{0, 0, 1, 0, 0, 1, 5, 5}, n: 4, d: 2},
		{name: "fewer than 3·perplexity", x: grid[:20*d], n: 20, d: d},
		{name: "perplexity over n", x: grid[:100*d], n: 100, d: d, opt: Options{Perplexity: 1000}},
		{name: "all equal", x: column(100, func(int) float32 { return 7 }), n: 50, d: 2},
		{name: "all equal, many", x: column(3000, func(int) float32 { return 7 }), n: 1500, d: 2},
		{name: "all twice", x: twins, n: 2400, d: d},
		{name: "two places", x: column(1100, func(i int) float32 { return float32(i % 2) }), n: 1100, d: 1},
		{name: "one dimension", x: column(1100, func(i int) float32 { return float32(i) }), n: 1100, d: 1},
		{name: "huge", x: column(800, func(i int) float32 { return float32(math.Sin(float64(i))) * 3e38 }), n: 200, d: 4},
		{name: "tiny", x: column(800, func(i int) float32 { return float32(math.Sin(float64(i))) * 1e-40 }), n: 200, d: 4},
		{name: "outlier", x: outlier, n: 1200, d: d},
		{name: "one step", x: grid, n: 1200, d: d, opt: Options{Steps: 1}},
		{name: "rate far too high", x: grid, n: 1200, d: d, opt: Options{Steps: 100, LearningRate: 1e12}},
		{name: "one component", x: grid, n: 1200, d: d, opt: Options{Steps: 100, Dims: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.opt.Steps == 0 {
				c.opt.Steps = 200
			}
			e, err := Embed(context.Background(), c.x, c.n, c.d, c.opt)
			if err != nil {
				t.Fatal(err)
			}
			if len(e.Y) != 2*c.n || math.IsNaN(e.KL) || math.IsInf(e.KL, 0) || e.Perplexity > float64(c.n-1)/3 {
				t.Errorf("%d numbers, KL %g, perplexity %g", len(e.Y), e.KL, e.Perplexity)
			}
			for i, v := range e.Y {
				if v-v != 0 {
					t.Fatalf("coordinate %d is %g", i, v)
				}
			}
		})
	}
}

func TestNotFinite(t *testing.T) {
	for _, n := range []int{500, 1200} { // double sum, grids
		x, d := clusters(n)
		_, err := Embed(context.Background(), x, n, d, Options{LearningRate: 1e308, Exaggeration: 1})
		if err == nil || !strings.Contains(err.Error(), "no longer finite: lower LearningRate") {
			t.Errorf("n=%d: error %v", n, err)
		}
	}
}

func TestBadInput(t *testing.T) {
	x := make([]float32, 40)
	nan, inf := slices.Clone(x), slices.Clone(x)
	nan[7], inf[9] = float32(math.NaN()), float32(math.Inf(-1))
	for _, c := range []struct {
		x    []float32
		n, d int
		opt  Options
		want string
	}{
		{x: nil, n: 0, d: 2, want: "0 points: give at least 4"},
		{x: x[:6], n: 3, d: 2, want: "3 points: give at least 4"},
		{x: x, n: -5, d: -8, want: "-5 points"},
		{x: x, n: 20, d: 0, want: "points of 0 dimensions"},
		{x: x, n: 20, d: 3, want: "40 numbers are not 20 points of 3 dimensions"},
		{x: x, n: math.MaxInt32, d: math.MaxInt, want: "40 numbers are not"}, // n·d overflows
		{x: nan, n: 20, d: 2, want: "point 3, dimension 1 is NaN"},
		{x: inf, n: 20, d: 2, want: "point 4, dimension 1 is -Inf"},
		{x: x, n: 20, d: 2, opt: Options{Perplexity: 0.5}, want: "Perplexity is 0.5"},
		{x: x, n: 20, d: 2, opt: Options{Perplexity: math.NaN()}, want: "Perplexity is NaN"},
		{x: x, n: 20, d: 2, opt: Options{LearningRate: -1}, want: "LearningRate is -1"},
		{x: x, n: 20, d: 2, opt: Options{LearningRate: math.Inf(1)}, want: "LearningRate is +Inf"},
		{x: x, n: 20, d: 2, opt: Options{Exaggeration: 0.1}, want: "Exaggeration is 0.1"},
		{x: x, n: 20, d: 2, opt: Options{Steps: -1}, want: "Steps is -1"},
		{x: x, n: 20, d: 2, opt: Options{Dims: -1}, want: "Dims is -1"},
		{x: x, n: 20, d: 2, opt: Options{Workers: -1}, want: "Workers is -1"},
	} {
		e, err := Embed(context.Background(), c.x, c.n, c.d, c.opt)
		if e != nil || err == nil || !strings.HasPrefix(err.Error(), "tsne: embedding: "+c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
}
