package check

import (
	"errors"
	"math"
	"slices"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/nn"
	"github.com/curious-go/curious/pkg/score"
)

func TestCausal(t *testing.T) {
	for _, c := range []struct {
		name               string
		logits             Logits
		gradient, changing string
	}{
		{"right", right, "", ""},
		{"dense", dense, "", ""},
		{"two masks A", twoA, "", ""}, // starved, but causal: SeesExactly finds it
		{"height and width swapped", swapped, "", ""},
		{"mask B first", maskB, "pixel (0,0) change when that pixel itself changes", "pixel (0,0)"},
		{"looks ahead", ahead, "pixel (0,0) change when pixel (0,1), which comes later", "(0,1) changes"},
		{"mask transposed", below, "pixel (0,1) change when pixel (1,0), which comes later", "(1,0) changes"},
		{"leaks a millionth", leaky, "pixel (0,0) change when that pixel itself changes", "pixel (0,0)"},
		{"not a number", blinks, "are not finite", ""},
		{"wrong shape", func(_ *model.Scope, x *Node) *Node { return ReduceSum(x, 3) }, "not [B,H,W,1]", "not [B,H,W,1]"},
		{"panics", func(*model.Scope, *Node) *Node { panic("oh") }, "oh", "oh"},
	} {
		wants(t, c.name+", by gradient", Causal(open(t), model.NewStore(), c.logits, 3, 5), c.gradient)
		if c.name != "not a number" {
			wants(t, c.name+", by intervention", CausalByIntervention(open(t), model.NewStore(), c.logits, 3, 5), c.changing)
		}
	}
	wants(t, "no image", Causal(open(t), model.NewStore(), right, 0, 5), "at least 1")
}

func TestSeesExactly(t *testing.T) {
	reach := Reach(nn.MaskA(3), nn.MaskB(3))
	for _, c := range []struct {
		name   string
		logits Logits
		h, w   int
		want   Field
		says   string
	}{
		{"plain, its reach", right, 4, 5, reach, ""},
		{"dense, all before", dense, 3, 5, Before, ""},
		{"plain, all before", right, 3, 5, Before, "a blind spot"},
		{"dense, reach", dense, 3, 5, reach, "and should not"},
		{"two masks A", twoA, 3, 5, reach, "pixel (0,1) do not see pixel (0,0)"},
		{"swapped, square", swapped, 4, 4, reach, ""},
		{"swapped, 3×5", swapped, 3, 5, reach, "and should not"},
		{"mask B first", maskB, 3, 5, reach, "mask A"},
	} {
		wants(t, c.name, SeesExactly(open(t), model.NewStore(), c.logits, c.h, c.w, c.want), c.says)
	}
}

// Two layers of 3×3 from pixel (4,2): the wedge on the right above it is blind, as in van den Oord et al. 2016, figure 1.
func TestReceptiveFieldShowsTheBlindSpot(t *testing.T) {
	got, err := ReceptiveField(open(t), model.NewStore(), right, 5, 7, 4*7+2)
	if err != nil {
		t.Fatal(err)
	}
	const want = `· · · · · · ·
· · · · · · ·
■ ■ ■ ■ ■ · ·
■ ■ ■ ■ · · ·
■ ■ · · · · ·`
	if got.String() != want || got.Count() != 11 {
		t.Errorf("got\n%v\nwant\n%s", got, want)
	}
	parsed, err := ParseMask(want)
	if err != nil || parsed.String() != want {
		t.Errorf("ParseMask gives\n%v, %v", parsed, err)
	}
	if drawn := Reach(nn.MaskA(3), nn.MaskB(3))(5, 7, 4*7+2); drawn.String() != want {
		t.Errorf("Reach gives\n%v", drawn)
	}
	if _, err := ReceptiveField(open(t), model.NewStore(), right, 5, 7, 35); err == nil {
		t.Error("a pixel outside the image: no error")
	}
}

func TestParseMaskRefuses(t *testing.T) {
	for _, text := range []string{"##\n#", "#!"} {
		_, err := ParseMask(text)
		wants(t, text, err, "reading a mask")
	}
}

