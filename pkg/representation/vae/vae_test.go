package vae_test

import (
	"math"
	"slices"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/engine"
	"github.com/curious-go/curious/pkg/representation/vae"
	"github.com/curious-go/curious/pkg/score"
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

// fresh is an empty store whose random numbers are the same each time.
func fresh(t *testing.T) *model.Store {
	t.Helper()
	store := model.NewStore()
	if err := store.SetRNGStateFromSeed(1); err != nil {
		t.Fatal(err)
	}
	return store
}

// evaluate runs a graph function of images with the store's weights, making those that are missing.
func evaluate(t *testing.T, store *model.Store, f func(scope *model.Scope, x *Node) []*Node, x *tensors.Tensor) [][]float32 {
	t.Helper()
	exec, err := model.NewExec(open(t).Backend, store, f)
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	outputs, err := exec.Call(x)
	if err != nil {
		t.Fatal(err)
	}
	values := make([][]float32, len(outputs))
	for i, out := range outputs {
		values[i] = tensors.MustCopyFlatData[float32](out)
	}
	return values
}

func terms(m vae.VAE) func(scope *model.Scope, x *Node) []*Node {
	return func(scope *model.Scope, x *Node) []*Node {
		reconstruction, kl := m.Terms(scope, x)
		return []*Node{reconstruction, kl}
	}
}

func zeros(dims ...int) *tensors.Tensor {
	size := 1
	for _, d := range dims {
		size *= d
	}
	return tensors.FromFlatDataAndDimensions(make([]float32, size), dims...)
}

// set fills a variable with one value.
func set(t *testing.T, store *model.Store, path string, value float64) {
	t.Helper()
	v := store.GetVariable(path)
	if v == nil {
		t.Fatalf("no variable %s", path)
	}
	values := slices.Repeat([]float32{float32(value)}, v.Shape().Size())
	if err := v.SetValue(tensors.FromFlatDataAndDimensions(values, v.Shape().Dimensions...)); err != nil {
		t.Fatal(err)
	}
}

// C18's goldens through the encoder itself: KL(N(1,1)‖N(0,1)) = ½ and KL(N(0,4)‖N(0,1)) = 0.80685 for each of the three dimensions, which add up.
func TestKL(t *testing.T) {
	for name, c := range map[string]struct{ mean, logStd, want float64 }{
		"the prior itself": {0, 0, 0},
		"mean 1":           {1, 0, 0.5},
		"deviation 2":      {0, math.Ln2, 0.806853},
		"both":             {1, math.Ln2, 1.306853},
	} {
		m := vae.VAE{Height: 2, Width: 3, Codes: 3, Hidden: 4}
		store := fresh(t)
		x := func() *tensors.Tensor { return zeros(2, 2, 3, 1) }
		evaluate(t, store, terms(m), x())
		set(t, store, "/encoder/mean/w", 0)
		set(t, store, "/encoder/mean/b", c.mean)
		set(t, store, "/encoder/log_std/b", c.logStd)
		for _, kl := range evaluate(t, store, terms(m), x())[1] {
			if math.Abs(float64(kl)-3*c.want) > 1e-5 {
				t.Errorf("%s: the code costs %v nats, want %v", name, kl, 3*c.want)
			}
		}
	}
}

func TestShapes(t *testing.T) {
	for name, m := range map[string]vae.VAE{
		"MLP":         {Height: 6, Width: 10, Codes: 3, Hidden: 7, Layers: 2},
		"convolution": {Height: 8, Width: 12, Codes: 3, Hidden: 4, Conv: true},
	} {
		const batch, k = 5, 4
		store := fresh(t)
		for what, c := range map[string]struct {
			f    func(scope *model.Scope, x *Node) *Node
			want []int
		}{
			"code":    {m.Code, []int{batch, 3}},
			"log σ":   {func(scope *model.Scope, x *Node) *Node { _, logStd := m.Encode(scope, x); return logStd }, []int{batch, 3}},
			"logits":  {func(scope *model.Scope, x *Node) *Node { return m.Decode(scope, m.Code(scope, x)) }, []int{batch, m.Height, m.Width, 1}},
			"ELBO":    {m.ELBO, []int{batch}},
			"weights": {func(scope *model.Scope, x *Node) *Node { return m.LogWeights(scope, x, k) }, []int{k, batch}},
		} {
			var dims []int
			evaluate(t, store, func(scope *model.Scope, x *Node) []*Node {
				out := c.f(scope, x)
				dims = out.Shape().Dimensions
				return []*Node{out}
			}, zeros(batch, m.Height, m.Width, 1))
			if !slices.Equal(dims, c.want) {
				t.Errorf("%s: %s has shape %v, want %v", name, what, dims, c.want)
			}
		}
	}
}

// Section G's smoke rule: the MLP's last layer starts at zero, so that the reconstruction costs 784 log 2 = 543.4 nats, and the code next to nothing. The
// convolutions' last layer starts at random, and near that.
func TestInitialLoss(t *testing.T) {
	images := strokes(28, 64).Train
	for name, c := range map[string]struct {
		model vae.VAE
		off   float64
	}{"MLP": {vae.VAE{}, 0.001}, "convolution": {vae.VAE{Conv: true}, 0.5}} {
		out := evaluate(t, fresh(t), terms(c.model), images.Tensor())
		reconstruction, kl := mean(out[0]), mean(out[1])
		if want := 784 * math.Ln2; math.Abs(reconstruction-want) > c.off*want {
			t.Errorf("%s: the first reconstruction costs %v nats, want %v", name, reconstruction, want)
		}
		if kl < 0 || kl > 0.05*784*math.Ln2 {
			t.Errorf("%s: the first code costs %v nats", name, kl)
		}
		t.Logf("%s: %.1f + %.1f nats", name, reconstruction, kl)
	}
}

func mean(values []float32) float64 {
	sum := 0.0
	for _, v := range values {
		sum += float64(v)
	}
	return sum / float64(len(values))
}

// One image, many times over: every copy and every sample must have noise of its own.
func TestNoiseIsAnotherForEachImage(t *testing.T) {
	m := vae.VAE{Height: 4, Width: 4, Codes: 2, Hidden: 20}
	store := fresh(t)
	weights := func(scope *model.Scope, x *Node) []*Node { return []*Node{m.LogWeights(scope, x, 3)} }
	evaluate(t, store, weights, zeros(6, 4, 4, 1))
	if err := check.Scramble(store, 1); err != nil {
		t.Fatal(err)
	}
	var seen []float32
	for range 2 {
		seen = append(seen, evaluate(t, store, weights, zeros(6, 4, 4, 1))[0]...)
		seen = append(seen, evaluate(t, store, terms(m), zeros(6, 4, 4, 1))[0]...)
	}
	all := len(seen)
	slices.Sort(seen)
	if different := len(slices.Compact(seen)); different != all {
		t.Errorf("%d different numbers of %d", different, all)
	}
}

// C18: the loss is reconstruction + β·KL, and its parts are told without the β.
func TestBeta(t *testing.T) {
	for _, beta := range []float64{0, 1, 4} {
		m := vae.Quick().WithBeta(beta).Model
		m.Height, m.Width, m.Codes, m.Hidden = 4, 4, 2, 5
		store := fresh(t)
		f := func(scope *model.Scope, x *Node) []*Node {
			loss, parts := m.Objective(scope, []*Node{x})
			if len(parts) != 2 || parts[0].Name != "reconstruction" || parts[1].Name != "code" {
				t.Errorf("parts %v", parts)
			}
			return []*Node{loss, parts[0].Value, parts[1].Value}
		}
		evaluate(t, store, f, zeros(3, 4, 4, 1))
		if err := check.Scramble(store, 2); err != nil {
			t.Fatal(err)
		}
		out := evaluate(t, store, f, zeros(3, 4, 4, 1))
		loss, reconstruction, kl := float64(out[0][0]), float64(out[1][0]), float64(out[2][0])
		if want := reconstruction + beta*kl; math.Abs(loss-want) > 1e-4*want || kl < 0.01 {
			t.Errorf("β = %g: the loss is %v, reconstruction %v, code %v", beta, loss, reconstruction, kl)
		}
	}
}

// On images of 2×2 with one code, everything follows from sums over a fine grid of z: log p(x) = log ∫ p(x|z) p(z) dz, and the ELBO, which falls short
// of it by KL(q‖posterior). The model's own weights must give L_1 = ELBO ≤ L_5 ≤ L_50 ≤ L_1000 → log p(x).
func TestBoundsOnAModelThatCanBeIntegrated(t *testing.T) {
	m := vae.VAE{Height: 2, Width: 2, Codes: 1, Hidden: 6}
	store := fresh(t)
	encode := func(scope *model.Scope, x *Node) []*Node {
		mean, logStd := m.Encode(scope, x)
		return []*Node{mean, logStd}
	}
	decode := func(scope *model.Scope, z *Node) []*Node { return []*Node{m.Decode(scope, z)} }
	const copies = 60
	images := data.Images{N: 16 * copies, H: 2, W: 2, C: 1, Levels: 2}
	for i := range images.N {
		for bit := range 4 {
			images.Pix = append(images.Pix, uint8(i%16>>bit&1))
		}
	}
	evaluate(t, store, terms(m), images.Tensor())
	if err := check.Scramble(store, 3); err != nil {
		t.Fatal(err)
	}
	set(t, store, "/encoder/log_std/w", 0)
	set(t, store, "/encoder/log_std/b", 0.1) // broader than the posterior, so that no weight is without bound

	const points, width = 4001, 8.0
	const dz = 2 * width / (points - 1)
	grid := make([]float32, points)
	for i := range grid {
		grid[i] = float32(-width + dz*float64(i))
	}
	logits := evaluate(t, store, decode, tensors.FromFlatDataAndDimensions(grid, points, 1))[0]
	codes := evaluate(t, store, encode, images.First(16).Tensor())
	normal := func(z, mean, logStd float64) float64 {
		u := (z - mean) / math.Exp(logStd)
		return -0.5*u*u - logStd - 0.5*math.Log(2*math.Pi)
	}
	var logP, elbo [16]float64
	total := 0.0
	for i := range 16 {
		p := 0.0
		for k, z := range grid {
			logJoint := normal(float64(z), 0, 0)
			for bit := range 4 {
				l := float64(logits[4*k+bit])
				logJoint += l*float64(i>>bit&1) - math.Log1p(math.Exp(l))
			}
			logQ := normal(float64(z), float64(codes[0][i]), float64(codes[1][i]))
			p += math.Exp(logJoint) * dz
			elbo[i] += math.Exp(logQ) * (logJoint - logQ) * dz
		}
		logP[i] = math.Log(p)
		total += p
	}
	if math.Abs(total-1) > 1e-4 {
		t.Fatalf("the probabilities of all 16 images sum to %v", total)
	}
	exact := score.Estimate{N: images.N}
	var negELBO float64
	for i := range images.N {
		exact.Each = append(exact.Each, -logP[i%16])
		exact.Mean -= logP[i%16] / float64(images.N)
		negELBO -= elbo[i%16] / float64(images.N)
	}

	bounds, err := score.Bound(open(t).Backend, store, m.LogWeights, images, 480, 1, 5, 50, 1000)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("−ELBO %.4f, −log p %.4f, bounds %.4f %.4f %.4f %.4f", negELBO, exact.Mean, bounds[0].Mean, bounds[1].Mean, bounds[2].Mean, bounds[3].Mean)
	if err := check.BoundOrder(append(bounds, exact)...); err != nil {
		t.Error(err)
	}
	gap, stdErr, err := score.Gap(bounds[0], exact)
	if want := negELBO - exact.Mean; err != nil || math.Abs(gap-want) > 4*stdErr+1e-4 || want < 0.05 {
		t.Errorf("L_1 is %.4f ± %.4f nats short of log p, and KL(q‖posterior) is %.4f; error %v", gap, stdErr, want, err)
	}
	if gap, _, _ := score.Gap(bounds[3], exact); math.Abs(gap) > 0.01 {
		t.Errorf("L_1000 is %.4f nats short of log p", gap)
	}
	// The model's ELBO has the KL in closed form, and must agree with L_1.
	out := evaluate(t, store, func(scope *model.Scope, x *Node) []*Node { return []*Node{m.ELBO(scope, x)} }, images.Tensor())[0]
	if got := -mean(out); math.Abs(got-negELBO) > 0.1 {
		t.Errorf("−ELBO is %.4f, by integration %.4f", got, negELBO)
	}
}
