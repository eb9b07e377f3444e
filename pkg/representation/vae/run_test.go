package vae_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/engine"
	"github.com/curious-go/curious/pkg/representation/vae"
	"github.com/curious-go/curious/pkg/score/check"
	"github.com/curious-go/curious/pkg/train"
)

// strokes are binary pen-stroke digits of that size: n to train, n to validate and n to test.
func strokes(side, n int) data.Digits {
	all := data.PenStrokes(data.PenConfig{N: 3 * n, Seed: 1, Size: side})
	for i, v := range all.Pix {
		all.Pix[i] = v >> 7
	}
	all.Levels = 2
	return data.Digits{
		Train: all.Range(0, n), Valid: all.Range(n, 2*n), Test: all.Range(2*n, 3*n),
		Variant: data.ThresholdBinary, Height: side, Width: side,
	}
}

// untrained is a run of a small model with random weights.
func untrained(t *testing.T, m vae.VAE) *vae.Run {
	t.Helper()
	store := fresh(t)
	evaluate(t, store, terms(m), zeros(1, m.Height, m.Width, 1))
	if err := check.Scramble(store, 4); err != nil {
		t.Fatal(err)
	}
	return &vae.Run{
		Run:    &train.Run{Settings: train.Settings{Name: "vae", Preset: "quick"}, Store: store, Backend: open(t).Backend},
		Recipe: vae.Recipe{Model: m},
	}
}

var small = map[string]vae.VAE{
	"MLP":         {Height: 12, Width: 12, Codes: 3, Hidden: 9},
	"convolution": {Height: 12, Width: 12, Codes: 3, Hidden: 4, Conv: true},
}

func TestRunShapes(t *testing.T) {
	images := strokes(12, 503).Train // two chunks, the last one short
	for name, m := range small {
		t.Run(name, func(t *testing.T) {
			run := untrained(t, m)
			codes, err := run.Codes(images)
			if err != nil || len(codes) != 503*3 {
				t.Fatal(len(codes), err)
			}
			again, err := run.Codes(images.Range(490, 503))
			if err != nil || !near(codes[490*3:], again) {
				t.Errorf("codes differ among others and alone, or from call to call: %v", err)
			}
			decoded, err := run.Decode(codes)
			if err != nil || len(decoded) != 503*144 {
				t.Fatal(len(decoded), err)
			}
			reconstructed, err := run.Reconstruct(images)
			if err != nil || !near(decoded, reconstructed) {
				t.Errorf("a reconstruction is not the decoded mean: %v", err)
			}
			if slices.Min(decoded) < 0 || slices.Max(decoded) > 1 || len(run.Pictures(decoded)) != 503 {
				t.Errorf("probabilities from %v to %v, %d pictures", slices.Min(decoded), slices.Max(decoded), len(run.Pictures(decoded)))
			}
			drawn, err := run.Sample(7, 1)
			same, _ := run.Sample(7, 1)
			other, _ := run.Sample(7, 2)
			if err != nil || len(drawn) != 7*144 || !slices.Equal(drawn, same) || slices.Equal(drawn, other) {
				t.Errorf("samples: %d pixels, error %v, or they do not follow the seed", len(drawn), err)
			}
		})
	}
}

// The ends of a walk are the decoded means of the two images, its middle the decoded middle of them.
func TestInterpolate(t *testing.T) {
	images := strokes(12, 4).Train
	run := untrained(t, small["MLP"])
	const steps, size = 5, 144
	walk, err := run.Interpolate(images.Range(0, 2), images.Range(2, 4), steps)
	if err != nil || len(walk) != 2*steps*size {
		t.Fatal(len(walk), err)
	}
	ends, err := run.Reconstruct(images)
	if err != nil {
		t.Fatal(err)
	}
	codes, err := run.Codes(images)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		middle := make([]float32, 3)
		for j := range middle {
			middle[j] = (codes[3*i+j] + codes[3*(i+2)+j]) / 2
		}
		half, err := run.Decode(middle)
		if err != nil {
			t.Fatal(err)
		}
		at := func(step int) []float32 { return walk[(i*steps+step)*size:][:size] }
		if !near(at(0), ends[i*size:][:size]) || !near(at(steps-1), ends[(i+2)*size:][:size]) || !near(at(2), half) {
			t.Errorf("walk %d does not lead from image to image in a straight line", i)
		}
	}
}

