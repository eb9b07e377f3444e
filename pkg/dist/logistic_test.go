package dist_test

import (
	"math"
	"math/rand/v2"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/curious-go/curious/pkg/dist"
)

// mixture is parameters of one pixel.
type mixture struct{ logits, means, logScales []float32 }

func (m mixture) args(rows int) []any {
	var args []any
	for _, list := range [][]float32{m.logits, m.means, m.logScales} {
		all := make([]float32, 0, rows*len(list))
		for range rows {
			all = append(all, list...)
		}
		args = append(args, tensors.FromFlatDataAndDimensions(all, rows, len(list)))
	}
	return args
}

// logProb is the definition in float64, by differences of logarithms that do not cancel: log(e^−p − e^−q) by expm1.
func (m mixture) logProb(k, levels int) float64 {
	logSigmoid := func(z float64) float64 { return min(z, 0) - math.Log1p(math.Exp(-math.Abs(z))) }
	norm, sum := math.Inf(-1), math.Inf(-1)
	add := func(a, b float64) float64 {
		top := max(a, b)
		if math.IsInf(top, -1) {
			return top
		}
		return top + math.Log(math.Exp(a-top)+math.Exp(b-top))
	}
	v, half := 2*float64(k)/float64(levels-1)-1, 1/float64(levels-1)
	for i, l := range m.logits {
		norm = add(norm, float64(l))
		mu, s := float64(m.means[i]), math.Exp(float64(m.logScales[i]))
		a, b := (v+half-mu)/s, (v-half-mu)/s
		each := logSigmoid(a) + logSigmoid(-b) + math.Log(-math.Expm1(b-a))
		switch k {
		case 0:
			each = logSigmoid(a)
		case levels - 1:
			each = logSigmoid(-b)
		}
		sum = add(sum, float64(l)+each)
	}
	return sum - norm
}

var mixtures = map[string]mixture{
	"one":            {[]float32{0}, []float32{0.1}, []float32{-2}},
	"sharp":          {[]float32{3}, []float32{-0.3}, []float32{-7}},
	"very sharp":     {[]float32{3}, []float32{0.5019608}, []float32{-20}},
	"flat":           {[]float32{0}, []float32{0}, []float32{5}},
	"outside":        {[]float32{1, 0}, []float32{-3, 2}, []float32{-4, -1}},
	"far outside":    {[]float32{0}, []float32{40}, []float32{-3}},
	"three":          {[]float32{1, -2, 0.5}, []float32{-0.9, 0, 0.8}, []float32{-5, -1, -3}},
	"one is certain": {[]float32{0, 90}, []float32{0, 0.4}, []float32{-1, -2.5}},
}

// Probabilities of all levels sum to one, and each is the definition's, however small: a logistic with mean 40 and scale 0.05 gives the first level e^−820.
func TestLogistics(t *testing.T) {
	for name, m := range mixtures {
		for _, levels := range []int{2, 3, 16, 256} {
			values := make([]float32, levels)
			for k := range values {
				values[k] = float32(k) / float32(levels-1)
			}
			args := append([]any{values}, m.args(levels)...)
			got := call(t, func(x, logits, means, logScales *Node) *Node {
				return dist.Logistics{Logits: logits, Means: means, LogScales: logScales}.LogProb(x, levels)
			}, args...)
			all := call(t, func(logits, means, logScales *Node) *Node {
				return dist.Logistics{Logits: logits, Means: means, LogScales: logScales}.LogProbs(levels)
			}, m.args(2)...)
			sum := 0.0
			for k, l := range got {
				sum += math.Exp(float64(l))
				// A mean is rounded to 6e-8, which the scale magnifies.
				slack := 1e-5
				for i, s := range m.logScales {
					slack += 1e-7 * (1 + math.Abs(float64(m.means[i]))) * math.Exp(-float64(s))
				}
				want := m.logProb(k, levels)
				for _, l := range []float32{l, all[k], all[levels+k]} {
					if math.Abs(float64(l)-want) > 1e-5*math.Abs(want)+slack {
						t.Errorf("%s: level %d of %d has log-probability %g, want %g", name, k, levels, l, want)
					}
				}
			}
			if math.Abs(sum-1) > 1e-5 {
				t.Errorf("%s: probabilities of %d levels sum to %.7f", name, levels, sum)
			}
		}
	}
}

