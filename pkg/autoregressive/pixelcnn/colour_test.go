package pixelcnn_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/autoregressive/pixelcnn"
	"github.com/curious-go/curious/pkg/engine"
	"github.com/curious-go/curious/pkg/score/check"
)

// The checks know images of one channel. Values come in the order of memory, so that an image of H×W×C is to them one of H×(W·C), each value seeing those before it.
func flat(net pixelcnn.Colour) (logits, logProb func(scope *model.Scope, x *Node) *Node) {
	shape := func(x *Node) *Node { return Reshape(x, x.Shape().Dim(0), x.Shape().Dim(1), -1, net.Colours) }
	logits = func(scope *model.Scope, x *Node) *Node {
		l := net.Logits(scope, shape(x), nil, nil)
		return Reshape(l, x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2), -1)
	}
	logProb = func(scope *model.Scope, x *Node) *Node { return net.LogProb(scope, shape(x), nil, nil) }
	return logits, logProb
}

var colourNets = map[string]pixelcnn.Colour{
	"softmax":       {Colours: 3, Levels: 4, Channels: 3, Layers: 2, First: 3},
	"softmax, wide": {Colours: 3, Levels: 3, Channels: 2, Layers: 2, First: 5, Kernel: 5},
	"logistics":     {Colours: 3, Levels: 4, Channels: 3, Layers: 2, First: 3, Logistics: 3},
	"grey":          {Colours: 1, Levels: 5, Channels: 6, Layers: 2, First: 5},
	"grey, mixture": {Colours: 1, Levels: 256, Channels: 6, Layers: 2, First: 3, Logistics: 2},
	"two colours":   {Colours: 2, Levels: 2, Channels: 4, Layers: 2, First: 3, Logistics: 1},
}