func TestEvaluate(t *testing.T) {
	x := func() *tensors.Tensor { return tensors.FromFlatDataAndDimensions([]float32{1, 2, 3, 4}, 2, 2) }
	values, dims, err := Evaluate(open(t), func(in []*Node) *Node { return ReduceSum(in[0], 1) }, x())
	if err != nil || !slices.Equal(values, []float32{3, 7}) || !slices.Equal(dims, []int{2}) {
		t.Errorf("%v of shape %v, %v, want [3 7]", values, dims, err)
	}
	_, _, err = Evaluate(open(t), func(in []*Node) *Node { return Reshape(in[0], 3) }, x())
	wants(t, "wrong shape", err, "running a graph function")
	_, _, err = Evaluate(open(t), func(in []*Node) *Node { return in[7] }, x())
	wants(t, "out of range", err, "index out of range")
	_, _, err = Evaluate(open(t), func([]*Node) *Node { return nil }, x())
	wants(t, "nil", err, "not float32")
}

func TestNormalised(t *testing.T) {
	lost := func(s *model.Scope, x *Node) *Node { // forgets the last row
		l := pixelLogProb(x, right(s, x))
		return ReduceSum(SliceAxis(l, 1, AxisRange(0, l.Shape().Dim(1)-1)), 1, 2, 3)
	}
	twice := func(s *model.Scope, x *Node) *Node {
		l := pixelLogProb(x, right(s, x))
		return Add(ReduceSum(l, 1, 2, 3), ReduceSum(SliceAxis(l, 1, AxisRange(0, 1)), 1, 2, 3))
	}
	mean := func(s *model.Scope, x *Node) *Node { return DivScalar(logProbOf(right)(s, x), 9) }
	ternary := func(s *model.Scope, x *Node) *Node { // three levels, equally likely
		return AddScalar(MulScalar(ReduceSum(x, 1, 2, 3), 0), -6*math.Log(3))
	}
	for _, c := range []struct {
		name         string
		logProb      score.LogProb
		h, w, levels int
		says         string
	}{
		{"right", logProbOf(right), 3, 3, 2, ""},
		{"right, 2×5", logProbOf(right), 2, 5, 2, ""},
		{"ternary", ternary, 1, 6, 3, ""},
		{"mask B first", logProbOf(maskB), 3, 3, 2, "not 1"},
		{"looks ahead", logProbOf(ahead), 3, 3, 2, "not 1"},
		{"mask transposed", logProbOf(below), 3, 3, 2, ""}, // a right model in another order: TestCausal finds it
		{"missing term", lost, 3, 3, 2, "not 1"},
		{"counted twice", twice, 3, 3, 2, "not 1"},
		{"mean over pixels", mean, 3, 3, 2, "not 1"},
		{"not a number", logProbOf(blinks), 3, 3, 2, "not a number"},
		{"one number for all", func(s *model.Scope, x *Node) *Node { return ReduceAllSum(x) }, 3, 3, 2, "sum over the pixels"},
		{"too many", logProbOf(right), 5, 5, 2, "take a smaller image"},
		{"one level", logProbOf(right), 3, 3, 1, "at least 2"},
	} {
		wants(t, c.name, Normalised(open(t), model.NewStore(), c.logProb, c.h, c.w, c.levels, 1e-5), c.says)
	}
}

func TestAutoregressive(t *testing.T) {
	wants(t, "right", Autoregressive(open(t), model.NewStore(), right, logProbOf(right)), "")
	wants(t, "transposed", Autoregressive(open(t), model.NewStore(), below, logProbOf(below)), "no layer may look at rows below")
	wants(t, "mask B first", Autoregressive(open(t), model.NewStore(), maskB, logProbOf(maskB)), "not 1")
}

// A trained store is left as it was, though the check needs other weights: those of the last layer are zero here, and every model would pass.
func TestChecksLeaveTheStoreAlone(t *testing.T) {
	store := model.NewStore()
	if err := InitialLossIsUniform(open(t), store, logProbOf(maskB), 3, 3, 2); err != nil {
		t.Fatal(err)
	}
	if store.NumVariables() != 0 {
		t.Errorf("the store has %d new variables", store.NumVariables())
	}
	exec := model.MustNewExec(open(t), store, func(s *model.Scope, x *Node) *Node { return maskB(s, x) })
	exec.MustCall1(tensors.FromFlatDataAndDimensions(make([]float32, 9), 1, 3, 3, 1))
	wants(t, "mask B first, in a used store", Causal(open(t), store, maskB, 3, 3), "mask A")
	top := store.GetVariable("/top/w").MustValue().Value().([][]float32)
	if slices.ContainsFunc(top, func(row []float32) bool { return row[0] != 0 }) {
		t.Error("the last layer is no longer zero")
	}
}

