package pixelrnn_test

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/gobackend"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/autoregressive/pixelrnn"
	"github.com/curious-go/curious/pkg/engine"
	"github.com/curious-go/curious/pkg/score"
	"github.com/curious-go/curious/pkg/score/check"
	"github.com/curious-go/curious/pkg/train"
)

const (
	row      = pixelrnn.RowLSTM
	diagonal = pixelrnn.DiagonalBiLSTM
)

var configs = map[string]pixelrnn.Config{
	"row":           {Cell: row, Channels: 5, Layers: 2, First: 5},
	"row, wide":     {Cell: row, Channels: 4, Layers: 1, Kernel: 5},
	"diagonal":      {Channels: 5, Layers: 2, First: 5},
	"diagonal, one": {Channels: 4, Layers: 1, First: 3},
}

func open(t testing.TB) compute.Backend {
	t.Helper()
	e, err := engine.Open()
	if err != nil {
		t.Fatal(err)
	}
	return e.Backend
}

// pure is the pure-Go engine, which compiles in no time. Where it and XLA do the same, it is enough.
func pure(t testing.TB) compute.Backend {
	t.Helper()
	backend, err := gobackend.New("parallelism=-1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(backend.Finalize)
	return backend
}

func logits(c pixelrnn.Config) check.Logits {
	return func(scope *model.Scope, x *Node) *Node { return c.Logits(scope, x, nil) }
}

// Section G: probabilities of all images sum to one, and no pixel sees itself or a later one, on images of unequal sides too.
func TestAutoregressive(t *testing.T) {
	backend := pure(t)
	for name, c := range configs {
		t.Run(name, func(t *testing.T) {
			if err := check.Autoregressive(backend, model.NewStore(), logits(c), c.LogProb); err != nil {
				t.Error(err)
			}
			if err := check.InitialLossIsUniform(backend, model.NewStore(), c.LogProb, 5, 4, 2); err != nil {
				t.Error(err)
			}
		})
	}
}

// XLA runs the LSTMs as loops, with gradients written by hand.
func TestAutoregressiveOnXLA(t *testing.T) {
	backend := open(t)
	for _, cell := range []pixelrnn.Cell{row, diagonal} {
		c := pixelrnn.Config{Cell: cell, Channels: 4, Layers: 1, First: 3}
		if err := check.Normalised(backend, nil, c.LogProb, 3, 3, 2, 1e-5); err != nil {
			t.Errorf("%s: %v", cell, err)
		}
		if err := check.Causal(backend, nil, logits(c), 3, 5); err != nil {
			t.Errorf("%s: %v", cell, err)
		}
		if err := check.CausalByIntervention(backend, nil, logits(c), 5, 3); err != nil {
			t.Errorf("%s: %v", cell, err)
		}
	}
}

// striped is a model of colours as one of grey images three times as wide, in which R, G and B of a pixel stand side by side: their order is then that of the raster.
func striped(c pixelrnn.Config) (check.Logits, score.LogProb) {
	fold := func(x *Node) *Node {
		d := x.Shape().Dimensions
		return Reshape(x, d[0], d[1], d[2]/3, 3)
	}
	logits := func(scope *model.Scope, x *Node) *Node {
		d := x.Shape().Dimensions
		return Reshape(c.Logits(scope, fold(x), nil), d[0], d[1], d[2], -1)
	}
	return logits, func(scope *model.Scope, x *Node) *Node { return c.LogProb(scope, fold(x)) }
}

// The same for colours and for more than two levels.
func TestColoursAndLevels(t *testing.T) {
	backend := pure(t)
	for _, cell := range []pixelrnn.Cell{row, diagonal} {
		t.Run(string(cell), func(t *testing.T) {
			for _, levels := range []int{2, 3} {
				c := pixelrnn.Config{Cell: cell, Colours: 3, Levels: levels, Channels: 6, Layers: 2, First: 3}
				logits, logProb := striped(c)
				h, w := 2, 6 // 2×2 RGB pixels
				if levels == 3 {
					h = 1
				}
				if err := check.Normalised(backend, nil, logProb, h, w, levels, 1e-5); err != nil {
					t.Errorf("colour, %d levels: %v", levels, err)
				}
				if err := check.Causal(backend, nil, logits, 3, 6); err != nil {
					t.Errorf("colour, %d levels: %v", levels, err)
				}
				if err := check.CausalByIntervention(backend, nil, logits, 2, 9); err != nil {
					t.Errorf("colour, %d levels: %v", levels, err)
				}
				if err := check.InitialLossIsUniform(backend, nil, logProb, 3, 6, levels); err != nil {
					t.Errorf("colour, %d levels: %v", levels, err)
				}
			}
			grey := pixelrnn.Config{Cell: cell, Levels: 3, Channels: 5, First: 3}
			if err := check.Normalised(backend, nil, grey.LogProb, 2, 3, 3, 1e-5); err != nil {
				t.Errorf("grey: %v", err)
			}
			grey.Levels = 256
			if err := check.InitialLossIsUniform(backend, nil, grey.LogProb, 4, 5, 256); err != nil {
				t.Errorf("grey: %v", err)
			}
		})
	}
}

// Every colour sees all colours of all pixels before, and those before it of its own pixel: with the Diagonal BiLSTM nothing is missed.
func TestColoursSeeAll(t *testing.T) {
	logits, _ := striped(pixelrnn.Config{Colours: 3, Levels: 3, Channels: 9, Layers: 3, First: 3})
	if err := check.SeesExactly(pure(t), nil, logits, 3, 9, check.Before); err != nil {
		t.Error(err)
	}
}

// triangle is what the Row LSTM of so many layers should see: in the pixel's own row the first filter and K_is of each layer reach so far to the left; a row further up
// K_ss adds its reach on both sides, and the first filter adds its own at the top.
func triangle(first, kernel, layers int) check.Field {
	return func(h, w, i int) check.Mask {
		m := check.NewMask(h, w)
		far, reach := first/2, kernel/2
		row, col := i/w, i%w
		for r := range row + 1 {
			for k := range w {
				if r == row && k >= col {
					continue
				}
				up := row - r
				// The path goes up by some rows in the LSTMs, and by the rest, at most far, in the first filter.
				for rest := range min(up, far) + 1 {
					spread := (up - rest) * reach
					left, right := spread+layers*reach+far, spread
					if rest > 0 {
						right += far // in its own row the first filter looks to the left only
					} else if up > 0 {
						right--
					}
					if k >= col-left && k <= col+right {
						m[r][k] = true
					}
				}
			}
		}
		return m
	}
}

// The Row LSTM sees exactly its triangle, the Diagonal BiLSTM everything before.
func TestReceptiveField(t *testing.T) {
	backend := pure(t)
	for _, layers := range []int{1, 2} {
		c := pixelrnn.Config{Cell: row, Channels: 6, Layers: layers, First: 3}
		if err := check.SeesExactly(backend, nil, logits(c), 7, 9, triangle(3, 3, layers)); err != nil {
			t.Errorf("row, %d layers: %v", layers, err)
		}
		d := pixelrnn.Config{Channels: 6, Layers: layers, First: 3}
		if err := check.SeesExactly(backend, nil, logits(d), 6, 8, check.Before); err != nil {
			t.Errorf("diagonal, %d layers: %v", layers, err)
		}
	}
	c := pixelrnn.Config{Cell: row, Channels: 4, Layers: 1, First: 3}
	field, err := check.ReceptiveField(backend, nil, logits(c), 7, 11, 6*11+5)
	if err != nil {
		t.Fatal(err)
	}
	const want = `
		■ ■ ■ ■ ■ ■ ■ ■ ■ ■ ■
		■ ■ ■ ■ ■ ■ ■ ■ ■ ■ ■
		■ ■ ■ ■ ■ ■ ■ ■ ■ ■ ·
		■ ■ ■ ■ ■ ■ ■ ■ ■ · ·
		· ■ ■ ■ ■ ■ ■ ■ · · ·
		· · ■ ■ ■ ■ ■ · · · ·
		· · · ■ ■ · · · · · ·`
	if mask, err := check.ParseMask(want); err != nil || field.String() != mask.String() {
		t.Errorf("the Row LSTM sees\n%v", field)
	}
}

// shaken gives the net's store random weights, biases and last layer too: fresh models say 1/2 to everything.
func shaken(t *testing.T, backend compute.Backend, net pixelrnn.Net, h, w, colours int) *model.Store {
	t.Helper()
	store := model.NewStore()
	x := tensors.FromFlatDataAndDimensions(make([]float32, h*w*colours), 1, h, w, colours)
	if _, err := model.CallOnce(backend, store, net.LogProb, x); err != nil {
		t.Fatal(err)
	}
	if err := check.Scramble(store, 7); err != nil {
		t.Fatal(err)
	}
	return store
}

func random(n, levels int) []uint8 {
	random := rand.New(rand.NewPCG(3, 3))
	out := make([]uint8, n)
	for i := range out {
		out[i] = uint8(random.IntN(levels))
	}
	return out
}

// The gradient towards every weight is that of finite differences; and XLA's, of which the LSTMs' part is written by hand, is that of pure Go, which GoMLX derives.
func TestGradient(t *testing.T) {
	for name, test := range map[string]struct {
		net             pixelrnn.Net
		colours, levels int
	}{
		"row":         {configs["row"], 1, 2},
		"diagonal":    {configs["diagonal"], 1, 2},
		"multi-scale": {pixelrnn.MultiScale{Small: pixelrnn.Config{Channels: 3, Layers: 1, First: 3}, Large: pixelrnn.Config{Cell: row, Channels: 3, Layers: 1, First: 3}}, 1, 2},
		"colours":     {pixelrnn.Config{Colours: 3, Levels: 4, Channels: 6, Layers: 1, First: 3}, 3, 4},
	} {
		t.Run(name, func(t *testing.T) {
			var pixels []float32
			for _, v := range random(2*5*6*test.colours, test.levels) {
				pixels = append(pixels, float32(v)/float32(test.levels-1))
			}
			image := func() *tensors.Tensor { return tensors.FromFlatDataAndDimensions(pixels, 2, 5, 6, test.colours) }
			cost := func(scope *model.Scope, x *Node) *Node { return ReduceAllSum(test.net.LogProb(scope, x)) }
			slopes := func(backend compute.Backend) (*model.Store, map[string][]float32) {
				store := shaken(t, backend, test.net, 5, 6, test.colours)
				out := model.MustCallOnceN(backend, store, func(scope *model.Scope, x *Node) []*Node {
					return scope.BuildTrainableVariablesGradientsGraph(cost(scope, x))
				}, image())
				slopes := map[string][]float32{}
				for v := range store.IterVariables() {
					if v.Trainable {
						slopes[v.Path()], out = tensors.MustCopyFlatData[float32](out[0]), out[1:]
					}
				}
				return store, slopes
			}
			backend := pure(t)
			store, derived := slopes(backend)
			exec := model.MustNewExec(backend, store, cost)
			random := rand.New(rand.NewPCG(4, 4))
			for _, path := range slices.Sorted(maps.Keys(derived)) {
				slope, v := derived[path], store.GetVariable(path)
				values := tensors.MustCopyFlatData[float32](v.MustValue())
				k := random.IntN(len(values))
				at := func(by float32) float64 {
					moved := slices.Clone(values)
					moved[k] += by
					if err := v.SetValue(tensors.FromFlatDataAndDimensions(moved, v.Shape().Dimensions...)); err != nil {
						t.Fatal(err)
					}
					return float64(tensors.ToScalar[float32](exec.MustCall(image())[0]))
				}
				const by = 7e-4
				before, here, after := at(-by), at(0), at(by)
				// Rectifiers may turn off between: the slope is that of one side, or lies between the two.
				left, right := (here-before)/by, (after-here)/by
				low, high := min(left, right), max(left, right)
				if got := float64(slope[k]); got < low-0.05*math.Abs(low)-0.05 || got > high+0.05*math.Abs(high)+0.05 {
					t.Errorf("%s[%d]: gradient %.4f, by finite differences %.4f and %.4f", path, k, got, left, right)
				}
			}
			if name == "row" {
				return // the others do on XLA what it does
			}
			_, written := slopes(open(t))
			for path, want := range derived {
				for k, got := range written[path] {
					if math.Abs(float64(got-want[k])) > 1e-3*(1+math.Abs(float64(want[k]))) {
						t.Fatalf("%s[%d]: gradient %v on XLA, %v in pure Go", path, k, got, want[k])
					}
				}
			}
		})
	}
}

// Probabilities of all images sum to one, also where the small image is not half as large.
func TestMultiScaleIsNormalised(t *testing.T) {
	backend := pure(t)
	m := pixelrnn.MultiScale{
		Small: pixelrnn.Config{Cell: row, Channels: 4, Layers: 1, First: 3},
		Large: pixelrnn.Config{Channels: 4, Layers: 1, First: 3},
	}
	for _, size := range [][2]int{{3, 3}, {2, 5}, {4, 3}} {
		m.Large.Height, m.Large.Width = size[0], size[1]
		if err := check.Normalised(backend, nil, m.LogProb, size[0], size[1], 2, 1e-5); err != nil {
			t.Errorf("%v: %v", size, err)
		}
		if err := check.InitialLossIsUniform(backend, nil, m.LogProb, size[0], size[1], 2); err != nil {
			t.Errorf("%v: %v", size, err)
		}
	}
}

// stepped are nets for walking pixel by pixel, and the colours and levels of their images of 5×6.
var stepped = map[string]struct {
	net             pixelrnn.Net
	colours, levels int
}{
	"row":               {pixelrnn.Config{Cell: row, Height: 5, Width: 6, Channels: 5, First: 5}, 1, 2},
	"row, wide":         {pixelrnn.Config{Cell: row, Height: 5, Width: 6, Channels: 5, Kernel: 5, Layers: 3}, 1, 2},
	"diagonal":          {pixelrnn.Config{Height: 5, Width: 6, Channels: 5, Layers: 3, First: 5}, 1, 2},
	"row, grey":         {pixelrnn.Config{Cell: row, Height: 5, Width: 6, Channels: 4, Levels: 9}, 1, 9},
	"row, colours":      {pixelrnn.Config{Cell: row, Height: 5, Width: 6, Channels: 6, Colours: 3, First: 3}, 3, 2},
	"diagonal, colours": {pixelrnn.Config{Height: 5, Width: 6, Channels: 6, Colours: 3, Levels: 5, First: 3}, 3, 5},
	"multi-scale": {pixelrnn.MultiScale{
		Small: pixelrnn.Config{Cell: row, Channels: 4, Layers: 1, First: 3},
		Large: pixelrnn.Config{Height: 5, Width: 6, Channels: 4, Layers: 2, First: 3},
	}, 1, 2},
	"multi-scale, colours": {pixelrnn.MultiScale{
		Small: pixelrnn.Config{Channels: 3, Layers: 1, First: 3},
		Large: pixelrnn.Config{Cell: row, Height: 5, Width: 6, Channels: 6, Layers: 1, First: 3, Colours: 3, Levels: 4},
	}, 3, 4},
}

// walk feeds the true symbols to a stepper and collects its logits in the order of symbols, [T][B·K].
func walk(t *testing.T, s *pixelrnn.Stepper, images int, pixels []uint8) [][]float32 {
	t.Helper()
	if err := s.Start(images); err != nil {
		t.Fatal(err)
	}
	var previous []uint8
	var all [][]float32
	size := len(pixels) / images
	for _, place := range s.Order() {
		l, err := s.Next(previous)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, l)
		previous = nil
		for b := range images {
			previous = append(previous, pixels[b*size+place])
		}
	}
	if _, err := s.Next(previous); err == nil {
		t.Error("a symbol after the last one")
	}
	return all
}

