package lesson

import (
	"fmt"
	"math"
	"slices"
	"strings"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/curious-go/curious/pkg/engine"
	"github.com/curious-go/curious/pkg/score/check"
)

var vae = []Exercise{
	{
		ID:  "kl",
		Ask: "Write the divergence of the code's distribution from the prior, KL(N(μ, σ²) ‖ N(0, 1)), as a graph function: `mu` and `sigma` are [B,D], the answer is [B], in nats.",
		Hints: []string{
			"for one number of the code it is ½ (μ² + σ² − 1 − log σ²). It is zero for μ = 0, σ = 1.",
			"Square, Log, Add, Sub, AddScalar and MulScalar work element by element; ReduceSum(x, 1) sums over D.",
			"return MulScalar(ReduceSum(Sub(AddScalar(Add(Square(mu), Square(sigma)), -1), Log(Square(sigma))), 1), 0.5)",
		},
		Right: "That is the price of the code: the nats that it costs to send, on average, to somebody who knows the prior.",
		judge: judgeKL,
	},
	{
		ID:  "bound-order",
		Ask: "Put these in order, **the smallest first**: `\"log p(x)\"`, `\"ELBO\"`, `\"L_50\"`, `\"L_5\"`, where L_k is the importance-weighted bound of k samples.",
		Hints: []string{
			"the ELBO is L_1. All of them are lower bounds on log p(x).",
			"more samples never make the bound worse on average.",
			"ELBO = L_1 ≤ L_5 ≤ …",
		},
		Right: "So −ELBO overstates what the model costs, and each further sample takes some of that back. Tables of VAEs quote L_5000.",
		judge: judgeBoundOrder,
	},
	{
		ID:  "log-mean-exp",
		Ask: "Write L_k: given the k log-weights log p(x,z_i)/q(z_i|x) of an image, return log (1/k) Σ_i e^{w_i}.",
		Hints: []string{
			"average the weights, then take the logarithm. In that order: the mean of logarithms is only the ELBO.",
			"the weights of an image are about e^−90, and of a larger one e^−5000, which is zero to a computer. Take the largest log-weight out first.",
			"log (1/k) Σ e^{w_i} = m + log (1/k) Σ e^{w_i − m}, with m the largest w_i",
		},
		Right: "And it neither overflows nor underflows, whatever the size of the image.",
		judge: judgeLogMeanExp,
	},
}

// klCases are means and deviations of codes of two numbers. The first two are the goldens of card C18, ½ and 0.80685.
var klCases = []struct{ mu, sigma [2]float64 }{
	{[2]float64{1, 0}, [2]float64{1, 1}},
	{[2]float64{0, 0}, [2]float64{2, 1}},
	{[2]float64{1, -2}, [2]float64{0.5, 3}},
}

// klMistakes are what each number of the code contributes when it is written wrongly.
var klMistakes = []struct {
	term func(mu, sigma float64) float64
	says string
}{
	{func(m, s float64) float64 { return (m*m + math.Exp(s) - 1 - s) / 2 }, "it takes σ for log σ². Here sigma is the standard deviation itself"},
	{func(m, s float64) float64 { return (m*m + math.Exp(2*s) - 1 - 2*s) / 2 }, "it takes σ for log σ. Here sigma is the standard deviation itself"},
	{func(m, s float64) float64 { return (m*m + s - 1 - math.Log(s)) / 2 }, "it takes σ for the variance. Square it"},
	{func(m, s float64) float64 { return (m*m + s*s - 1 - math.Log(s)) / 2 }, "it has log σ where log σ² belongs"},
	{func(m, s float64) float64 { return m*m + s*s - 1 - 2*math.Log(s) }, "the factor ½ is missing"},
	{func(m, s float64) float64 { return (m*m + s*s - 2*math.Log(s)) / 2 }, "the −1 is missing: the divergence of N(0, 1) from itself must be zero"},
	{func(m, s float64) float64 { return (m + s*s - 1 - 2*math.Log(s)) / 2 }, "the mean is not squared"},
	{func(m, s float64) float64 { return -(m*m + s*s - 1 - 2*math.Log(s)) / 2 }, "the sign is the other way round: a divergence is never negative"},
	{func(m, s float64) float64 { return (m*m + s*s - 1 - 2*math.Log(s)) / 4 }, "it is the mean over the numbers of the code: their costs add up, so take the sum"},
	{func(m, s float64) float64 { return math.Log(s) + (1+m*m)/(2*s*s) - 0.5 }, "it is KL(prior ‖ code), the other way round"},
}

