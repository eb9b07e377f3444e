package subscale_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/curious-go/curious/pkg/autoregressive/subscale"
	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/score"
	"github.com/curious-go/curious/pkg/score/check"
	"github.com/curious-go/curious/pkg/train"
)

// strokes are grey pen-stroke digits of 12×12.
func strokes(n int) data.Digits {
	all := data.PenStrokes(data.PenConfig{N: 3 * n, Seed: 1, Size: 12})
	return data.Digits{Train: all.Range(0, n), Valid: all.Range(n, 2*n), Test: all.Range(2*n, 3*n), Variant: data.Grey, Height: 12, Width: 12}
}

// tiny is a recipe that trains in a second.
func tiny() subscale.Recipe {
	return subscale.Recipe{
		Name: "tiny", Preset: "quick", Model: subscale.Config{Channels: 8, Layers: 1, Blocks: 1, First: 3},
		Steps: 40, Batch: 16, Rate: train.Rate{Peak: 1e-2}, Seed: 1,
	}
}

// A run of two depths, small image first: fitted, opened, scored, drawn from. It begins at the uniform code and gets far below it.
func TestRun(t *testing.T) {
	t.Setenv("CURIOUS_RUNS", t.TempDir())
	digits := strokes(256)
	fitted, err := tiny().WithBits(3).WithDepth(1).WithSize().Fit(digits)
	if err != nil {
		t.Fatal(err)
	}
	run, err := subscale.Open("quick", "tiny-3bit-depth-size")
	if err != nil {
		t.Fatal(err)
	}
	if want := digits.Title() + ", 3 of 8 bits"; run.Data != want || fitted.Data != want {
		t.Errorf("the data are called %q, want %q", run.Data, want)
	}
	metrics, err := run.Metrics()
	if err != nil {
		t.Fatal(err)
	}
	uniform := 144 * math.Log(8)
	if got := metrics[0].Loss; math.Abs(got-uniform) > 0.05*uniform {
		t.Errorf("the first step costs %.1f nats, the uniform code %.1f", got, uniform)
	}
	cost, err := run.Nats(digits.Test)
	if err != nil {
		t.Fatal(err)
	}
	if cost.Mean > 0.6*uniform {
		t.Errorf("after training an image costs %.1f nats, the uniform code %.1f", cost.Mean, uniform)
	}
	shares, err := run.BySlice(digits.Test)
	if err != nil {
		t.Fatal(err)
	}
	sum, dims := 0.0, 0
	for i, share := range shares {
		sum += share.Mean
		dims += share.Dims
		if share.Name != run.Recipe.Model.Groups()[i] || share.N != 256 || len(share.Each) != 256 || !(share.StdErr > 0) {
			t.Errorf("share %d is %s of %d images ± %v", i, share.Name, share.N, share.StdErr)
		}
	}
	if math.Abs(sum-cost.Mean) > 1e-3*sum || dims != 2*144 {
		t.Errorf("shares sum to %.3f nats of %d symbols, the image costs %.3f", sum, dims, cost.Mean)
	}
	const n = 40 // as many as Fit drew: what was compiled for those is there
	again, err := run.Sample(n, subscale.Drawing{Seed: 4})
	if err != nil {
		t.Fatal(err)
	}
	drawn, err := fitted.Sample(n, subscale.Drawing{Seed: 4})
	if err != nil || !slices.Equal(drawn.Pix, again.Pix) || drawn.Levels != 8 || len(drawn.Pictures()) != n {
		t.Errorf("the opened run draws other images, or not of 8 levels: %d: %v", drawn.Levels, err)
	}
	// All high bits kept, all low ones drawn twice.
	some := digits.Test.First(n / 2)
	deep, err := run.Complete(some, 4, 2, 1)
	if err != nil || deep.N != n {
		t.Fatal(deep.N, err)
	}
	for i := range n {
		for k, v := range deep.At(i) {
			if v>>2 != some.At(i / 2)[k]>>7 {
				t.Fatalf("image %d: high bits were not kept", i)
			}
		}
	}
	if slices.Equal(deep.At(0), deep.At(1)) {
		t.Error("low bits were not drawn")
	}
}