// Section G on every model: the probabilities of all images sum to one; no value sees itself or a later one, be it a colour of the same pixel.
func TestColourAutoregressive(t *testing.T) {
	e := open(t)
	for name, net := range colourNets {
		t.Run(name, func(t *testing.T) {
			logits, logProb := flat(net)
			store := model.NewStore()
			for _, size := range [][2]int{{2, 3}, {3, 2}} {
				h, w := size[0], size[1]*net.Colours
				if err := check.Causal(e.Backend, store, logits, h, w); err != nil {
					t.Error(err)
				}
				if err := check.CausalByIntervention(e.Backend, store, logits, h, w); err != nil {
					t.Error(err)
				}
			}
			if err := check.InitialLossIsUniform(e.Backend, store, logProb, 3, 3*net.Colours, net.Levels); err != nil {
				t.Error(err)
			}
			if net.Levels == 256 {
				if err := check.Normalised(e.Backend, store, logProb, 1, 2, 256, 2e-5); err != nil {
					t.Error(err)
				}
				return
			}
			for _, width := range []int{2, 1} { // 1×2 pixels of 4 levels are 4096 images
				if err := check.Normalised(e.Backend, store, logProb, 1, width*net.Colours, net.Levels, 1e-5); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// All 4,096 images of 2×2 pixels, three colours, two levels.
func TestColourNormalised(t *testing.T) {
	e := open(t)
	for name, logistics := range map[string]int{"softmax": 0, "logistics": 3} {
		_, logProb := flat(pixelcnn.Colour{Colours: 3, Levels: 2, Channels: 3, Layers: 2, First: 3, Logistics: logistics})
		if err := check.Normalised(e.Backend, model.NewStore(), logProb, 2, 6, 2, 1e-5); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Every value sees every earlier one of a small image: all pixels before its own, and the colours before it.
func TestColourReceptiveField(t *testing.T) {
	e := open(t)
	for _, colours := range []int{1, 3} {
		logits, _ := flat(pixelcnn.Colour{Colours: colours, Levels: 3, Channels: 4, Layers: 4, First: 3})
		if err := check.SeesExactly(e.Backend, model.NewStore(), logits, 4, 4*colours, check.Before); err != nil {
			t.Errorf("%d colours: %v", colours, err)
		}
	}
}

// random weights for a colour model.
func colourStore(t *testing.T, e *engine.Engine, net pixelcnn.Colour, batch int, told pixelcnn.Told) *model.Store {
	t.Helper()
	store := model.NewStore()
	if _, err := logProbs(e, store, net, make([]float32, batch*net.Height*net.Width*net.Colours), batch, told); err != nil {
		t.Fatal(err)
	}
	if err := check.Scramble(store, 7); err != nil {
		t.Fatal(err)
	}
	return store
}

// logProbs is the full pass: log p of each image, [B].
func logProbs(e *engine.Engine, store *model.Store, net pixelcnn.Colour, pixels []float32, batch int, told pixelcnn.Told) ([]float32, error) {
	exec, err := model.NewExec(e.Backend, store, func(scope *model.Scope, in []*Node) *Node {
		var y, s *Node
		rest := in[1:]
		if net.Classes > 0 {
			y, rest = rest[0], rest[1:]
		}
		if net.Map > 0 {
			s = rest[0]
		}
		return net.LogProb(scope, in[0], y, s)
	})
	if err != nil {
		return nil, err
	}
	defer exec.Finalize()
	inputs := []any{tensors.FromFlatDataAndDimensions(pixels, batch, net.Height, net.Width, net.Colours)}
	if net.Classes > 0 {
		inputs = append(inputs, told.Classes)
	}
	if net.Map > 0 {
		inputs = append(inputs, tensors.FromFlatDataAndDimensions(told.Map, batch, net.Height, net.Width, net.Map))
	}
	outputs, err := exec.Call(inputs...)
	if err != nil {
		return nil, err
	}
	return tensors.CopyFlatData[float32](outputs[0])
}

// The incremental and the naive sampler see the same random numbers, so they must draw the same images at the same cost, which is also that of the full pass.
func TestColourIncrementalEqualsFull(t *testing.T) {
	e := open(t)
	const h, w, batch = 4, 5, 3
	random := rand.New(rand.NewPCG(1, 1))
	maps := make([]float32, batch*h*w*2)
	for i := range maps {
		maps[i] = random.Float32()
	}
	for name, test := range map[string]struct {
		net  pixelcnn.Colour
		told pixelcnn.Told
	}{
		"softmax":    {pixelcnn.Colour{Levels: 8, Channels: 4, Layers: 3, First: 5}, pixelcnn.Told{}},
		"wide":       {pixelcnn.Colour{Levels: 256, Channels: 3, Layers: 2, First: 7, Kernel: 5}, pixelcnn.Told{}},
		"logistics":  {pixelcnn.Colour{Levels: 256, Channels: 4, Layers: 2, First: 3, Logistics: 3}, pixelcnn.Told{}},
		"grey":       {pixelcnn.Colour{Colours: 1, Levels: 256, Channels: 6, Layers: 2, First: 3, Logistics: 2}, pixelcnn.Told{}},
		"class":      {pixelcnn.Colour{Levels: 6, Channels: 4, Layers: 2, First: 3, Classes: 4}, pixelcnn.Told{Classes: []int32{3, 0, 1}}},
		"map":        {pixelcnn.Colour{Levels: 6, Channels: 4, Layers: 2, First: 3, Map: 2}, pixelcnn.Told{Map: maps}},
		"class, map": {pixelcnn.Colour{Colours: 1, Levels: 6, Channels: 4, Layers: 2, First: 3, Classes: 4, Map: 2}, pixelcnn.Told{Classes: []int32{2, 2, 1}, Map: maps}},
	} {
		t.Run(name, func(t *testing.T) {
			net := test.net
			net.Height, net.Width = h, w
			if net.Colours == 0 {
				net.Colours = 3
			}
			store := colourStore(t, e, net, batch, test.told)
			size := h * w * net.Colours
			given := make([]float32, batch*size)
			for i := range given {
				given[i] = -1
				if i%3 == 0 {
					given[i] = float32(random.IntN(net.Levels)) / float32(net.Levels-1)
				}
			}
			for _, given := range [][]float32{nil, given} {
				d := pixelcnn.Drawing{Seed: 5, Classes: test.told.Classes, Map: test.told.Map, Given: given}
				fast, err := pixelcnn.DrawColour(e.Backend, store, net, batch, d)
				if err != nil {
					t.Fatal(err)
				}
				d.Naive = true
				slow, err := pixelcnn.DrawColour(e.Backend, store, net, batch, d)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(fast.Pixels, slow.Pixels) {
					t.Fatal("the two draw different images")
				}
				full, err := logProbs(e, store, net, fast.Pixels, batch, test.told)
				if err != nil {
					t.Fatal(err)
				}
				for b := range batch {
					if want := -float64(full[b]); math.Abs(fast.Nats[b]-want) > 1e-4*want || math.Abs(slow.Nats[b]-want) > 1e-4*want {
						t.Errorf("image %d costs %.6f nats incrementally, %.6f naively, %.6f by the full pass", b, fast.Nats[b], slow.Nats[b], want)
					}
				}
				levels := map[float32]bool{}
				for i, v := range fast.Pixels {
					levels[v] = true
					if given != nil && given[i] >= 0 && v != given[i] {
						t.Fatalf("value %d is %v, and %v was given", i, v, given[i])
					}
				}
				if len(levels) < min(net.Levels, 10)/2 {
					t.Errorf("only %d of %d levels were drawn", len(levels), net.Levels)
				}
			}
		})
	}
}

// On 1×2 pixels of three colours, two levels, every probability can be enumerated, and 4,000 drawn images must come as often as they should.
func TestColourSamplesAgreeWithScores(t *testing.T) {
	e := open(t)
	for name, logistics := range map[string]int{"softmax": 0, "logistics": 2} {
		net := pixelcnn.Colour{Height: 1, Width: 2, Colours: 3, Levels: 3, Channels: 4, Layers: 2, First: 3, Logistics: logistics}
		store := colourStore(t, e, net, 1, pixelcnn.Told{})
		_, logProb := flat(net)
		sample := func(n int) ([]uint8, error) {
			drawn, err := pixelcnn.DrawColour(e.Backend, store, net, n, pixelcnn.Drawing{Seed: 11})
			levels := make([]uint8, len(drawn.Pixels))
			for i, v := range drawn.Pixels {
				levels[i] = uint8(math.Round(float64(v) * 2))
			}
			return levels, err
		}
		if err := check.SampleAgreesWithScore(e.Backend, store, logProb, sample, 1, 6, 3, 4000); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