// Gradients are those of the definition by finite differences, also 100 scales from the mean, where a clipped or cancelled probability would have none.
func TestLogisticsGradient(t *testing.T) {
	const levels = 256
	for name, m := range mixtures {
		if name == "very sharp" { // no finite difference is small enough
			continue
		}
		for _, k := range []int{0, 1, 77, 128, 254, 255} {
			args := append([]any{[]float32{float32(k) / (levels - 1)}}, m.args(1)...)
			got := call(t, func(x, logits, means, logScales *Node) *Node {
				slopes := Gradient(ReduceAllSum(dist.Logistics{Logits: logits, Means: means, LogScales: logScales}.LogProb(x, levels)), logits, means, logScales)
				return Concatenate(slopes, 1)
			}, args...)
			n := len(m.logits)
			for i := range got {
				list := [][]float32{m.logits, m.means, m.logScales}[i/n]
				was := list[i%n]
				const by = 1.0 / (1 << 14)
				list[i%n] = was + by
				more, up := m.logProb(k, levels), list[i%n]
				list[i%n] = was - by
				less, down := m.logProb(k, levels), list[i%n]
				list[i%n] = was
				want := (more - less) / (float64(up) - float64(down))
				if math.Abs(float64(got[i])-want) > 0.01*math.Abs(want)+1e-3 {
					t.Errorf("%s, level %d: slope %d is %g, by finite differences %g", name, k, i, got[i], want)
				}
			}
		}
	}
}

// 20,000 draws come as often as the log-probabilities say, by a chi-square test that a right sampler fails once in 100,000 times.
func TestLogisticsSample(t *testing.T) {
	const n = 20_000
	for _, levels := range []int{2, 9, 256} {
		for _, name := range []string{"one", "outside", "three", "one is certain"} {
			m := mixtures[name]
			store := model.NewStore()
			if err := store.SetRNGStateFromSeed(1); err != nil {
				t.Fatal(err)
			}
			exec, err := model.NewExec(open(t).Backend, store, func(scope *model.Scope, logits, means, logScales *Node) *Node {
				return dist.Logistics{Logits: logits, Means: means, LogScales: logScales}.Sample(scope, levels)
			})
			if err != nil {
				t.Fatal(err)
			}
			outputs, err := exec.Call(m.args(n)...)
			if err != nil {
				t.Fatal(err)
			}
			seen := make([]float64, levels)
			for _, x := range tensors.MustCopyFlatData[float32](outputs[0]) {
				k := math.Round(float64(x) * float64(levels-1))
				if x != float32(k)/float32(levels-1) && math.Abs(float64(x)*float64(levels-1)-k) > 1e-4 || k < 0 || int(k) >= levels {
					t.Fatalf("%s: a draw of %g is none of %d levels", name, x, levels)
				}
				seen[int(k)]++
			}
			var chi2, rare, rareWanted float64
			cells := -1
			for k := range seen {
				wanted := n * math.Exp(m.logProb(k, levels))
				if wanted < 5 {
					rare, rareWanted = rare+seen[k], rareWanted+wanted
					continue
				}
				chi2 += (seen[k] - wanted) * (seen[k] - wanted) / wanted
				cells++
			}
			if rareWanted > 1 {
				chi2 += (rare - rareWanted) * (rare - rareWanted) / rareWanted
				cells++
			}
			if cells < 1 {
				continue
			}
			if p := (distuv.ChiSquared{K: float64(cells)}).Survival(chi2); p < 1e-5 {
				t.Errorf("%s, %d levels: chi-square %.0f for %d kinds", name, levels, chi2, cells+1)
			}
		}
	}
}

// Twelve thousand random mixtures of up to ten logistics: every sum is one, nothing is infinite.
func TestLogisticsSumToOne(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const rows, levels = 1200, 256
	for _, components := range []int{1, 2, 10} {
		draw := func(scale, shift float64) *tensors.Tensor {
			values := make([]float32, rows*components)
			for i := range values {
				values[i] = float32(shift + scale*random.NormFloat64())
			}
			return tensors.FromFlatDataAndDimensions(values, rows, components)
		}
		got := call(t, func(logits, means, logScales *Node) *Node {
			all := dist.Logistics{Logits: logits, Means: means, LogScales: logScales}.LogProbs(levels)
			return Concatenate([]*Node{ReduceSum(Exp(all), -1), ReduceMin(all, -1)}, 0)
		}, draw(3, 0), draw(1, 0), draw(2, -3))
		for i := range rows {
			if sum, least := float64(got[i]), float64(got[rows+i]); math.Abs(sum-1) > 2e-5 || math.IsInf(least, 0) || math.IsNaN(least) {
				t.Fatalf("%d components: sum %.7f, smallest log-probability %g", components, sum, least)
			}
		}
	}
}
