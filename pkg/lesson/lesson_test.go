package lesson

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/curious-go/curious/pkg/nn"
	"github.com/curious-go/curious/pkg/score/check"
)

func bits(f func(nats, dims float64) float64) func(float64, int) float64 {
	return func(nats float64, dims int) float64 { return f(nats, float64(dims)) }
}

func half(x *Node) *Node { return MulScalar(x, 0.5) }

// kl builds the right divergence up to the sum; mu2 is μ², variance is σ².
func kl(mu2, variance *Node) *Node {
	return Sub(AddScalar(Add(mu2, variance), -1), Log(variance))
}

func logMeanExp(w []float64) float64 {
	m, sum := slices.Max(w), 0.0
	for _, v := range w {
		sum += math.Exp(v - m)
	}
	return m + math.Log(sum/float64(len(w)))
}

func before(_ bool, row, col int) bool { return row < 0 || row == 0 && col < 0 }

const blindSpot = `
	. . . . .
	# # # # .
	# # # . .
	# ? . . .
	. . . . .`

func TestJudge(t *testing.T) {
	for _, c := range []struct {
		name, id string
		answer   any
		state    State
		says     string // part of what is said
	}{
		{"right", "fair-coin", 543.43, Right, "97.24"},
		{"right as a float32", "fair-coin", float32(543.4), Right, ""},
		{"unanswered", "fair-coin", 0.0, Unanswered, "Hint: "},
		{"an integer of zero", "fair-coin", 0, Unanswered, ""},
		{"bits", "fair-coin", 784, Wrong, "number of bits"},
		{"one pixel", "fair-coin", math.Ln2, Wrong, "one pixel"},
		{"log 10", "fair-coin", 236.0, Wrong, "base 10"},
		{"sign", "fair-coin", -543.43, Wrong, "wrong sign"},
		{"too much", "fair-coin", 600.0, Wrong, "too much"},
		{"too little", "fair-coin", 500.0, Wrong, "too little"},
		{"not a number", "fair-coin", math.NaN(), Wrong, "not a number"},
		{"text", "fair-coin", "543.43", Wrong, "should be a number"},
		{"nothing", "fair-coin", nil, Unanswered, ""},

		{"right", "bits-per-dim", bits(func(n, d float64) float64 { return n / math.Ln2 / d }), Right, "fifth"},
		{"unanswered", "bits-per-dim", bits(func(float64, float64) float64 { return 0 }), Unanswered, ""},
		{"nil", "bits-per-dim", nil, Unanswered, ""},
		{"nats", "bits-per-dim", bits(func(n, d float64) float64 { return n / d }), Wrong, "nats for each number"},
		{"whole image", "bits-per-dim", bits(func(n, _ float64) float64 { return n / math.Ln2 }), Wrong, "share them out"},
		{"multiplied", "bits-per-dim", bits(func(n, d float64) float64 { return n * math.Ln2 / d }), Wrong, "do not multiply"},
		{"for 784 only", "bits-per-dim", bits(func(n, _ float64) float64 { return n / math.Ln2 / 784 }), Wrong, "for 10.00 nats and 5 dimensions"},
		{"other function", "bits-per-dim", func() {}, Wrong, "should be a func"},

		{"right", "masks", func(first bool, row, col int) bool {
			return before(first, row, col) || !first && row == 0 && col == 0
		}, Right, "causal"},
		{"unanswered", "masks", func(bool, int, int) bool { return false }, Unanswered, ""},
		{"B first", "masks", func(first bool, row, col int) bool {
			return before(first, row, col) || row == 0 && col == 0
		}, Wrong, "simply copy it. Tried on a small model: logits at pixel (0,0) change when that pixel itself changes"},
		{"two As", "masks", before, Wrong, "closes its own place"},
		{"transposed", "masks", func(first bool, row, col int) bool {
			return col < 0 || col == 0 && row < 0 || !first && row == 0 && col == 0
		}, Wrong, "mask A closes the place (-2 row, +1 column)"},
		{"to the right", "masks", func(bool, int, int) bool { return true }, Wrong, "simply copy it"},
		{"below", "masks", func(first bool, row, col int) bool {
			return before(first, row, col) || row == 1 || !first && row == 0 && col == 0
		}, Wrong, "(+1 row, -2 column), which comes later. Tried on a small model: logits at pixel"},
		{"no corner", "masks", func(first bool, row, col int) bool {
			return before(first, row, col) && col > -2 || !first && row == 0 && col == 0
		}, Wrong, "comes earlier and may be seen"},
		{"panics", "masks", func(_ bool, row, _ int) bool { return []bool{true}[row+2] }, Wrong, "your code panics: "},

		{"right", "blind-spot", blindSpot, Right, "wedge"},
		{"right as booleans", "blind-spot", [][]bool(check.Reach(nn.MaskA(3), nn.MaskB(3))(5, 5, 16)), Right, ""},
		{"unanswered", "blind-spot", blindPicture, Unanswered, ""},
		{"empty", "blind-spot", "", Unanswered, ""},
		{"nil", "blind-spot", nil, Unanswered, ""},
		{"one layer", "blind-spot", check.Reach(nn.MaskA(3))(5, 5, 16), Wrong, "one layer sees"},
		{"all before", "blind-spot", check.Before(5, 5, 16), Wrong, "an ideal model"},
		{"itself", "blind-spot", strings.Replace(blindSpot, "?", "#", 1), Wrong, "the pixel itself"},
		{"one too many", "blind-spot", strings.Replace(blindSpot, "# # # . .", "# # # # .", 1), Wrong, "(2,3) is marked"},
		{"one too few", "blind-spot", strings.Replace(blindSpot, "# # # # .", "# # # . .", 1), Wrong, "(1,3) is not marked"},
		{"later", "blind-spot", strings.Replace(blindSpot, "# ? .", "# ? #", 1), Wrong, "comes after"},
		{"size", "blind-spot", "# #\n# #", Wrong, "should have 5 of 5"},
		{"ragged", "blind-spot", [][]bool{{true}, {}, {}, {}, {}}, Wrong, "should have 5 of 5"},
		{"letters", "blind-spot", "abc", Wrong, "draw #"},
		{"a number", "blind-spot", 7, Wrong, "a picture"},

		{"right", "kl", func(mu, sigma *Node) *Node { return half(ReduceSum(kl(Square(mu), Square(sigma)), 1)) }, Right, "price of the code"},
		{"unanswered", "kl", func(_, _ *Node) *Node { return nil }, Unanswered, ""},
		{"nil", "kl", (func(_, _ *Node) *Node)(nil), Unanswered, ""},
		{"log variance", "kl", func(mu, sigma *Node) *Node { return half(ReduceSum(kl(Square(mu), Exp(sigma)), 1)) }, Wrong, "takes σ for log σ²"},
		{"log deviation", "kl", func(mu, sigma *Node) *Node { return half(ReduceSum(kl(Square(mu), Exp(MulScalar(sigma, 2))), 1)) }, Wrong, "takes σ for log σ."},
		{"variance", "kl", func(mu, sigma *Node) *Node { return half(ReduceSum(kl(Square(mu), sigma), 1)) }, Wrong, "for the variance"},
		{"no half", "kl", func(mu, sigma *Node) *Node { return ReduceSum(kl(Square(mu), Square(sigma)), 1) }, Wrong, "½ is missing"},
		{"no one", "kl", func(mu, sigma *Node) *Node { return half(ReduceSum(AddScalar(kl(Square(mu), Square(sigma)), 1), 1)) }, Wrong, "−1 is missing"},
		{"mean not squared", "kl", func(mu, sigma *Node) *Node { return half(ReduceSum(kl(mu, Square(sigma)), 1)) }, Wrong, "mean is not squared"},
		{"sign", "kl", func(mu, sigma *Node) *Node { return Neg(half(ReduceSum(kl(Square(mu), Square(sigma)), 1))) }, Wrong, "never negative"},
		{"mean over the code", "kl", func(mu, sigma *Node) *Node { return half(ReduceMean(kl(Square(mu), Square(sigma)), 1)) }, Wrong, "take the sum"},
		{"not summed", "kl", func(mu, sigma *Node) *Node { return half(kl(Square(mu), Square(sigma))) }, Wrong, "still [B,D]"},
		{"summed over all", "kl", func(mu, sigma *Node) *Node { return half(ReduceAllSum(kl(Square(mu), Square(sigma)))) }, Wrong, "whole batch"},
		{"summed over the batch", "kl", func(mu, sigma *Node) *Node { return half(ReduceSum(kl(Square(mu), Square(sigma)), 0)) }, Wrong, "shape [2]"},
		{"something else", "kl", func(mu, sigma *Node) *Node { return ReduceSum(Mul(mu, sigma), 1) }, Wrong, "for μ = [1 0]"},
		{"shapes", "kl", func(mu, sigma *Node) *Node { return Add(mu, ReduceSum(sigma, 1)) }, Wrong, "your graph cannot be built"},
		{"panics", "kl", func(_, _ *Node) *Node { panic("oh") }, Wrong, "oh"},

		{"right", "bound-order", []string{"ELBO", "L_5", "L_50", "log p(x)"}, Right, "L_5000"},
		{"right, small letters", "bound-order", []string{"elbo", " l_5", "l_50", "log P(x)"}, Right, ""},
		{"unanswered", "bound-order", []string{}, Unanswered, ""},
		{"backwards", "bound-order", []string{"log p(x)", "L_50", "L_5", "ELBO"}, Wrong, "order of the costs"},
		{"above log p", "bound-order", []string{"ELBO", "L_5", "log p(x)", "L_50"}, Wrong, "none lies above"},
		{"swapped", "bound-order", []string{"ELBO", "L_50", "L_5", "log p(x)"}, Wrong, "L_5 has fewer samples than L_50"},
		{"unknown", "bound-order", []string{"ELBO", "L_7"}, Wrong, `"L_7" is none of`},
		{"twice", "bound-order", []string{"ELBO", "ELBO"}, Wrong, "twice"},
		{"too few", "bound-order", []string{"ELBO", "L_5"}, Wrong, "2 of the four"},

		{"right", "log-mean-exp", logMeanExp, Right, "neither overflows"},
		{"unanswered", "log-mean-exp", func([]float64) float64 { return 0 }, Unanswered, ""},
		{"mean of logs", "log-mean-exp", func(w []float64) float64 {
			sum := 0.0
			for _, v := range w {
				sum += v
			}
			return sum / float64(len(w))
		}, Wrong, "which is the ELBO"},
		{"no 1/k", "log-mean-exp", func(w []float64) float64 { return logMeanExp(w) + math.Log(float64(len(w))) }, Wrong, "1/k is missing"},
		{"no logarithm", "log-mean-exp", func(w []float64) float64 { return math.Exp(logMeanExp(w)) }, Wrong, "for [-90 -92 -91]"},
		{"underflows", "log-mean-exp", func(w []float64) float64 {
			sum := 0.0
			for _, v := range w {
				sum += math.Exp(v)
			}
			return math.Log(sum / float64(len(w)))
		}, Wrong, "for [-5000 -5001] it gives -Inf"},
	} {
		v, err := Judge(c.id, c.answer)
		if err != nil || v.State != c.state || !strings.Contains(v.Says, c.says) {
			t.Errorf("%s, %s: %v, %v, want %q", c.id, c.name, v, err, c.says)
		}
		if v.State == Wrong {
			t.Logf("%s, %s: %v", c.id, c.name, v)
		}
		if strings.ContainsAny(v.Says, "\n") || v.Says == "" {
			t.Errorf("%s, %s: %q is not one paragraph", c.id, c.name, v.Says)
		}
	}
}

func TestExercisesAreComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range All() {
		if e.ID == "" || seen[e.ID] || e.Ask == "" || len(e.Hints) == 0 || e.Right == "" || e.judge == nil {
			t.Errorf("%+v is not complete, or its name is taken", e)
		}
		seen[e.ID] = true
	}
}

func TestUnknownExercise(t *testing.T) {
	if _, err := Judge("blind-sport", 1); err == nil || !strings.Contains(err.Error(), "blind-spot") {
		t.Errorf("%v, want an error that lists the exercises", err)
	}
	var out bytes.Buffer
	checkTo(&out, "no such", 1)
	hintTo(&out, "no such", 1)
	if strings.Count(out.String(), "✗ lesson: ") != 2 {
		t.Errorf("printed %q", out.String())
	}
}

func TestHintsEnd(t *testing.T) {
	var out bytes.Buffer
	hintTo(&out, "fair-coin", 99)
	hintTo(&out, "fair-coin", -1)
	if want := "Hint 3 of 3: 28 · 28 · math.Log(2)\nHint 1 of 3: "; !strings.HasPrefix(out.String(), want) {
		t.Errorf("%q, want %q", out.String(), want)
	}
}