func TestInitialLossIsUniform(t *testing.T) {
	scaled := func(factor float64) score.LogProb {
		return func(s *model.Scope, x *Node) *Node { return MulScalar(logProbOf(right)(s, x), factor) }
	}
	for name, c := range map[string]struct {
		logProb score.LogProb
		says    string
	}{
		"right":            {logProbOf(right), ""},
		"in bits":          {scaled(1 / math.Ln2), "in bits"},
		"mean over pixels": {scaled(1. / 15), "mean over pixels"},
		"not at zero":      {logProbOf(Logits(func(s *model.Scope, x *Node) *Node { return AddScalar(right(s, x), 3) })), "start the last layer at zero"},
	} {
		wants(t, name, InitialLossIsUniform(open(t), model.NewStore(), c.logProb, 3, 5, 2), c.says)
	}
}

// sampler draws n images of 2×2 from a model of weights in a store; order is the one in which pixels are filled in.
func sampler(t *testing.T, store *model.Store, logits Logits, order []int) Sampler {
	return func(n int) ([]uint8, error) {
		exec, err := model.NewExec(open(t), store, func(s *model.Scope, x *Node) *Node { return logits(s, x) })
		if err != nil {
			return nil, err
		}
		defer exec.Finalize()
		x := make([]float32, n*4)
		state := uint64(1)
		for _, i := range order {
			out, err := exec.Call1(tensors.FromFlatDataAndDimensions(slices.Clone(x), n, 2, 2, 1))
			if err != nil {
				return nil, err
			}
			out.MustConstFlatData(func(flat any) {
				for k := range n {
					state = state*6364136223846793005 + 1442695040888963407
					if float64(state>>11)/(1<<53) < 1/(1+math.Exp(-float64(flat.([]float32)[k*4+i]))) {
						x[k*4+i] = 1
					}
				}
			})
		}
		pixels := make([]uint8, len(x))
		for i, v := range x {
			pixels[i] = uint8(v)
		}
		return pixels, nil
	}
}

func TestSampleAgreesWithScore(t *testing.T) {
	store := model.NewStore()
	if err := InitialLossIsUniform(open(t), store, logProbOf(dense), 2, 2, 2); err == nil {
		t.Log("dense starts near the uniform code")
	}
	exec := model.MustNewExec(open(t), store, func(s *model.Scope, x *Node) *Node { return right(s, x) })
	exec.MustCall1(tensors.FromFlatDataAndDimensions(make([]float32, 4), 1, 2, 2, 1))
	if err := Scramble(store, 3); err != nil {
		t.Fatal(err)
	}
	good := sampler(t, store, right, []int{0, 1, 2, 3})
	for name, c := range map[string]struct {
		sample Sampler
		n      int
		says   string
	}{
		"right":           {good, 20000, ""},
		"backwards":       {sampler(t, store, right, []int{3, 2, 1, 0}), 20000, "samples do not follow the scores"},
		"never on":        {func(n int) ([]uint8, error) { return make([]uint8, n*4), nil }, 20000, "samples do not follow"},
		"too few":         {good, 5, "draw more"},
		"wrong size":      {func(n int) ([]uint8, error) { return make([]uint8, n), nil }, 100, "pixels for"},
		"level too high":  {func(n int) ([]uint8, error) { return slices.Repeat([]uint8{2}, n*4), nil }, 100, "level 2"},
		"sampling failed": {func(int) ([]uint8, error) { return nil, errors.New("oh") }, 100, "oh"},
	} {
		wants(t, name, SampleAgreesWithScore(open(t), store, logProbOf(right), c.sample, 2, 2, 2, c.n), c.says)
	}
}

