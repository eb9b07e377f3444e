package video_test

import (
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/gobackend"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/autoregressive/video"
	"github.com/curious-go/curious/pkg/engine"
	"github.com/curious-go/curious/pkg/nn"
	"github.com/curious-go/curious/pkg/score/check"
)

func open(t testing.TB) *engine.Engine {
	t.Helper()
	e, err := engine.Open()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

var nets = map[string]video.Config{
	"network":  {Channels: 4, Layers: 2, Dilations: []int{2}, First: 3},
	"baseline": {Channels: 4, Layers: 2, Dilations: []int{1}, Independent: true},
}

// stacked is the network on clips of so many frames, one below the other in tall images [B,T·H,W,1]: the order of the pixels from the top is the order of time.
func stacked(c video.Config, frames int) check.Logits {
	return func(scope *model.Scope, x *Node) *Node {
		d := x.Shape().Dimensions
		return Reshape(c.Logits(scope, Reshape(x, d[0], frames, d[1]/frames, d[2], 1)), d...)
	}
}

func stackedLogProb(c video.Config, frames int) func(scope *model.Scope, x *Node) *Node {
	return func(scope *model.Scope, x *Node) *Node {
		d := x.Shape().Dimensions
		return ReduceSum(c.LogProb(scope, Reshape(x, d[0], frames, d[1]/frames, d[2], 1)), 1)
	}
}

// Section G: probabilities of all tiny clips sum to one, of three frames and of one.
func TestNormalised(t *testing.T) {
	e := open(t)
	for name, c := range nets {
		for _, size := range [][3]int{{3, 2, 2}, {1, 3, 3}} {
			if err := check.Normalised(e.Backend, model.NewStore(), stackedLogProb(c, size[0]), size[0]*size[1], size[2], 2, 1e-5); err != nil {
				t.Errorf("%s, %d frames of %d×%d: %v", name, size[0], size[1], size[2], err)
			}
		}
	}
}

// No pixel sees itself, a later one of its frame, or a later frame, by gradient and by intervention; and a fresh model says 1/2 to everything.
func TestCausal(t *testing.T) {
	e, pure := open(t), backends(t)["go"]
	for name, c := range nets {
		logits := stacked(c, 3)
		if err := check.Causal(e.Backend, model.NewStore(), logits, 3*3, 4); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := check.CausalByIntervention(e.Backend, model.NewStore(), logits, 3*2, 5); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := check.InitialLossIsUniform(pure, model.NewStore(), stackedLogProb(c, 4), 4*3, 2, 2); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Each pixel sees all of the frames before, and of its own frame what the masks reach; the baseline sees nothing of its own frame.
func TestReceptiveField(t *testing.T) {
	e := open(t)
	const frames, h, w = 3, 3, 4
	field := func(own check.Field) check.Field {
		return func(_, _, i int) check.Mask {
			m, frame := check.NewMask(frames*h, w), i/(h*w)
			for r := range frame * h {
				for k := range w {
					m[r][k] = true
				}
			}
			for r, row := range own(h, w, i%(h*w)) {
				copy(m[frame*h+r], row)
			}
			return m
		}
	}
	layers := []nn.Taps{nn.MaskA(3)}
	for range 2*2 - 1 { // units after the first
		layers = append(layers, nn.MaskB(3))
	}
	nothing := func(h, w, _ int) check.Mask { return check.NewMask(h, w) }
	for name, want := range map[string]check.Field{"network": field(check.Reach(layers...)), "baseline": field(nothing)} {
		if err := check.SeesExactly(e.Backend, model.NewStore(), stacked(nets[name], frames), frames*h, w, want); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Each clip of a batch stands for itself.
func TestClipsDoNotMix(t *testing.T) {
	backend := backends(t)["go"] // which compiles at once
	for name, c := range nets {
		store := scrambled(t, backend, c, 3, 4, 5)
		two := pixels(2*3*4*5, 1)
		both := logProb(t, backend, store, c, two, 2, 3, 4, 5)
		alone := logProb(t, backend, store, c, two[3*4*5:], 1, 3, 4, 5)
		for f := range 3 {
			if math.Abs(float64(both[3+f]-alone[f])) > 1e-4 {
				t.Errorf("%s: frame %d costs %v among others and %v alone", name, f, both[3+f], alone[f])
			}
		}
	}
}

// The gradient towards every weight, the LSTM's written by hand among them, must be that of finite differences, on XLA and in pure Go.
func TestGradient(t *testing.T) {
	const frames, h, w = 4, 5, 4
	for engine, backend := range backends(t) {
		for name, c := range nets {
			if engine == "xla" && name == "baseline" {
				continue // its layers are the network's
			}
			store := scrambled(t, backend, c, frames, h, w)
			x := pixels(2*frames*h*w, 3)
			clips := func() *tensors.Tensor { return tensors.FromFlatDataAndDimensions(slices.Clone(x), 2, frames, h, w, 1) }
			loss := func(scope *model.Scope, x *Node) *Node { return ReduceAllSum(c.LogProb(scope, x)) }
			cost := model.MustNewExec(backend, store, loss)
			gradients := model.MustNewExec(backend, store, func(scope *model.Scope, x *Node) []*Node {
				return scope.BuildTrainableVariablesGradientsGraph(loss(scope, x))
			}).MustCall(clips())
			random := rand.New(rand.NewPCG(3, 3))
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
					return float64(tensors.ToScalar[float32](cost.MustCall(clips())[0]))
				}
				const by = 2e-3
				want := (at(by) - at(-by)) / (2 * by)
				at(0)
				if got := float64(slope[k]); math.Abs(got-want) > 0.05*math.Abs(want)+0.05 {
					t.Errorf("%s, %s: %s[%d]: gradient %.4f, by finite differences %.4f", engine, name, v.Path(), k, got, want)
				}
			}
		}
	}
}

// The diagram counts the weights that the network really has, and is drawn from a clip of three frames.
func TestParameters(t *testing.T) {
	backend := backends(t)["go"]
	for name, c := range nets {
		count := map[string]int{}
		for v := range scrambled(t, backend, c, 2, 4, 5).IterVariables() {
			part, _, _ := strings.Cut(strings.TrimPrefix(v.Path(), "/"), "/")
			count[part] += v.Shape().Size()
		}
		encoder, state, decoder := c.Parameters()
		if got := map[string]int{"encoder": encoder, "state": state, "decoder": decoder}; !maps.Equal(got, count) {
			t.Errorf("%s: counted %v, there are %v", name, got, count)
		}
		fig, err := c.Diagram(clipsOf(1, 3, 6, 5, 2))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fig.PNG(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := c.Diagram(clipsOf(1, 2, 6, 5, 2)); err == nil || !strings.Contains(err.Error(), "three frames") {
			t.Errorf("%s: a clip of two frames: %v", name, err)
		}
	}
}

// Both engines give the same numbers.
func TestEnginesAgree(t *testing.T) {
	for name, c := range nets {
		var first []float32
		for engine, backend := range backends(t) {
			store := scrambled(t, backend, c, 4, 5, 3)
			got := logProb(t, backend, store, c, pixels(2*4*5*3, 9), 2, 4, 5, 3)
			if first == nil {
				first = got
			}
			for i := range got {
				if math.Abs(float64(got[i]-first[i])) > 1e-4*(1+math.Abs(float64(first[i]))) {
					t.Errorf("%s: %s gives %v, the other engine %v", name, engine, got, first)
					break
				}
			}
		}
	}
}

// Grey targets never cost less than H(z,z), batch by batch, with any weights.
func TestGreyFloor(t *testing.T) {
	backend := backends(t)["go"]
	z := pixels(8*3*4*5, 2)
	for i := range z {
		z[i] = float32(math.Abs(math.Sin(float64(i) * float64(1+z[i])))) // all levels
	}
	for name, c := range nets {
		costs := logProb(t, backend, scrambled(t, backend, c, 3, 4, 5), c, z, 8, 3, 4, 5)
		for i, l := range costs {
			floor := 0.0
			for _, v := range z[i*20 : (i+1)*20] {
				if v := float64(v); v > 0 && v < 1 {
					floor -= v*math.Log(v) + (1-v)*math.Log(1-v)
				}
			}
			if -float64(l) < floor-1e-4 {
				t.Errorf("%s: frame %d costs %v, under H(z,z) = %v", name, i, -l, floor)
			}
		}
	}
}

// backends are the engine and, beside XLA, pure Go.
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
	pure, err := gobackend.New("parallelism=-1") // engine opens one engine only; this is how it opens this one
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pure.Finalize)
	all["go"] = pure
	return all
}

// scrambled is a store with random weights for a network: fresh models say 1/2 to everything.
func scrambled(t testing.TB, backend compute.Backend, c video.Config, frames, h, w int) *model.Store {
	t.Helper()
	store := model.NewStore()
	if _, err := model.CallOnce(backend, store, c.Logits, tensors.FromFlatDataAndDimensions(make([]float32, frames*h*w), 1, frames, h, w, 1)); err != nil {
		t.Fatal(err)
	}
	if err := check.Scramble(store, 7); err != nil {
		t.Fatal(err)
	}
	return store
}

// pixels are n random zeros and ones.
func pixels(n int, seed uint64) []float32 {
	random := rand.New(rand.NewPCG(seed, seed))
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(random.IntN(2))
	}
	return out
}

func logProb(t *testing.T, backend compute.Backend, store *model.Store, c video.Config, x []float32, dims ...int) []float32 {
	t.Helper()
	out, err := model.CallOnce(backend, store, c.LogProb, tensors.FromFlatDataAndDimensions(slices.Clone(x), append(dims, 1)...))
	if err != nil {
		t.Fatal(err)
	}
	return tensors.MustCopyFlatData[float32](out)
}