// Of three cells the middle one stands at the median, 0, the others at the quantiles 1/6 and 5/6 of the normal distribution, ∓0.96742.
func TestLatentGrid(t *testing.T) {
	run := untrained(t, small["MLP"])
	const size, q = 144, 0.9674216
	grid, err := run.LatentGrid(3, 2, 0)
	if err != nil || len(grid) != 9*size {
		t.Fatal(len(grid), err)
	}
	for cell, code := range map[int][]float32{4: {0, 0, 0}, 0: {-q, 0, -q}, 2: {-q, 0, q}, 6: {q, 0, -q}} {
		want, err := run.Decode(code)
		if err != nil || !near(grid[cell*size:][:size], want) {
			t.Errorf("cell %d is not the picture of code %v: %v", cell, code, err)
		}
	}
}

// A dimension that the encoder ignores is the last, one that it stretches the first.
func TestBusiest(t *testing.T) {
	run := untrained(t, small["MLP"])
	w := run.Store.GetVariable("/encoder/mean/w")
	values := make([]float32, w.Shape().Size()) // [9,3]
	for i := range values {
		values[i] = []float32{0.1, 0, 2}[i%3] * float32(1+i/3)
	}
	if err := w.SetValue(tensors.FromFlatDataAndDimensions(values, w.Shape().Dimensions...)); err != nil {
		t.Fatal(err)
	}
	order, err := run.Busiest(strokes(12, 50).Train)
	if err != nil || !slices.Equal(order, []int{2, 0, 1}) {
		t.Error(order, err)
	}
}

func near(a, b []float32) bool {
	return len(a) == len(b) && slices.EqualFunc(a, b, func(x, y float32) bool {
		return math.Abs(float64(x-y)) < 1e-4*(1+math.Abs(float64(y)))
	})
}

// A short training of both models learns, and what it leaves can be opened.
func TestFit(t *testing.T) {
	for name, m := range map[string]vae.VAE{
		"MLP":         {Hidden: 40, Codes: 5},
		"convolution": {Hidden: 16, Codes: 5, Conv: true}, // with fewer channels it takes long to find a use for the code
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("CURIOUS_RUNS", t.TempDir())
			digits := strokes(12, 1000)
			r := vae.Quick()
			r.Model, r.Steps, r.Batch, r.Rate = m, 200, 40, train.Rate{Peak: 5e-3, Final: 1e-4, Warmup: 10}
			run, err := r.Fit(digits)
			if err != nil {
				t.Fatal(err)
			}
			metrics, err := run.Metrics()
			if err != nil {
				t.Fatal(err)
			}
			// Independent pixels, which need no code, cost this much on the training digits, by counting.
			independent := 0.0
			for j := range 144 {
				on := 0.0
				for i := range digits.Train.N {
					on += float64(digits.Train.At(i)[j]) / float64(digits.Train.N)
				}
				if on > 0 && on < 1 {
					independent -= on*math.Log(on) + (1-on)*math.Log(1-on)
				}
			}
			last := metrics[len(metrics)-1]
			if !last.Valid || last.Loss > 0.98*independent {
				t.Errorf("−ELBO is %.2f nats on validation after %d steps, independent pixels cost %.2f", last.Loss, last.Step, independent)
			}
			if sum := last.Parts["reconstruction"] + last.Parts["code"]; math.Abs(sum-last.Loss) > 1e-3*sum {
				t.Errorf("the parts sum to %v, the loss is %v", sum, last.Loss)
			}
			fig, err := run.Decomposition()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := fig.PNG(); err != nil {
				t.Error(err)
			}
			opened, err := vae.Open("quick")
			if err != nil {
				t.Fatal(err)
			}
			a, errA := run.Codes(digits.Test)
			b, errB := opened.Codes(digits.Test)
			if errA != nil || errB != nil || !slices.Equal(a, b) {
				t.Errorf("the opened run gives other codes: %v, %v", errA, errB)
			}
		})
	}
}

