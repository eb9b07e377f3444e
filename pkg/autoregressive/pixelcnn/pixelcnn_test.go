package pixelcnn_test

import (
	"math"
	"math/rand/v2"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/autoregressive/pixelcnn"
	"github.com/curious-go/curious/pkg/engine"
)

// shaken gives a store whose weights, biases and last layer too, are random: fresh models say 1/2 to everything.
func shaken(t *testing.T, e *engine.Engine, net pixelcnn.Net, h, w int, y []int32) *model.Store {
	t.Helper()
	store := model.NewStore()
	exec, err := model.NewExec(e.Backend, store, func(scope *model.Scope, inputs []*Node) *Node {
		if len(inputs) == 1 {
			return net.Logits(scope, inputs[0], nil)
		}
		return net.Logits(scope, inputs[0], inputs[1])
	})
	if err != nil {
		t.Fatal(err)
	}
	inputs := []any{tensors.FromFlatDataAndDimensions(make([]float32, max(1, len(y))*h*w), max(1, len(y)), h, w, 1)}
	if y != nil {
		inputs = append(inputs, tensors.FromFlatDataAndDimensions(y, len(y)))
	}
	if _, err := exec.Call(inputs...); err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(7, 7))
	for v := range store.IterVariables() {
		if !v.Trainable {
			continue
		}
		values := make([]float32, v.Shape().Size())
		scale := 1 / math.Sqrt(float64(v.Shape().Dim(0)))
		for i := range values {
			values[i] = float32(random.NormFloat64() * scale)
		}
		v.MustSetValue(tensors.FromFlatDataAndDimensions(values, v.Shape().Dimensions...))
	}
	return store
}

// The two samplers see the same random numbers, so they must draw the same images, and their logits may differ by rounding only.
func TestIncrementalEqualsNaive(t *testing.T) {
	e, err := engine.Open()
	if err != nil {
		t.Fatal(err)
	}
	classes := []int32{0, 1, 2, 9}
	for name, test := range map[string]struct {
		net     pixelcnn.Net
		classes []int32
	}{
		"gated":        {pixelcnn.Gated{Channels: 6, Layers: 3, First: 5}, nil},
		"gated, wide":  {pixelcnn.Gated{Channels: 4, Layers: 2, Kernel: 5}, nil},
		"gated, class": {pixelcnn.Gated{Channels: 6, Layers: 2, Classes: 10}, classes},
		"plain":        {pixelcnn.Plain{Channels: 6, Layers: 3, First: 5}, nil},
		"plain, wide":  {pixelcnn.Plain{Channels: 5, Layers: 2, Kernel: 5}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			const h, w = 6, 9
			store := shaken(t, e, test.net, h, w, test.classes)
			given := make([]float32, 4*h*w)
			for i := range given {
				given[i] = float32(i%3 - 1) // a third free, a third 0, a third 1
			}
			for _, given := range [][]float32{nil, given} {
				d := pixelcnn.Drawing{Seed: 5, Classes: test.classes, Given: given}
				fast, err := pixelcnn.Draw(e.Backend, store, test.net, h, w, 4, d)
				if err != nil {
					t.Fatal(err)
				}
				d.Naive = true
				slow, err := pixelcnn.Draw(e.Backend, store, test.net, h, w, 4, d)
				if err != nil {
					t.Fatal(err)
				}
				ones := 0
				for i := range fast.Pixels {
					ones += int(fast.Pixels[i])
					if fast.Pixels[i] != slow.Pixels[i] || math.Abs(float64(fast.Logits[i]-slow.Logits[i])) > 1e-5 {
						t.Fatalf("pixel %d: incremental %v (logit %v), naive %v (logit %v)", i, fast.Pixels[i], fast.Logits[i], slow.Pixels[i], slow.Logits[i])
					}
				}
				if ones == 0 || ones == len(fast.Pixels) {
					t.Fatalf("all pixels alike: %d of %d on", ones, len(fast.Pixels))
				}
			}
		})
	}
}