// Section G's Markov chain, as images of 2·24: no model can cost less than its entropy, and this one comes near.
func TestMarkovChain(t *testing.T) {
	t.Setenv("CURIOUS_RUNS", t.TempDir())
	const length = 48
	chain := func(n int, seed uint64) data.Images {
		m := check.MarkovChain(n, length, 0.9, seed)
		m.H, m.W = 2, length/2
		return m
	}
	r := tiny()
	r.Name, r.Steps, r.Batch, r.Rate = "chain", 300, 32, train.Rate{Peak: 1e-2, Final: 1e-4}
	run, err := r.FitImages("a Markov chain", chain(4000, 1), chain(128, 2))
	if err != nil {
		t.Fatal(err)
	}
	cost, err := run.Nats(chain(4000, 3))
	if err != nil {
		t.Fatal(err)
	}
	floor := math.Ln2 + (length-1)*check.MarkovEntropy(0.9)
	t.Logf("%v; the floor is %.2f", cost, floor)
	if cost.Mean < floor-3*cost.StdErr || cost.Mean > 1.06*floor {
		t.Errorf("an image costs %.2f ± %.2f nats, the chain's entropy is %.2f", cost.Mean, cost.StdErr, floor)
	}
}

// On the host, slice (i,j) is x[i::s, j::s] as well, and together the slices are the images again.
func TestSlicesInvert(t *testing.T) {
	images := strokes(3).Train
	images.W, images.H, images.C = 18, 4, 2 // the same values as images of another form
	for _, s := range []int{1, 2} {
		slices4, err := subscale.Slices(images, s)
		if err != nil || len(slices4) != s*s {
			t.Fatal(len(slices4), err)
		}
		for k, part := range slices4 {
			for i := range part.N {
				for at, v := range part.At(i) {
					row, col, c := at/part.C/part.W, at/part.C%part.W, at%part.C
					if want := images.At(i)[((row*s+k/s)*images.W+col*s+k%s)*images.C+c]; v != want {
						t.Fatalf("slice %d of image %d: value %d is %d, want %d", k+1, i, at, v, want)
					}
				}
			}
		}
		if whole, err := subscale.Whole(slices4); err != nil || !slices.Equal(whole.Pix, images.Pix) || whole.H != images.H || whole.W != images.W {
			t.Errorf("%d·%d slices make other images: %v", s, s, err)
		}
	}
	four, err := subscale.Slices(images, 2)
	if err != nil {
		t.Fatal(err)
	}
	for want, f := range map[string]func() error{
		"cutting images of 4×18 into 3·3 slices": func() error { _, err := subscale.Slices(images, 3); return err },
		"into 0·0 slices":                        func() error { _, err := subscale.Slices(images, 0); return err },
		"joining 3 slices":                       func() error { _, err := subscale.Whole(four[:3]); return err },
		"joining 0 slices":                       func() error { _, err := subscale.Whole(nil); return err },
		"slice 4 is 2 of 2×9×2":                  func() error { _, err := subscale.Whole(append(slices.Clone(four[:3]), four[3].First(2))); return err },
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// The baseline is no smaller than the model, by no more than a feature's worth, and its own baseline is itself.
func TestPlain(t *testing.T) {
	for _, c := range []subscale.Config{{}, {Colours: 3, Bits: 5}, {Bits: 4, High: 2}, {Small: true}, subscale.Quick().Model, subscale.Laptop().Model} {
		p := c.Plain()
		if p.Slices != 1 || p.Small || p.High != 0 || p.Bits != max(1, c.Bits) || p.Plain() != p {
			t.Errorf("the baseline of %+v is %+v", c, p)
		}
		if more := p.Parameters() - c.Parameters(); more < 0 || float64(more) > 0.08*float64(c.Parameters()) {
			t.Errorf("%+v has %d parameters, its baseline %d more", c, c.Parameters(), more)
		}
	}
}

func TestPresets(t *testing.T) {
	for _, name := range train.Presets {
		r, err := subscale.Preset(name)
		if err != nil || r.Preset != name {
			t.Errorf("%s: %v, %v", name, r.Preset, err)
		}
		if err := r.Model.Check(); err != nil {
			t.Error(err)
		}
	}
	if _, err := subscale.Preset("huge"); err == nil {
		t.Error("there is a preset huge")
	}
}

// What is wrong is said in one line, with the remedy.
func TestBadInput(t *testing.T) {
	digits := strokes(32)
	images := digits.Train
	odd := images
	odd.H, odd.W = 16, 9
	five := images
	five.Levels = 5
	empty := images.First(0)
	binary, err := subscale.Depth(images, 1)
	if err != nil {
		t.Fatal(err)
	}
	beyond := binary
	beyond.Pix = slices.Clone(binary.Pix)
	beyond.Pix[200] = 2
	run := untrained(t, small(subscale.Config{Height: 12, Width: 12, Slices: 2}))
	fit := func(r subscale.Recipe, m data.Images) error {
		_, err := r.Task("strokes", m, m)
		return err
	}
	of := func(f func() (any, error)) error {
		_, err := f()
		return err
	}
	stepper, err := subscale.NewStepper(run.Backend, run.Store, run.Recipe.Model, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer stepper.Close()
	for want, err := range map[string]error{
		"subscale: images of 16×9 in 2·2 slices: sides must be multiples of Slices": fit(tiny(), odd),
		"images of 5 levels: there must be a power of two":                          fit(tiny(), five),
		"for 0 images of 12×12×1: use images as package data makes them":            fit(tiny(), empty),
		"subscale: 3 high bits of 1: leave at least one":                            fit(tiny().WithDepth(3), binary),
		"data: batches of 16 images: there are only 8":                              fit(tiny(), images.First(8)),
		"subscale: 1 colours of 9 bits: use 1 or more":                              fit(tiny().WithBits(9), images),
		"subscale: image 1 holds the value 2: of 2 levels":                          fit(tiny(), beyond),
		"a small image first and then the rest, in 1 slice":                         fit(tiny().WithSlices(1).WithSize(), images),
		"images of 14×12×1: the model is for 12×12×1": of(func() (any, error) {
			tall := binary
			tall.H, tall.N, tall.Pix = 14, 2, binary.Pix[:2*14*12]
			return run.Nats(tall)
		}),
		"drawing: 0 images: ask for one at least":  of(func() (any, error) { return run.Sample(0, subscale.Drawing{}) }),
		"keeping 5 groups of symbols: there are 4": of(func() (any, error) { return run.Complete(binary.First(2), 5, 1, 1) }),
		"0 times: at least one":                    of(func() (any, error) { return run.Complete(binary.First(2), 1, 0, 1) }),
		"3 bits of images of 2 levels":             of(func() (any, error) { return subscale.Depth(binary, 3) }),
		"1 symbols for 2 images at symbol 0":       of(func() (any, error) { return stepper.Next([]uint8{0}) }),
		"filters of width 4 and 3: use odd widths": subscale.Config{First: 4}.Check(),
		"run nothing-quick: nothing was trained":   of(func() (any, error) { return subscale.Open("quick", "nothing") }),
	} {
		switch {
		case err == nil:
			t.Errorf("no error, want %q", want)
		case !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n"):
			t.Errorf("error %q, want %q", err, want)
		}
	}
	if _, err := stepper.Next(nil); err != nil {
		t.Fatal(err)
	}
	if _, err := stepper.Next([]uint8{0, 7}); err == nil || !strings.Contains(err.Error(), "image 1 got level 7 as symbol 0, which has 2 levels") {
		t.Error(err)
	}
}

// Run's cost is what package score takes.
var _ score.LogProb = (*subscale.Run)(nil).LogProb
