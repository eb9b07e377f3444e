package dist_test

import (
	"fmt"
	"math"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/dist"
	"github.com/curious-go/curious/pkg/engine"
)

func open(t testing.TB) *engine.Engine {
	t.Helper()
	e, err := engine.Open()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// near is equality up to float32's digits.
func near(got float32, want float64) bool {
	return math.Abs(float64(got)-want) <= 2e-6*(1+math.Abs(want))
}

func call[F ExecGraphFn](t *testing.T, f F, args ...any) []float32 {
	t.Helper()
	outputs, err := CallOnceN(open(t).Backend, f, args...)
	if err != nil {
		t.Fatal(err)
	}
	return tensors.MustCopyFlatData[float32](outputs[0])
}

func TestBernoulliLogProb(t *testing.T) {
	for _, test := range []struct {
		x, logit float32
		want     float64 // −log(1 + e^∓l)
	}{
		{0, 0, -math.Ln2},
		{1, 0, -math.Ln2},
		{1, 1, -0.31326169},  // log σ(1)
		{0, 1, -1.31326169},  // log σ(−1)
		{1, -3, -3.04858735}, // log σ(−3)
		{1, 80, 0},           // e^−80 is below float32's digits
		{0, 80, -80},
		{1, 1e4, 0}, // e^1e4 overflows
		{0, 1e4, -1e4},
		{1, -1e4, -1e4},
		{0, -1e4, 0},
		{1, 1e30, 0},
	} {
		if got := call(t, dist.BernoulliLogProb, []float32{test.x}, []float32{test.logit})[0]; !near(got, test.want) {
			t.Errorf("log p(%g) at logit %g is %g, want %g", test.x, test.logit, got, test.want)
		}
	}
}

// d/dl log p(x) = x − σ(l), at 0, where |l| has its kink, and far out, where eˡ overflows.
func TestBernoulliGradient(t *testing.T) {
	logits := []float32{0, 1e-4, -2, 30, 200, -200, 1e4, -1e4}
	for _, x := range []float32{0, 1} {
		got := call(t, func(l *Node) *Node {
			return Gradient(ReduceAllSum(dist.BernoulliLogProb(MulScalar(OnesLike(l), x), l)), l)[0]
		}, logits)
		for i, l := range logits {
			if want := float64(x) - 1/(1+math.Exp(-float64(l))); !near(got[i], want) {
				t.Errorf("slope of log p(%g) at logit %g is %g, want %g", x, l, got[i], want)
			}
		}
	}
}

func TestNormal(t *testing.T) {
	log2 := math.Log(2)
	for _, test := range []struct {
		x, mean, std float64
		want         float64
	}{
		{0, 0, 1, -0.91893853}, // −log√(2π)
		{1, 0, 1, -1.41893853}, // half a nat less
		{3, 1, 2, -0.91893853 - 0.5 - log2},
		{0.5, 0.5, 0.01, -0.91893853 + math.Log(100)}, // a density may be above one
	} {
		args := []any{[]float32{float32(test.x)}, []float32{float32(test.mean)}, []float32{float32(math.Log(test.std))}}
		if got := call(t, dist.NormalLogProb, args...)[0]; !near(got, test.want) {
			t.Errorf("log N(%g; %g, %g²) = %g, want %g", test.x, test.mean, test.std, got, test.want)
		}
		if test.mean == 0 && test.std == 1 {
			if got := call(t, dist.StandardNormalLogProb, args[0])[0]; !near(got, test.want) {
				t.Errorf("log N(%g; 0, 1) = %g, want %g", test.x, got, test.want)
			}
		}
	}
}

// (μ² + σ² − 1 − log σ²)/2: ½ at μ 1, σ 1; (4 − 1 − log 4)/2 = 0.80685 at μ 0, σ 2; 0 at the prior itself.
func TestNormalKL(t *testing.T) {
	for _, test := range []struct{ mean, std, want float64 }{
		{0, 1, 0}, {1, 1, 0.5}, {-1, 1, 0.5}, {0, 2, 0.80685282}, {0, 0.5, (0.25 - 1 + math.Log(4)) / 2},
	} {
		got := call(t, dist.NormalKL, []float32{float32(test.mean)}, []float32{float32(math.Log(test.std))})[0]
		if !near(got, test.want) {
			t.Errorf("KL of N(%g, %g²) is %g, want %g", test.mean, test.std, got, test.want)
		}
	}
	slope := call(t, func(mean, logStd *Node) *Node {
		return Concatenate(Gradient(ReduceAllSum(dist.NormalKL(mean, logStd)), mean, logStd), 0)
	}, []float32{0, 3}, []float32{0, 0})
	if fmt.Sprint(slope) != "[0 3 0 0]" { // ∂/∂μ = μ, ∂/∂log σ = σ² − 1
		t.Error(slope)
	}
}

// 100,000 draws of N(3, 2²): mean within 0.03 (4.7 standard errors), standard deviation within 0.02; and the gradient of their sum towards the
// mean is 1 each, towards log σ it is σ·ε.
func TestSampleNormal(t *testing.T) {
	const n = 100_000
	store := model.NewStore()
	if err := store.SetRNGStateFromSeed(1); err != nil {
		t.Fatal(err)
	}
	exec, err := model.NewExec(open(t).Backend, store, func(scope *model.Scope, mean, logStd *Node) []*Node {
		z := dist.SampleNormal(scope, mean, logStd)
		slopes := Gradient(ReduceAllSum(z), mean, logStd)
		return []*Node{z, slopes[0], slopes[1]}
	})
	if err != nil {
		t.Fatal(err)
	}
	means, logStds := make([]float32, n), make([]float32, n)
	for i := range n {
		means[i], logStds[i] = 3, float32(math.Log(2))
	}
	outputs, err := exec.Call(means, logStds)
	if err != nil {
		t.Fatal(err)
	}
	z, toMean, toStd := tensors.MustCopyFlatData[float32](outputs[0]), tensors.MustCopyFlatData[float32](outputs[1]), tensors.MustCopyFlatData[float32](outputs[2])
	var sum, squares float64
	for i := range n {
		sum += float64(z[i])
		squares += (float64(z[i]) - 3) * (float64(z[i]) - 3)
		if toMean[i] != 1 || math.Abs(float64(toStd[i]-(z[i]-3))) > 1e-5 {
			t.Fatalf("draw %d is %g: slopes %g and %g", i, z[i], toMean[i], toStd[i])
		}
	}
	if mean, std := sum/n, math.Sqrt(squares/n); math.Abs(mean-3) > 0.03 || math.Abs(std-2) > 0.02 {
		t.Errorf("mean %g, standard deviation %g", mean, std)
	}
	again, err := exec.Call(means, logStds)
	if err != nil {
		t.Fatal(err)
	}
	if tensors.MustCopyFlatData[float32](again[0])[0] == z[0] {
		t.Error("the same draws come twice")
	}
}