func TestIncrementalEqualsFull(t *testing.T) {
	sum := func(stale int) func([]float32) ([]float32, error) { // logits are the sum of earlier pixels; from pixel stale on one is forgotten
		return func(x []float32) ([]float32, error) {
			out := make([]float32, len(x))
			for k := range len(x) / 15 {
				total := float32(0)
				for i := range 15 {
					out[k*15+i] = total
					if i != stale {
						total += x[k*15+i]
					}
				}
			}
			return out, nil
		}
	}
	fails := func([]float32) ([]float32, error) { return nil, errors.New("oh") }
	nan := func(x []float32) ([]float32, error) {
		return slices.Repeat([]float32{float32(math.NaN())}, len(x)), nil
	}
	wants(t, "same", IncrementalEqualsFull(sum(-1), sum(-1), 4, 3, 5, 1e-5), "")
	wants(t, "stale", IncrementalEqualsFull(sum(-1), sum(6), 4, 3, 5, 1e-5), "first differ at pixel (1,2)")
	wants(t, "not a number", IncrementalEqualsFull(sum(-1), nan, 4, 3, 5, 1e-5), "pixel (0,0)")
	wants(t, "fails", IncrementalEqualsFull(sum(-1), fails, 4, 3, 5, 1e-5), "oh")
	wants(t, "short", IncrementalEqualsFull(sum(-1), func([]float32) ([]float32, error) { return nil, nil }, 4, 3, 5, 1e-5), "0 logits")
}

func TestBoundOrder(t *testing.T) {
	of := func(k int, each ...float64) score.Estimate {
		mean := 0.0
		for _, v := range each {
			mean += v / float64(len(each))
		}
		return score.Estimate{Mean: mean, N: len(each), K: k, Each: each}
	}
	elbo, l50, exact := of(1, 100, 120, 90), of(50, 98, 117, 89), of(0, 97, 116, 88)
	other := elbo
	other.Title = "other images"
	wants(t, "in order", BoundOrder(l50, exact, elbo), "")
	wants(t, "noise", BoundOrder(elbo, of(2, 101, 119, 90.1)), "")
	wants(t, "mean of logs", BoundOrder(elbo, of(50, 103, 123, 93.1)), "−ELBO is 103.333 nats and −L_50 is")
	wants(t, "below log p", BoundOrder(elbo, exact, of(5, 96, 115, 87.1)), "−L_5")
	wants(t, "one", BoundOrder(elbo), "two or more")
	wants(t, "other images", BoundOrder(other, l50), "same images")
	wants(t, "other number", BoundOrder(elbo, of(5, 1)), "same images")
}

// Card G: stay 0.9 costs 0.3251 nats, 0.4690 bits a step; a table of the left neighbour reaches it and does not go below.
func TestMarkovChain(t *testing.T) {
	entropy := MarkovEntropy(0.9)
	if math.Abs(entropy-0.3251) > 5e-5 || math.Abs(entropy/math.Ln2-0.4690) > 5e-5 {
		t.Errorf("entropy %v nats, want 0.3251", entropy)
	}
	table := score.CountTable{Template: nn.Taps{{Row: 0, Col: -1}}}
	if err := table.Fit(MarkovChain(5000, 50, 0.9, 1)); err != nil {
		t.Fatal(err)
	}
	nats, err := table.Nats(MarkovChain(5000, 50, 0.9, 2))
	if err != nil {
		t.Fatal(err)
	}
	floor := math.Ln2 + 49*entropy
	if nats.Mean < floor-3*nats.StdErr || nats.Mean > floor+3*nats.StdErr+0.1 {
		t.Errorf("%v, want %.3f", nats, floor)
	}
}

func FuzzParseMask(f *testing.F) {
	f.Add(". # .\n? x 1")
	f.Add("■·\n\n  \t\r\n-_")
	f.Add("#\n##")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := ParseMask(text)
		if err != nil {
			wants(t, text, err, "reading a mask")
			return
		}
		again, err := ParseMask(m.String())
		if err != nil || again.String() != m.String() || again.Count() != m.Count() {
			t.Errorf("%q reads as\n%v, and that as\n%v, %v", text, m, again, err)
		}
	})
}

// One pixel of a full-size image, as a figure asks for it.
func BenchmarkReceptiveField28x28(b *testing.B) {
	backend := open(b)
	for b.Loop() {
		if _, err := ReceptiveField(backend, model.NewStore(), right, 28, 28, 14*28+14); err != nil {
			b.Fatal(err)
		}
	}
}

// What the tests of every autoregressive model run.
func BenchmarkAutoregressive(b *testing.B) {
	backend := open(b)
	for b.Loop() {
		if err := Autoregressive(backend, model.NewStore(), right, logProbOf(right)); err != nil {
			b.Fatal(err)
		}
	}
}