// Symbol by symbol, with caches and without, the logits are the same, and they are those of the score: which also says that no symbol's distribution depends on a
// later one, since a walk knows no later ones.
func TestStepperEqualsFull(t *testing.T) {
	const images = 3
	for engine, backend := range map[string]compute.Backend{"pure Go": pure(t), "XLA": open(t)} {
		for name, test := range stepped {
			if engine == "XLA" && name != "row" && name != "diagonal" {
				continue
			}
			t.Run(name+", "+engine, func(t *testing.T) {
				store := shaken(t, backend, test.net, 5, 6, test.colours)
				pixels := random(images*5*6*test.colours, test.levels)
				var logits [2][][]float32
				for k, naive := range []bool{false, true} {
					s, err := pixelrnn.NewStepper(backend, store, test.net, naive)
					if err != nil {
						t.Fatal(err)
					}
					defer s.Close()
					if !naive {
						walk(t, s, images, random(len(pixels), 2)) // what was before must not matter
					}
					logits[k] = walk(t, s, images, pixels)
					if want := []int{5, 6, test.colours, test.levels}; fmt.Sprint(s.Size()) != strings.Trim(fmt.Sprint(want), "[]") {
						t.Errorf("size %v", want)
					}
					if naive {
						continue
					}
					var x []float32
					for _, v := range pixels {
						x = append(x, float32(v)/float32(test.levels-1))
					}
					out, err := model.CallOnce(backend, store, test.net.LogProb, tensors.FromFlatDataAndDimensions(x, images, 5, 6, test.colours))
					if err != nil {
						t.Fatal(err)
					}
					for b, scored := range tensors.MustCopyFlatData[float32](out) {
						sum := 0.0
						for i, place := range s.Order() {
							sum += logSoftmax(logits[k][i][b*test.levels:(b+1)*test.levels], pixels[b*len(pixels)/images+place])
						}
						if math.Abs(sum-float64(scored)) > 1e-4*math.Abs(sum) {
							t.Errorf("image %d: log-probability %v step by step, %v in one", b, sum, scored)
						}
					}
				}
				for i := range logits[0] {
					for k := range logits[0][i] {
						if d := logits[0][i][k] - logits[1][i][k]; !(math.Abs(float64(d)) < 1e-5) {
							t.Fatalf("symbol %d, logit %d: incremental %v, naive %v", i, k, logits[0][i][k], logits[1][i][k])
						}
					}
				}
			})
		}
	}
}