func TestRefuses(t *testing.T) {
	t.Setenv("CURIOUS_RUNS", t.TempDir())
	digits, other := strokes(12, 10), strokes(14, 10)
	grey := digits
	grey.Variant = data.Grey
	greyImages := data.PenStrokes(data.PenConfig{N: 2, Size: 12})
	run := untrained(t, small["MLP"])
	fit := func(change func(*vae.Recipe), d data.Digits) func() error {
		return func() error {
			r := vae.Quick()
			r.Batch = 5
			change(&r)
			_, err := r.Fit(d)
			return err
		}
	}
	as := func(*vae.Recipe) {}
	one := func(_ any, err error) error { return err }
	for name, c := range map[string]struct {
		do   func() error
		says string
	}{
		"unknown preset":         {func() error { return one(vae.Preset("huge")) }, "quick, laptop and paper"},
		"opening what is not":    {func() error { return one(vae.Open("quick")) }, "run the cell that calls Fit"},
		"opening unknown preset": {func() error { return one(vae.Open("quik")) }, "quick, laptop and paper"},
		"grey digits":            {fit(as, grey), "must be binary"},
		"convolution of 14×14":   {fit(func(r *vae.Recipe) { *r = r.WithConv() }, other), "use the MLP"},
		"negative β":             {fit(func(r *vae.Recipe) { *r = r.WithBeta(-1) }, digits), "β = -1"},
		"β not a number":         {fit(func(r *vae.Recipe) { *r = r.WithBeta(math.NaN()) }, digits), "β = NaN"},
		"negative codes":         {fit(func(r *vae.Recipe) { r.Model.Codes = -3 }, digits), "negative"},
		"batch too large":        {fit(func(r *vae.Recipe) { r.Batch = 11 }, digits), "there are only"},
		"no images to encode":    {func() error { return one(run.Codes(digits.Test.First(0))) }, "no images"},
		"images of other size":   {func() error { return one(run.Codes(other.Test)) }, "12×12"},
		"other reconstruction":   {func() error { return one(run.Reconstruct(other.Test)) }, "12×12"},
		"grey images":            {func() error { return one(run.Codes(greyImages)) }, "binary"},
		"no codes":               {func() error { return one(run.Decode(nil)) }, "a code has 3"},
		"half a code":            {func() error { return one(run.Decode(make([]float32, 4))) }, "a code has 3"},
		"no samples":             {func() error { return one(run.Sample(0, 1)) }, "at least one"},
		"fewer than no samples":  {func() error { return one(run.Sample(-5, 1)) }, "at least one"},
		"one step":               {func() error { return one(run.Interpolate(digits.Test, digits.Test, 1)) }, "2 steps"},
		"walks to fewer images":  {func() error { return one(run.Interpolate(digits.Test, digits.Test.First(2), 5)) }, "as many"},
		"walks between none":     {func() error { return one(run.Interpolate(digits.Test.First(0), digits.Test.First(0), 5)) }, "one or more"},
		"grid of nothing":        {func() error { return one(run.LatentGrid(0, 0, 1)) }, "0 to 2"},
		"grid of dimension 3":    {func() error { return one(run.LatentGrid(4, 0, 3)) }, "0 to 2"},
		"grid of dimension -1":   {func() error { return one(run.LatentGrid(4, -1, 0)) }, "0 to 2"},
		"grid of one dimension":  {func() error { return one(run.LatentGrid(4, 1, 1)) }, "different"},
		"busiest of nothing":     {func() error { return one(run.Busiest(digits.Test.First(0))) }, "no images"},
	} {
		err := c.do()
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line with %q", name, err, c.says)
		}
	}
}

// The names of the variants tell them apart, and all may name a folder.
func TestNames(t *testing.T) {
	for want, r := range map[string]vae.Recipe{
		"vae":               vae.Quick(),
		"vae-conv":          vae.Quick().WithConv(),
		"vae-beta-4":        vae.Quick().WithBeta(4),
		"vae-beta-0":        vae.Quick().WithBeta(0),
		"vae-beta-0.5-conv": vae.Quick().WithBeta(0.5).WithConv(),
		"vae-conv-beta-0.5": vae.Quick().WithConv().WithBeta(0.5),
	} {
		if r.Name != want {
			t.Errorf("%s is named %s", want, r.Name)
		}
	}
	if r := vae.Quick().WithBeta(0.5).WithConv(); r.Model.Beta != 0.5 || !r.Model.Conv {
		t.Errorf("β or the convolutions were lost: %+v", r.Model)
	}
}

// BenchmarkStep is a training step on 28×28 of each model, at quick.
func BenchmarkStep(b *testing.B) {
	digits := strokes(28, 400)
	for _, r := range []vae.Recipe{vae.Quick(), vae.Quick().WithConv()} {
		b.Run(r.Name, func(b *testing.B) {
			e, err := engine.Open()
			if err != nil {
				b.Fatal(err)
			}
			task, err := r.Task(digits)
			if err != nil {
				b.Fatal(err)
			}
			step, err := train.Steps(e, task)
			if err != nil {
				b.Fatal(err)
			}
			var loss float64
			if _, err := step(0); err != nil {
				b.Fatal(err)
			}
			i := 1
			for b.Loop() {
				if loss, err = step(i); err != nil {
					b.Fatal(err)
				}
				i++
			}
			b.ReportMetric(loss, "nats")
		})
	}
}