func judgeKL(answer any) string {
	f, ok := answer.(func(mu, sigma *Node) *Node)
	if !ok {
		return wrongType(answer, "a func(mu, sigma *Node) *Node")
	}
	if f == nil {
		return unanswered
	}
	e, err := engine.Open()
	if err != nil {
		return err.Error()
	}
	var mu, sigma []float32
	for _, c := range klCases {
		mu = append(mu, float32(c.mu[0]), float32(c.mu[1]))
		sigma = append(sigma, float32(c.sigma[0]), float32(c.sigma[1]))
	}
	n := len(klCases)
	nothing := false
	got, dims, err := check.Evaluate(e.Backend, func(in []*Node) *Node {
		out := f(in[0], in[1])
		if nothing = out == nil; nothing {
			return ScalarZero(in[0].Graph(), in[0].DType())
		}
		return out
	}, tensors.FromFlatDataAndDimensions(mu, n, 2), tensors.FromFlatDataAndDimensions(sigma, n, 2))
	switch {
	case nothing:
		return unanswered
	case err != nil:
		return "your graph cannot be built: " + strings.TrimPrefix(err.Error(), "check: running a graph function: ") + "."
	case len(dims) == 0:
		return "the answer is one number for the whole batch. Each image has its own: sum over the last axis only, ReduceSum(x, 1)."
	case slices.Equal(dims, []int{n, 2}):
		return "the answer is still [B,D], one number for each number of the code. Their costs add up: ReduceSum(x, 1)."
	case !slices.Equal(dims, []int{n}):
		return fmt.Sprintf("the answer has shape %v for mu of shape [%d 2], and should be [%d].", dims, n, n)
	}
	right := klTotals(func(m, s float64) float64 { return (m*m + s*s - 1 - 2*math.Log(s)) / 2 })
	if same(got, right) {
		return ""
	}
	for _, m := range klMistakes {
		if same(got, klTotals(m.term)) {
			return m.says + "."
		}
	}
	for i, c := range klCases {
		if !same(got[i:i+1], right[i:i+1]) {
			return fmt.Sprintf("for μ = %v and σ = %v it gives %.5g nats, and should give %.5g.", c.mu, c.sigma, got[i], right[i])
		}
	}
	return ""
}

func klTotals(term func(mu, sigma float64) float64) []float64 {
	totals := make([]float64, len(klCases))
	for i, c := range klCases {
		totals[i] = term(c.mu[0], c.sigma[0]) + term(c.mu[1], c.sigma[1])
	}
	return totals
}

func same(got []float32, want []float64) bool {
	for i, w := range want {
		if !(math.Abs(float64(got[i])-w) <= 1e-4*(1+math.Abs(w))) {
			return false
		}
	}
	return true
}

func judgeBoundOrder(answer any) string {
	got, ok := answer.([]string)
	if !ok {
		return wrongType(answer, "a []string")
	}
	if len(got) == 0 {
		return unanswered
	}
	want := []string{"ELBO", "L_5", "L_50", "log p(x)"}
	place := make([]int, len(got))
	for i, name := range got {
		name = strings.TrimSpace(name)
		place[i] = slices.IndexFunc(want, func(w string) bool { return strings.EqualFold(name, w) })
		if place[i] < 0 {
			return fmt.Sprintf("%q is none of %s.", name, strings.Join(want, ", "))
		}
		if slices.Contains(place[:i], place[i]) {
			return fmt.Sprintf("%q stands there twice.", name)
		}
	}
	switch {
	case len(got) < len(want):
		return fmt.Sprintf("there are %d of the four.", len(got))
	case slices.IsSorted(place):
		return ""
	case slices.Equal(place, []int{3, 2, 1, 0}):
		return "that is the order of the costs, −ELBO and so on, the smallest first. Of the bounds themselves it is the other way round."
	case place[3] != 3:
		return "all the others are bounds on log p(x) from below, and so none lies above it."
	default:
		for i := 1; i < len(place); i++ {
			if place[i] < place[i-1] {
				return fmt.Sprintf("%s has fewer samples than %s, and lies below it.", want[place[i]], want[place[i-1]])
			}
		}
	}
	return ""
}

func judgeLogMeanExp(answer any) string {
	f, ok := answer.(func([]float64) float64)
	if !ok {
		return wrongType(answer, "a func(logWeights []float64) float64")
	}
	if f == nil {
		return unanswered
	}
	for _, w := range [][]float64{{-90, -92, -91}, {-1, -1}, {3}, {-5000, -5001}, {800, 801}} {
		got := f(slices.Clone(w))
		m, sum, mean := slices.Max(w), 0.0, 0.0
		for _, v := range w {
			sum += math.Exp(v - m)
			mean += v / float64(len(w))
		}
		want := m + math.Log(sum/float64(len(w)))
		is := func(v float64) bool { return math.Abs(got-v) < 1e-6*(1+math.Abs(v)) }
		switch {
		case is(want):
			continue
		case got == 0:
			return unanswered
		case is(mean):
			return fmt.Sprintf("for %v it gives %.4f, the mean of the log-weights, which is the ELBO. Average the weights first: %.4f.", w, got, want)
		case is(want + math.Log(float64(len(w)))):
			return fmt.Sprintf("for %v it gives %.4f, and should give %.4f: the 1/k is missing.", w, got, want)
		case is(sum / float64(len(w)) * math.Exp(m)):
			return fmt.Sprintf("for %v it gives %.4g, the mean weight. Take its logarithm: %.4f.", w, got, want)
		case math.IsInf(got, 0) || math.IsNaN(got):
			return fmt.Sprintf("for %v it gives %v, since e to that power is too small or too large for a computer: take the largest log-weight out first.", w, got)
		default:
			return fmt.Sprintf("for %v it gives %.4f, and should give %.4f.", w, got, want)
		}
	}
	return ""
}
