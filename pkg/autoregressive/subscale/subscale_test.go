package subscale_test

import (
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/gobackend"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/autoregressive/subscale"
	"github.com/curious-go/curious/pkg/engine"
	"github.com/curious-go/curious/pkg/score/check"
)

// backends are pure Go and, where it is, XLA. Under CURIOUS_TEST_FULL there must be XLA.
func backends(t *testing.T) map[string]compute.Backend {
	t.Helper()
	e := open(t)
	all := map[string]compute.Backend{e.Kind: e.Backend}
	if e.Kind == "go" {
		if os.Getenv("CURIOUS_TEST_FULL") == "1" {
			t.Fatal("no XLA: go run . lab sets it up")
		}
		return all
	}
	pure, err := gobackend.New("parallelism=-1") // as engine opens it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pure.Finalize)
	all["go"] = pure
	return all
}

func open(t testing.TB) *engine.Engine {
	t.Helper()
	e, err := engine.Open()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// small makes a configuration quick to test; unset numbers stay as they are by default.
func small(c subscale.Config) subscale.Config {
	c.Channels, c.Layers, c.Blocks, c.First = 4, 2, 1, 3
	c.Colours, c.Bits = max(1, c.Colours), max(1, c.Bits)
	return c
}

// models are one of each kind: so many slices, colours, bits; small first; in depth; all at once.
var models = map[string]subscale.Config{
	"2·2 slices": small(subscale.Config{Height: 4, Width: 6, Slices: 2}),
	"3·3 slices": small(subscale.Config{Height: 3, Width: 6, Slices: 3}),
	"one slice":  small(subscale.Config{Height: 3, Width: 5, Slices: 1}),
	"colour":     small(subscale.Config{Height: 4, Width: 2, Slices: 2, Colours: 3, Bits: 2}),
	"depth":      small(subscale.Config{Height: 4, Width: 4, Slices: 2, Bits: 3, High: 2}),
	"all":        small(subscale.Config{Height: 4, Width: 4, Slices: 2, Colours: 2, Bits: 2, High: 1, Small: true}),
}

// values is C, or 2C in two depths.
func values(c subscale.Config) int { return len(c.Order()) / c.Height / c.Width }

// inOrder is the model of the sequence of symbols: x [B,1,T,1] → logits [B,1,T,K]. In this form, the checks of images in raster order apply.
func inOrder(c subscale.Config) check.Logits {
	order := c.Order()
	return func(scope *model.Scope, x *Node) *Node {
		place := make([][]float32, len(order)) // a product with it puts each symbol in its place, on every engine and with a gradient
		for t, at := range order {
			place[t] = make([]float32, len(order))
			place[t][at] = 1
		}
		planes := MatMul(Reshape(x, -1, len(order)), Const(x.Graph(), place))
		logits := c.Logits(scope, Reshape(planes, -1, c.Height, c.Width, values(c)))
		return InsertAxes(logits, 1)
	}
}

// Section G, in the order in which symbols are drawn: none sees itself or a later one, by gradient and by intervention.
func TestCausal(t *testing.T) {
	e := open(t)
	for name, c := range models {
		t.Run(name, func(t *testing.T) {
			if err := check.Causal(e.Backend, model.NewStore(), inOrder(c), 1, len(c.Order())); err != nil {
				t.Error(err)
			}
			if err := check.CausalByIntervention(e.Backend, model.NewStore(), inOrder(c), 1, len(c.Order())); err != nil {
				t.Error(err)
			}
		})
	}
}

// Nothing before is out of sight either, in an image that the filters span: within a slice, across slices, across colours and depths.
func TestSeesAllBefore(t *testing.T) {
	e := open(t)
	for name, c := range models {
		if c.Small {
			continue // the small image is drawn by a network of its own, and its colours: the large one sees it
		}
		t.Run(name, func(t *testing.T) {
			c.Layers, c.Blocks, c.First, c.Channels = 4, 3, 5, 12
			if err := check.SeesExactly(e.Backend, model.NewStore(), inOrder(c), 1, len(c.Order()), check.Before); err != nil {
				t.Error(err)
			}
		})
	}
}

// The probabilities of all images sum to one. 2·4 pixels of 2 bits are 65,536 images, in two depths as well, where no bit may be counted twice.
func TestNormalised(t *testing.T) {
	e := open(t)
	for name, c := range map[string]subscale.Config{
		"2·2 slices":  {Height: 2, Width: 4, Slices: 2},
		"3·3 slices":  {Height: 3, Width: 3, Slices: 3},
		"one slice":   {Height: 3, Width: 3, Slices: 1},
		"2 bits":      {Height: 2, Width: 4, Slices: 2, Bits: 2},
		"depth":       {Height: 2, Width: 4, Slices: 2, Bits: 2, High: 1},
		"3 bits":      {Height: 1, Width: 5, Slices: 1, Bits: 3, High: 2},
		"depth, size": {Height: 2, Width: 4, Slices: 2, Bits: 2, High: 1, Small: true},
	} {
		t.Run(name, func(t *testing.T) {
			c := small(c)
			if err := check.Normalised(e.Backend, model.NewStore(), c.LogProb, c.Height, c.Width, 1<<c.Bits, 1e-4); err != nil {
				t.Error(err)
			}
			if err := check.InitialLossIsUniform(e.Backend, model.NewStore(), c.LogProb, c.Height, c.Width, 1<<c.Bits); err != nil {
				t.Error(err)
			}
		})
	}
	// Colours: 2·2 pixels of red, green and blue, as an image of 2·6.
	c := small(subscale.Config{Height: 2, Width: 2, Slices: 2, Colours: 3})
	colours := func(scope *model.Scope, x *Node) *Node { return c.LogProb(scope, Reshape(x, -1, 2, 2, 3)) }
	if err := check.Normalised(e.Backend, model.NewStore(), colours, 2, 6, 2, 1e-4); err != nil {
		t.Error(err)
	}
}

// 3·3 pixels of 2 bits in two depths: 262,144 images.
func TestDepthNormalises(t *testing.T) {
	e := open(t)
	c := small(subscale.Config{Height: 3, Width: 3, Slices: 3, Bits: 2, High: 1})
	c.Channels, c.Layers = 2, 1
	store := shaken(t, e.Backend, c)
	exec := model.MustNewExec(e.Backend, store, c.LogProb)
	defer exec.Finalize()
	sum, batch := 0.0, 1<<14
	for from := 0; from < 1<<18; from += batch {
		x := make([]float32, 0, 9*batch)
		for i := range batch {
			for pixel := range 9 {
				x = append(x, float32((from+i)>>(2*pixel)&3)/3)
			}
		}
		for _, l := range tensors.MustCopyFlatData[float32](exec.MustCall(tensors.FromFlatDataAndDimensions(x, batch, 3, 3, 1))[0]) {
			sum += math.Exp(float64(l))
		}
	}
	if math.Abs(sum-1) > 1e-4 {
		t.Errorf("the probabilities sum to %v", sum)
	}
}

// shaken gives a store with random weights: fresh models say that all is equally likely.
func shaken(t testing.TB, backend compute.Backend, c subscale.Config) *model.Store {
	t.Helper()
	store := model.NewStore()
	exec := model.MustNewExec(backend, store, c.Logits)
	defer exec.Finalize()
	exec.MustCall(tensors.FromFlatDataAndDimensions(make([]float32, len(c.Order())), 1, c.Height, c.Width, values(c)))
	if err := check.Scramble(store, 3); err != nil {
		t.Fatal(err)
	}
	return store
}

// random are images of the model's size, values in [0,1].
func random(c subscale.Config, n int) []float32 {
	r := rand.New(rand.NewPCG(8, 8))
	x := make([]float32, n*c.Height*c.Width*c.Colours)
	for i := range x {
		x[i] = float32(r.IntN(1<<c.Bits)) / float32(int(1)<<c.Bits-1)
	}
	return x
}

// The sum over slices is the image's cost, and so is the sum over symbols in their order, each looked up in the image and its logits by hand.
func TestSlicesSumToImage(t *testing.T) {
	e := open(t)
	const n = 5
	for name, c := range models {
		t.Run(name, func(t *testing.T) {
			store := shaken(t, e.Backend, c)
			var levels []int
			x := tensors.FromFlatDataAndDimensions(random(c, n), n, c.Height, c.Width, c.Colours)
			var outputs []*tensors.Tensor
			for _, f := range []func(*model.Scope, *Node) *Node{
				c.BySlice, c.LogProb, func(scope *model.Scope, x *Node) *Node { return c.Logits(scope, c.Planes(x)) },
				func(_ *model.Scope, x *Node) *Node { return c.Planes(x) },
			} {
				out, err := model.CallOnce(e.Backend, store, f, x)
				if err != nil {
					t.Fatal(err)
				}
				outputs = append(outputs, out)
			}
			flat := make([][]float32, len(outputs))
			for i, o := range outputs {
				flat[i] = tensors.MustCopyFlatData[float32](o)
			}
			groups, k := len(c.Groups()), outputs[2].Shape().Dim(2)
			bits := []int{max(c.High, c.Bits*min(1, 1-min(1, c.High))), c.Bits - c.High}
			order := c.Order()
			for b := range n {
				sum, byHand := 0.0, 0.0
				for g := range groups {
					sum += float64(flat[0][b*groups+g])
				}
				for i, place := range order {
					most := int(1)<<bits[place%values(c)/c.Colours] - 1
					level := int(math.Round(float64(flat[3][b*len(order)+place]) * float64(most)))
					levels = append(levels, level)
					byHand += logSoftmax(flat[2][(b*len(order)+i)*k:][:k], level)
				}
				if got := float64(flat[1][b]); math.Abs(got-sum) > 1e-3 || math.Abs(got-byHand) > 1e-3 || math.Abs(got) < 1 {
					t.Errorf("image %d: log p %v, the slices' sum %v, the symbols' %v", b, got, sum, byHand)
				}
			}
			if slices.Max(levels) == 0 {
				t.Error("black images say nothing")
			}
		})
	}
}

func logSoftmax(logits []float32, k int) float64 {
	sum := 0.0
	for _, l := range logits {
		sum += math.Exp(float64(l - logits[k]))
	}
	return -math.Log(sum)
}

// The order, written down by hand: 4·4 pixels in 2·2 slices are drawn in the order of the numbers of the paper's figure 1.
func TestOrder(t *testing.T) {
	number := make([]int, 16)
	for i, place := range (subscale.Config{Height: 4, Width: 4}).Order() {
		number[place] = i + 1
	}
	want := []int{
		1, 5, 2, 6,
		9, 13, 10, 14,
		3, 7, 4, 8,
		11, 15, 12, 16,
	}
	if !slices.Equal(number, want) {
		t.Errorf("pixels are drawn in the order %v, want %v", number, want)
	}
	// In depth, all high bits come before all low ones: of a pixel of one colour, plane 0 before plane 1.
	deep := subscale.Config{Height: 4, Width: 4, Bits: 4, High: 1}.Order()
	for i, place := range deep {
		if (i >= 16) != (place%2 == 1) || place/2 != deep[i%16]/2 {
			t.Fatalf("symbol %d is at place %d", i, place)
		}
	}
	for name, c := range models {
		order := slices.Clone(c.Order())
		slices.Sort(order)
		for i, place := range order {
			if i != place {
				t.Errorf("%s: the order is no permutation", name)
				break
			}
		}
	}
}

// Groups are named in the order of what BySlice gives.
func TestGroups(t *testing.T) {
	c := subscale.Config{Bits: 4, High: 2, Small: true}
	if names := c.Groups(); len(names) != 8 || names[0] != "high bits, slice 1" || names[7] != "low bits, slice 4" {
		t.Errorf("%q", names)
	}
}

// The same weights give the same numbers on both backends, and gradients too.
func TestBackendsAgree(t *testing.T) {
	for name, c := range models {
		t.Run(name, func(t *testing.T) {
			var costs []float64
			var slopes [][]float32
			for _, backend := range backends(t) {
				store := shaken(t, backend, c)
				out, err := model.CallOnceN(backend, store, func(scope *model.Scope, in []*Node) []*Node {
					cost := ReduceAllMean(c.LogProb(scope, in[0]))
					var all []*Node
					for _, g := range scope.BuildTrainableVariablesGradientsGraph(cost) {
						all = append(all, Reshape(g, -1))
					}
					return []*Node{cost, Concatenate(all, 0)}
				}, tensors.FromFlatDataAndDimensions(random(c, 3), 3, c.Height, c.Width, c.Colours))
				if err != nil {
					t.Fatal(err)
				}
				costs = append(costs, float64(tensors.ToScalar[float32](out[0])))
				slopes = append(slopes, tensors.MustCopyFlatData[float32](out[1]))
			}
			for i := range costs {
				if math.Abs(costs[i]-costs[0]) > 1e-3 {
					t.Errorf("log p is %v", costs)
				}
				for k := range slopes[i] {
					if d := math.Abs(float64(slopes[i][k] - slopes[0][k])); d > 1e-2+1e-2*math.Abs(float64(slopes[0][k])) {
						t.Fatalf("gradient %d is %v and %v", k, slopes[i][k], slopes[0][k])
					}
				}
			}
		})
	}
}

// The gradient towards weights of every kind is that of finite differences.
func TestGradient(t *testing.T) {
	e := open(t)
	const name = "all" // every kind of weight is in it
	c := models[name]
	store := shaken(t, e.Backend, c)
	image := func() *tensors.Tensor {
		return tensors.FromFlatDataAndDimensions(random(c, 2), 2, c.Height, c.Width, c.Colours)
	}
	cost := model.MustNewExec(e.Backend, store, func(scope *model.Scope, x *Node) *Node { return ReduceAllSum(c.LogProb(scope, x)) })
	gradient := model.MustNewExec(e.Backend, store, func(scope *model.Scope, x *Node) []*Node {
		return scope.BuildTrainableVariablesGradientsGraph(ReduceAllSum(c.LogProb(scope, x)))
	})
	gradients := gradient.MustCall(image())
	r := rand.New(rand.NewPCG(3, 3))
	i := 0
	for v := range store.IterVariables() {
		if !v.Trainable {
			continue
		}
		slope := tensors.MustCopyFlatData[float32](gradients[i])
		i++
		held := tensors.MustCopyFlatData[float32](v.MustValue())
		k := r.IntN(len(held))
		at := func(by float32) float64 {
			moved := slices.Clone(held)
			moved[k] += by
			if err := v.SetValue(tensors.FromFlatDataAndDimensions(moved, v.Shape().Dimensions...)); err != nil {
				t.Fatal(err)
			}
			return float64(tensors.ToScalar[float32](cost.MustCall(image())[0]))
		}
		const by = 1e-3
		want := (at(by) - at(-by)) / (2 * by)
		at(0)
		if got := float64(slope[k]); math.Abs(got-want) > 0.05*math.Abs(want)+0.06 {
			t.Errorf("%s: %s[%d]: gradient %.4f, by finite differences %.4f", name, v.Path(), k, got, want)
		}
	}
}

// Parameters counts what the graph really makes.
func TestParameters(t *testing.T) {
	e := open(t)
	for name, c := range models {
		made := 0
		for v := range shaken(t, e.Backend, c).IterVariables() {
			if v.Trainable {
				made += v.Shape().Size()
			}
		}
		if c.Parameters() != made {
			t.Errorf("%s: %d parameters, and there are %d", name, c.Parameters(), made)
		}
	}
}
