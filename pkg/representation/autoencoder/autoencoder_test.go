package autoencoder_test

import (
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"gonum.org/v1/gonum/mat"

	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/engine"
	"github.com/curious-go/curious/pkg/representation/autoencoder"
	"github.com/curious-go/curious/pkg/score/check"
	"github.com/curious-go/curious/pkg/train"
)

// penStrokes are grey digits of 14×14, 2,000 to train and 500 to test.
func penStrokes() data.Digits {
	all := data.PenStrokes(data.PenConfig{N: 2500, Seed: 1}).Blocks14()
	return data.Digits{Train: all.Range(0, 2000), Test: all.Range(2000, 2500), Variant: data.Grey, Height: 14, Width: 14}
}

// binary is the digits with pixels on where their grey is over 1/2.
func binary(d data.Digits) data.Digits {
	on := func(m data.Images) data.Images {
		m.Pix = slices.Clone(m.Pix)
		for i, v := range m.Pix {
			m.Pix[i] = v >> 7
		}
		m.Levels = 2
		return m
	}
	d.Train, d.Test, d.Variant = on(d.Train), on(d.Test), data.ThresholdBinary
	return d
}

// principal is the exact optimum of a linear code: the mean, the first k eigenvectors of the covariance as columns, and the sum of the other eigenvalues,
// which is the smallest possible mean of ‖x − x̂‖².
func principal(m data.Images, k int) (mean []float64, axes *mat.Dense, rest float64) {
	d := m.H * m.W
	x := mat.NewDense(m.N, d, nil)
	mean = make([]float64, d)
	for i, v := range m.Floats() {
		x.Set(i/d, i%d, float64(v))
		mean[i%d] += float64(v) / float64(m.N)
	}
	x.Apply(func(_, j int, v float64) float64 { return v - mean[j] }, x)
	var covariance mat.SymDense
	covariance.SymOuterK(1/float64(m.N), x.T())
	var eigen mat.EigenSym
	if !eigen.Factorize(&covariance, true) {
		panic("no eigenvalues")
	}
	for _, v := range eigen.Values(nil)[:d-k] { // ascending
		rest += v
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	return mean, mat.DenseCopyOf(vectors.Slice(0, d, d-k, d)), rest
}

// squares is the mean of ‖x − x̂‖² over images.
func squares(t *testing.T, run *autoencoder.Run, m data.Images) float64 {
	t.Helper()
	decoded, err := run.Reconstruct(m)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for i, v := range m.Floats() {
		sum += float64(v-decoded[i]) * float64(v-decoded[i])
	}
	return sum / float64(m.N)
}

func fit(t *testing.T, r autoencoder.Recipe, digits data.Digits) *autoencoder.Run {
	t.Helper()
	t.Setenv("CURIOUS_RUNS", t.TempDir())
	run, err := r.Fit(digits)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// C17: the linear model with squared errors finds the plane of the principal components, at their error, ½ Σ_{j>D} λ_j.
func TestLinearFindsPrincipalComponents(t *testing.T) {
	for name, digits := range map[string]func(*testing.T) data.Digits{
		// Of these 500 digits the 16th eigenvalue is 1.23 times the 17th; were they alike, the plane would not be defined.
		"pen strokes": func(*testing.T) data.Digits {
			few := data.PenStrokes(data.PenConfig{N: 500, Seed: 46}).Blocks14()
			return data.Digits{Train: few, Variant: data.Grey, Height: 14, Width: 14}
		},
		"MNIST": mnist,
	} {
		t.Run(name, func(t *testing.T) {
			digits := digits(t)
			const codes = 16
			_, axes, rest := principal(digits.Train, codes)
			r := autoencoder.Quick().WithLinear()
			r.Steps, r.Batch, r.Rate = 1500, digits.Train.N, train.Rate{Peak: 2e-2, Final: 1e-5, Warmup: 20}
			run := fit(t, r, digits)
			if got := squares(t, run, digits.Train); got > 1.01*rest || got < rest*(1-1e-4) {
				t.Errorf("squared error %.4f an image, the least possible is %.4f", got, rest)
			} else {
				t.Logf("squared error %.4f an image, the least possible is %.4f", got, rest)
			}
			if angle := largestAngle(t, run, axes); angle > 5 {
				t.Errorf("the decoder's plane is %.2f° off that of the principal components", angle)
			} else {
				t.Logf("largest principal angle %.2f°", angle)
			}
		})
	}
}

// mnist is real digits of 14×14, or the test is skipped.
func mnist(t *testing.T) data.Digits {
	t.Helper()
	full := os.Getenv("CURIOUS_TEST_FULL") == "1" && os.Getenv("CURIOUS_TEST_NO_DATA") == ""
	if os.Getenv("CURIOUS_DATA") == "" && !full {
		t.Skip("needs MNIST: set CURIOUS_DATA to the folder that holds it (go run . data get fetches it)")
	}
	digits, err := data.MNIST()
	if err != nil {
		t.Fatal(err)
	}
	if !digits.Real {
		t.Fatal("needs MNIST, and found ", digits)
	}
	digits = digits.At14()
	digits.Train, digits.Valid, digits.Test = digits.Train.First(1000), digits.Valid.First(0), digits.Test.First(500)
	return digits
}

// largestAngle is the largest principal angle in degrees between the plane that the decoder spans and that of the axes [d,k].
func largestAngle(t *testing.T, run *autoencoder.Run, axes *mat.Dense) float64 {
	t.Helper()
	d, k := axes.Dims()
	v := run.Store.GetVariable("/decoder/pixels/w")
	if v == nil {
		t.Fatal("no decoder weights")
	}
	weights := tensors.MustCopyFlatData[float32](v.MustValue())
	w := mat.NewDense(d, k, nil)
	for i, value := range weights { // [k,d]
		w.Set(i%d, i/d, float64(value))
	}
	var qr mat.QR
	qr.Factorize(w)
	var q mat.Dense
	qr.QTo(&q)
	var between mat.Dense
	between.Mul(q.Slice(0, d, 0, k).T(), axes)
	var svd mat.SVD
	if !svd.Factorize(&between, mat.SVDNone) {
		t.Fatal("no singular values")
	}
	cosines := svd.Values(nil) // descending
	return math.Acos(min(1, cosines[k-1])) * 180 / math.Pi
}

// C17: a code that may bend beats the best linear one of the same size, on images that neither has seen.
func TestNonLinearBeatsPrincipalComponents(t *testing.T) {
	digits := penStrokes()
	const codes = 16
	mean, axes, _ := principal(digits.Train, codes)
	linear := 0.0
	d := len(mean)
	floats := digits.Test.Floats()
	for i := range digits.Test.N {
		x := mat.NewVecDense(d, nil)
		for j := range d {
			x.SetVec(j, float64(floats[i*d+j])-mean[j])
		}
		var code mat.VecDense
		code.MulVec(axes.T(), x)
		linear += (mat.Dot(x, x) - mat.Dot(&code, &code)) / float64(digits.Test.N)
	}
	r := autoencoder.Quick().WithGaussian()
	r.Steps, r.Batch, r.Rate = 400, 100, train.Rate{Peak: 4e-3, Final: 1e-5, Warmup: 50}
	run := fit(t, r, digits)
	if bent := squares(t, run, digits.Test); bent > 0.9*linear {
		t.Errorf("squared error %.3f an image, that of %d principal components is %.3f", bent, codes, linear)
	} else {
		t.Logf("squared error %.3f an image, that of %d principal components is %.3f", bent, codes, linear)
	}
}

func open(t *testing.T) *engine.Engine {
	t.Helper()
	e, err := engine.Open()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// C17: a perfect copy with logits of ±20 costs nothing, here 196·e^−20 = 4e-7 nats (logits through another sigmoid would cost 61), and a fair coin for
// each pixel 196 log 2, the sum over pixels and not their mean. Half the squared error of an image that is 0.5 off everywhere is 196/8.
func TestCostIsASumOverPixels(t *testing.T) {
	e := open(t)
	on := binary(penStrokes()).Test.First(3)
	for name, c := range map[string]struct {
		model   autoencoder.Autoencoder
		decoded func(x *Node) *Node
		want    float64
	}{
		"perfect copy":  {autoencoder.Autoencoder{}, func(x *Node) *Node { return MulScalar(AddScalar(x, -0.5), 40) }, 196 * math.Exp(-20)},
		"fair coins":    {autoencoder.Autoencoder{}, ZerosLike, 196 * math.Ln2},
		"half off":      {autoencoder.Autoencoder{Gaussian: true}, func(x *Node) *Node { return AddScalar(x, 0.5) }, 196 / 8.},
		"Gaussian copy": {autoencoder.Autoencoder{Gaussian: true}, Identity, 0},
	} {
		costs, dims, err := check.Evaluate(e.Backend, func(in []*Node) *Node { return c.model.Compare(in[0], c.decoded(in[0])) }, on.Tensor())
		if err != nil || !slices.Equal(dims, []int{3}) {
			t.Fatalf("%s: shape %v, error %v", name, dims, err)
		}
		for _, cost := range costs {
			if math.Abs(float64(cost)-c.want) > 1e-5*(1+c.want) {
				t.Errorf("%s costs %v, want %v", name, cost, c.want)
			}
		}
	}
}

// Section G's smoke rule: the last layer starts at zero, so that a fresh model pays log 2 a pixel.
func TestInitialLossIsUniform(t *testing.T) {
	m := autoencoder.Autoencoder{Height: 6, Width: 5, Codes: 3, Hidden: 8}
	logProb := func(scope *model.Scope, x *Node) *Node { return Neg(m.Cost(scope, x)) }
	if err := check.InitialLossIsUniform(open(t).Backend, model.NewStore(), logProb, 6, 5, 2); err != nil {
		t.Error(err)
	}
}

// A short training learns; what it leaves can be opened and gives the same codes, whichever way the images are cut.
func TestRun(t *testing.T) {
	digits := binary(penStrokes())
	r := autoencoder.Quick()
	r.Steps = 200
	r.Model = autoencoder.Autoencoder{Hidden: 32, Codes: 5}
	run := fit(t, r, digits)
	metrics, err := run.Metrics()
	if err != nil || len(metrics) == 0 {
		t.Fatal(len(metrics), err)
	}
	if first, want := metrics[0].Loss, 196*math.Ln2; math.Abs(first-want) > 0.05*want {
		t.Errorf("the first loss is %v, want %v", first, want)
	}
	// The mean cost of independent pixels, which needs no code, is about 85 nats.
	if last := metrics[len(metrics)-1].Loss; last > 75 {
		t.Errorf("the loss is %v after %d steps", last, run.Step)
	}
	opened, err := autoencoder.Open("quick")
	if err != nil {
		t.Fatal(err)
	}
	images := digits.Train.First(1203) // three chunks, the last one short
	codes, err := opened.Codes(images)
	if err != nil || len(codes) != 1203*5 {
		t.Fatal(len(codes), err)
	}
	few, err := run.Codes(images.Range(1190, 1203))
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range few {
		if w := codes[1190*5+i]; math.Abs(float64(v-w)) > 1e-4*(1+math.Abs(float64(w))) {
			t.Fatalf("code %d is %v among others and %v alone", i, w, v)
		}
	}
	pixels, err := opened.Reconstruct(images)
	if err != nil || len(pixels) != 1203*196 || slices.Min(pixels) < 0 || slices.Max(pixels) > 1 {
		t.Fatal(len(pixels), slices.Min(pixels), slices.Max(pixels), err)
	}
	if got := len(opened.Pictures(pixels)); got != 1203 {
		t.Errorf("%d pictures", got)
	}
	costs, err := opened.Costs(images)
	if err != nil || len(costs) != 1203 || slices.Min(costs) <= 0 {
		t.Fatal(len(costs), err)
	}
}

func TestRefuses(t *testing.T) {
	t.Setenv("CURIOUS_RUNS", t.TempDir())
	grey := penStrokes()
	digits := binary(grey)
	store := model.NewStore()
	run := &autoencoder.Run{
		Run:    &train.Run{Settings: train.Settings{Name: "autoencoder", Preset: "quick"}, Store: store, Backend: open(t).Backend},
		Recipe: autoencoder.Recipe{Model: autoencoder.Autoencoder{Height: 14, Width: 14}},
	}
	changed := func(change func(*autoencoder.Recipe)) autoencoder.Recipe {
		r := autoencoder.Quick()
		change(&r)
		return r
	}
	fitted := func(r autoencoder.Recipe, d data.Digits) error { _, err := r.Fit(d); return err }
	for name, c := range map[string]struct {
		do   func() error
		says string
	}{
		"unknown preset":         {func() error { _, err := autoencoder.Preset("huge"); return err }, "quick, laptop and paper"},
		"opening what is not":    {func() error { _, err := autoencoder.Open("quick"); return err }, "run the cell that calls Fit"},
		"opening unknown preset": {func() error { _, err := autoencoder.Open("quik"); return err }, "quick, laptop and paper"},
		"grey to Bernoulli":      {func() error { return fitted(autoencoder.Quick(), grey) }, "must be binary"},
		"negative codes":         {func() error { return fitted(changed(func(r *autoencoder.Recipe) { r.Model.Codes = -1 }), digits) }, "above zero"},
		"batch of none":          {func() error { return fitted(changed(func(r *autoencoder.Recipe) { r.Batch = 0 }), digits) }, "at least 1"},
		"batch too large":        {func() error { return fitted(changed(func(r *autoencoder.Recipe) { r.Batch = 1e6 }), digits) }, "there are only"},
		"no steps":               {func() error { return fitted(changed(func(r *autoencoder.Recipe) { r.Steps = 0 }), digits) }, "at least one"},
		"no images":              {func() error { _, err := run.Codes(digits.Test.First(0)); return err }, "no images"},
		"other size":             {func() error { _, err := run.Reconstruct(data.PenStrokes(data.PenConfig{N: 2})); return err }, "14×14"},
		"grey images":            {func() error { _, err := run.Costs(grey.Test); return err }, "binary"},
	} {
		err := c.do()
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line with %q", name, err, c.says)
		}
	}
}