func logSoftmax(logits []float32, level uint8) float64 {
	sum := 0.0
	for _, l := range logits {
		sum += math.Exp(float64(l))
	}
	return float64(logits[level]) - math.Log(sum)
}

// On tiny images every probability can be enumerated, and 4,000 drawn images must come as often as they should.
func TestSamplesAgreeWithScores(t *testing.T) {
	backend := pure(t)
	for name, net := range map[string]pixelrnn.Net{
		"row":         pixelrnn.Config{Cell: row, Height: 2, Width: 4, Channels: 4, First: 3},
		"diagonal":    pixelrnn.Config{Height: 2, Width: 4, Channels: 4, First: 3},
		"multi-scale": pixelrnn.MultiScale{Small: pixelrnn.Config{Channels: 4, First: 3}, Large: pixelrnn.Config{Height: 2, Width: 4, Channels: 4, First: 3}},
	} {
		t.Run(name, func(t *testing.T) {
			store := shaken(t, backend, net, 2, 4, 1)
			sample := func(n int) ([]uint8, error) {
				drawn, err := pixelrnn.Draw(backend, store, net, n, pixelrnn.Drawing{Seed: 11})
				levels := make([]uint8, len(drawn))
				for i, p := range drawn {
					levels[i] = uint8(p)
				}
				return levels, err
			}
			if err := check.SampleAgreesWithScore(backend, store, net.LogProb, sample, 2, 4, 2, 4000); err != nil {
				t.Error(err)
			}
		})
	}
}

