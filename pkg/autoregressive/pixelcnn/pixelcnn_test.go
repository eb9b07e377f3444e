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
	"github.com/curious-go/curious/pkg/nn"
	"github.com/curious-go/curious/pkg/score/check"
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
		if err := v.SetValue(tensors.FromFlatDataAndDimensions(values, v.Shape().Dimensions...)); err != nil {
			t.Fatal(err)
		}
	}
	return store
}

var nets = map[string]pixelcnn.Net{
	"gated":       pixelcnn.Gated{Channels: 6, Layers: 3, First: 5},
	"gated, wide": pixelcnn.Gated{Channels: 4, Layers: 2, Kernel: 5},
	"plain":       pixelcnn.Plain{Channels: 4, Layers: 3, First: 5},
	"plain, wide": pixelcnn.Plain{Channels: 4, Layers: 2, Kernel: 5},
}

func open(t *testing.T) *engine.Engine {
	t.Helper()
	e, err := engine.Open()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// Section G: probabilities of all images sum to one, and no pixel sees itself or a later one, on images of unequal sides too.
func TestAutoregressive(t *testing.T) {
	e := open(t)
	for name, net := range nets {
		t.Run(name, func(t *testing.T) {
			logits := func(scope *model.Scope, x *Node) *Node { return net.Logits(scope, x, nil) }
			logProb := func(scope *model.Scope, x *Node) *Node { return net.LogProb(scope, x, nil) }
			if err := check.Autoregressive(e.Backend, model.NewStore(), logits, logProb); err != nil {
				t.Error(err)
			}
			if err := check.InitialLossIsUniform(e.Backend, model.NewStore(), logProb, 5, 4, 2); err != nil {
				t.Error(err)
			}
		})
	}
}

// The plain model sees what its masks reach, with the blind spot; the gated one sees every earlier pixel of a small image.
func TestReceptiveField(t *testing.T) {
	e := open(t)
	plain := pixelcnn.Plain{Channels: 4, Layers: 2, First: 3}
	err := check.SeesExactly(e.Backend, model.NewStore(), func(scope *model.Scope, x *Node) *Node { return plain.Logits(scope, x, nil) }, 7, 6,
		check.Reach(nn.MaskA(3), nn.MaskB(3), nn.MaskB(3)))
	if err != nil {
		t.Error(err)
	}
	gated := pixelcnn.Gated{Channels: 4, Layers: 5, First: 3}
	err = check.SeesExactly(e.Backend, model.NewStore(), func(scope *model.Scope, x *Node) *Node { return gated.Logits(scope, x, nil) }, 5, 6, check.Before)
	if err != nil {
		t.Error(err)
	}
}

// On 3×3 images every probability can be enumerated, and 4,000 drawn images must come as often as they should.
func TestSamplesAgreeWithScores(t *testing.T) {
	e := open(t)
	net := pixelcnn.Gated{Channels: 4, Layers: 2, First: 3}
	store := shaken(t, e, net, 3, 3, nil)
	sample := func(n int) ([]uint8, error) {
		drawn, err := pixelcnn.Draw(e.Backend, store, net, 3, 3, n, pixelcnn.Drawing{Seed: 11})
		levels := make([]uint8, len(drawn.Pixels))
		for i, p := range drawn.Pixels {
			levels[i] = uint8(p)
		}
		return levels, err
	}
	logProb := func(scope *model.Scope, x *Node) *Node { return net.LogProb(scope, x, nil) }
	if err := check.SampleAgreesWithScore(e.Backend, store, logProb, sample, 3, 3, 2, 4000); err != nil {
		t.Error(err)
	}
}

// The gradient towards every weight must be that of finite differences: GoMLX's own is wrong for filters of even size, see nn.
func TestGradient(t *testing.T) {
	e := open(t)
	net := pixelcnn.Gated{Channels: 5, Layers: 2, First: 5}
	store := shaken(t, e, net, 7, 6, nil)
	random := rand.New(rand.NewPCG(3, 3))
	pixels := make([]float32, 2*7*6)
	for i := range pixels {
		pixels[i] = float32(random.IntN(2))
	}
	slopesAreRight(t, e, store, func(scope *model.Scope, in []*Node) *Node { return net.LogProb(scope, in[0], nil) }, func() []any {
		return []any{tensors.FromFlatDataAndDimensions(pixels, 2, 7, 6, 1)}
	})
}

// slopesAreRight compares the gradient of the sum of logProb towards one number of each weight with finite differences.
func slopesAreRight(t *testing.T, e *engine.Engine, store *model.Store, logProb func(scope *model.Scope, in []*Node) *Node, inputs func() []any) {
	t.Helper()
	cost := model.MustNewExec(e.Backend, store, func(scope *model.Scope, in []*Node) *Node { return ReduceAllSum(logProb(scope, in)) })
	gradient := model.MustNewExec(e.Backend, store, func(scope *model.Scope, in []*Node) []*Node {
		return scope.BuildTrainableVariablesGradientsGraph(ReduceAllSum(logProb(scope, in)))
	})
	gradients := gradient.MustCall(inputs()...)
	random := rand.New(rand.NewPCG(3, 4))
	i := 0
	for v := range store.IterVariables() {
		if !v.Trainable {
			continue
		}
		slope := tensors.MustCopyFlatData[float32](gradients[i])
		i++
		values := tensors.MustCopyFlatData[float32](v.MustValue())
		k := random.IntN(len(values))
		at := func(by float32) float64 {
			moved := slices.Clone(values)
			moved[k] += by
			if err := v.SetValue(tensors.FromFlatDataAndDimensions(moved, v.Shape().Dimensions...)); err != nil {
				t.Fatal(err)
			}
			return float64(tensors.ToScalar[float32](cost.MustCall(inputs()...)[0]))
		}
		const by = 1e-2
		want := (at(by) - at(-by)) / (2 * by)
		at(0)
		if got := float64(slope[k]); math.Abs(got-want) > 0.05*math.Abs(want)+0.05 {
			t.Errorf("%s[%d]: gradient %.4f, by finite differences %.4f", v.Path(), k, got, want)
		}
	}
}

// The two samplers see the same random numbers, so they must draw the same images, and their logits may differ by rounding only.
func TestIncrementalEqualsNaive(t *testing.T) {
	e := open(t)
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