// Both ways of drawing draw the same images, and leave what is given.
func TestDraw(t *testing.T) {
	backend := pure(t)
	for name, test := range stepped {
		t.Run(name, func(t *testing.T) {
			store := shaken(t, backend, test.net, 5, 6, test.colours)
			given := make([]float32, 4*5*6*test.colours)
			for i := range given {
				given[i] = float32(i%3 - 1) // a third free, a third 0, a third 1
			}
			for _, given := range [][]float32{nil, given} {
				fast, err := pixelrnn.Draw(backend, store, test.net, 4, pixelrnn.Drawing{Seed: 5, Given: given})
				if err != nil {
					t.Fatal(err)
				}
				slow, err := pixelrnn.Draw(backend, store, test.net, 4, pixelrnn.Drawing{Seed: 5, Given: given, Naive: true})
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(fast, slow) {
					t.Error("the two ways draw other images")
				}
				if low, high := slices.Min(fast), slices.Max(fast); low != 0 || high != 1 {
					t.Errorf("pixels from %v to %v", low, high)
				}
				for i, v := range given {
					if v >= 0 && fast[i] != v {
						t.Fatalf("value %d is %v, given %v", i, fast[i], v)
					}
				}
			}
		})
	}
}

// On a Markov chain with stay probability 0.9 a step costs 0.3251 nats and never less (section G).
func TestMarkovChain(t *testing.T) {
	e, err := engine.Open()
	if err != nil {
		t.Fatal(err)
	}
	const length, batch = 16, 64
	chains := check.MarkovChain(4000, length, 0.9, 1)
	least := math.Ln2 + (length-1)*check.MarkovEntropy(0.9)
	for _, cell := range []pixelrnn.Cell{row, diagonal} {
		c := pixelrnn.Config{Cell: cell, Channels: 6, Layers: 1, First: 3}
		step, err := train.Steps(e, train.Task{
			Name: "chain", Preset: "quick", Steps: 150, Seed: 1, Rate: train.Rate{Peak: 2e-2, Final: 1e-4},
			Batch: func(i int) []*tensors.Tensor {
				from := i * batch % (chains.N - batch)
				return []*tensors.Tensor{chains.Range(from, from+batch).Tensor()}
			},
			Objective: func(scope *model.Scope, in []*Node) (*Node, []train.Part) {
				return Neg(ReduceAllMean(c.LogProb(scope, in[0]))), nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for i := range 150 {
			loss, err := step(i)
			if err != nil {
				t.Fatal(err)
			}
			if i >= 110 {
				sum += loss / 40
			}
		}
		if sum < 0.96*least || sum > 1.06*least {
			t.Errorf("%s: %.3f nats a chain, the floor is %.3f", cell, sum, least)
		}
	}
}

// Bad input gets one line that says what to do.
func TestBadInput(t *testing.T) {
	backend, store := open(t), model.NewStore()
	x := func(dims ...int) *tensors.Tensor { return tensors.FromShape(shapes.Make(dtypes.Float32, dims...)) }
	build := func(c pixelrnn.Config, x *tensors.Tensor) error {
		_, err := model.CallOnce(backend, model.NewStore(), c.LogProb, x)
		return err
	}
	stepping := func(net pixelrnn.Net) error {
		_, err := pixelrnn.NewStepper(backend, store, net, false)
		return err
	}
	draw := func(n int, given ...float32) error {
		_, err := pixelrnn.Draw(backend, store, pixelrnn.Config{Height: 1, Width: 2}, n, pixelrnn.Drawing{Given: given})
		return err
	}
	for _, test := range []struct {
		err  error
		says string
	}{
		{pixelrnn.Config{Cell: "column"}.Check(), `cell "column": unknown: use`},
		{pixelrnn.Config{Levels: 300}.Check(), "use 2 to 256"},
		{pixelrnn.Config{Colours: 2}.Check(), "use 1 or 3"},
		{pixelrnn.Config{Colours: 3, Channels: 16}.Check(), "use multiples"},
		{pixelrnn.Config{Kernel: 4}.Check(), "use odd widths"},
		{pixelrnn.Config{First: 1}.Check(), "use odd widths"},
		{pixelrnn.Config{Height: -1}.Check(), "at least 1"},
		{pixelrnn.MultiScale{Small: pixelrnn.Config{Told: 3}}.Check(), "nothing to tell"},
		{pixelrnn.MultiScale{Large: pixelrnn.Config{Levels: 1}}.Check(), "the large net: pixelrnn: 1 levels"},
		{build(pixelrnn.Config{}, x(1, 4, 4, 3)), "images of shape [1 4 4 3]: the model is for [B,H,W,1]"},
		{build(pixelrnn.Config{Told: 2}, x(1, 4, 4, 1)), "use it as MultiScale.Large"},
		{build(pixelrnn.Config{Kernel: 2}, x(1, 4, 4, 1)), "use odd widths"},
		{stepping(pixelrnn.Config{Told: 2}), "use it as MultiScale.Large"},
		{stepping(pixelrnn.Config{Layers: -1}), "at least 1"},
		{draw(0), "0 images: ask for one at least"},
		{draw(1, 1), "1 given values for 2"},
		{draw(1, 1, 7), "a given value of 7"},
	} {
		if test.err == nil || !strings.Contains(test.err.Error(), test.says) || strings.Contains(strings.Split(test.err.Error(), "\nStack")[0], "\n") {
			t.Errorf("%v, want one line with %q", test.err, test.says)
		}
	}
}
