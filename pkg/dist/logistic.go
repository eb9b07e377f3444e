package dist

import (
	"math"

	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Logistics is a mixture of M logistic distributions over the K levels of a pixel (Salimans et al. 2017, https://arxiv.org/abs/1701.05517). A level x, scaled to v from −1
// to 1, gets what lies between the middles to its neighbours, and the first and the last level get all that is beyond:
//
//	p(x) = Σ_m π_m [σ((v + δ − μ_m)/s_m) − σ((v − δ − μ_m)/s_m)]        δ = 1/(K−1), half the way from level to level
//
// with −∞ in place of v − δ at the first level and +∞ in place of v + δ at the last. So probabilities sum to one whatever the parameters are.
type Logistics struct {
	Logits    *Node // [..., M] of the weights π
	Means     *Node // [..., M] μ, where levels go from −1 to 1
	LogScales *Node // [..., M] log s
}

// LogProb is log p in nats of values x [...] in [0,1], which are levels/(K−1): [...]. No gradient passes to x.
//
// The difference of two sigmoids is lost in rounding where both are near 0 or near 1. So it is written as σ(a) − σ(b) = σ(a) σ(−b) (1 − e^(b−a)), all of
// whose factors have an exact logarithm: far from every mean log p falls as −|v − μ|/s, and its gradient is right.
func (l Logistics) LogProb(x *Node, levels int) *Node {
	level := Round(MulScalar(StopGradient(InsertAxes(x, -1)), float64(levels-1)))
	half := 1 / float64(levels-1)
	edge := func(by float64) *Node { // the upper edge of a level is the lower one of the next to the last bit, so that what one lacks the other has
		return AddScalar(MulScalar(AddScalar(MulScalar(level, 2), by), half), -1)
	}
	sharp := Exp(Neg(l.LogScales))
	a, b := Mul(Sub(edge(1), l.Means), sharp), Mul(Sub(edge(-1), l.Means), sharp)
	first, last := lessThan(level, 0.5), lessThan(Neg(level), 1.5-float64(levels))
	below := Mul(OneMinus(last), softplus(Neg(a)))                                 // −log σ(a), nothing at the last level
	above := Mul(OneMinus(first), softplus(b))                                     // −log σ(−b), nothing at the first
	between := Mul(OneMinus(Add(first, last)), log1mExp(MulScalar(sharp, 2*half))) // a − b = 2δ/s
	return logSumExp(Add(LogSoftmax(l.Logits, -1), Sub(between, Add(below, above))))
}

// lessThan is 1 where x < limit, else 0.
func lessThan(x *Node, limit float64) *Node {
	return ConvertDType(LessThan(x, Scalar(x.Graph(), x.DType(), limit)), x.DType())
}

// log1mExp is log(1 − e^−w) for w > 0. Where w is small, and 1 − e^−w would lose its digits, it is the series log w − w/2 + w²/24 − w⁴/2880.
func log1mExp(w *Node) *Node {
	const small = 0.5
	near, far := MinScalar(w, small), MaxScalar(w, small) // each branch stays where it is sound, lest its gradient be infinite
	square := Square(near)
	series := Add(Sub(Log(near), MulScalar(near, 0.5)), Sub(MulScalar(square, 1.0/24), MulScalar(Square(square), 1.0/2880)))
	return Where(LessThan(w, Scalar(w.Graph(), w.DType(), small)), series, Log1p(Neg(Exp(Neg(far)))))
}

// logSumExp is log Σ exp(x) over the last axis, [..., M] → [...].
func logSumExp(x *Node) *Node {
	largest := StopGradient(ReduceAndKeep(x, ReduceMax, -1))
	return Add(Squeeze(largest, -1), Log(ReduceSum(Exp(Sub(x, largest)), -1)))
}

// LogProbs is log p of every level, in nats: [..., K]. It is [Logistics.LogProb] of each, but two levels share the work at the edge between them.
func (l Logistics) LogProbs(levels int) *Node {
	g, half := l.Logits.Graph(), 1/float64(levels-1)
	count := Iota(g, shapes.Make(l.Means.DType(), levels+1, 1), 0)
	edges := AddScalar(MulScalar(AddScalar(MulScalar(count, 2), -1), half), -1) // edge k is the lower one of level k
	sharp := Exp(Neg(InsertAxes(l.LogScales, -2)))
	z := Mul(Sub(ExpandLeftToRank(edges, l.Means.Rank()+1), InsertAxes(l.Means, -2)), sharp) // [..., K+1, M]
	beyond, abs := Log1p(Exp(Neg(Abs(z)))), Abs(z)
	level := Iota(g, shapes.Make(z.DType(), levels, 1), 0)
	first, last := lessThan(level, 0.5), lessThan(Neg(level), 1.5-float64(levels))
	spread := func(x *Node) *Node { return ExpandLeftToRank(x, z.Rank()) }
	below := Mul(spread(OneMinus(last)), SliceAxis(Add(beyond, MulScalar(Sub(abs, z), 0.5)), -2, AxisRange(1)))          // −log σ(upper edge)
	above := Mul(spread(OneMinus(first)), SliceAxis(Add(beyond, MulScalar(Add(abs, z), 0.5)), -2, AxisRange(0, levels))) // −log σ(−lower edge)
	between := Mul(spread(OneMinus(Add(first, last))), log1mExp(MulScalar(sharp, 2*half)))
	return logSumExp(Add(InsertAxes(LogSoftmax(l.Logits, -1), -2), Sub(between, Add(below, above))))
}

// Sample draws values in [0,1], levels/(K−1): [...]. It draws a component by adding Gumbel noise to the logits, and then its level, which is the one nearest to a
// draw of its logistic, μ + s·(log u − log(1−u)). No gradient passes.
func (l Logistics) Sample(scope *model.Scope, levels int) *Node {
	uniform := func() *Node { // strictly between 0 and 1
		u := scope.RandomUniform(l.Logits.Graph(), l.Logits.Shape())
		return AddScalar(MulScalar(u, 1-math.Exp2(-22)), math.Exp2(-23))
	}
	gumbel := Neg(Log(Neg(Log(uniform()))))
	chosen := OneHot(ArgMax(Add(l.Logits, gumbel), -1), l.Logits.Shape().Dim(-1), l.Logits.DType())
	u := uniform()
	v := Add(l.Means, Mul(Exp(l.LogScales), Sub(Log(u), Log(OneMinus(u)))))
	v = ReduceSum(Mul(chosen, ClipScalar(v, -1, 1)), -1)
	level := Round(MulScalar(AddScalar(v, 1), 0.5*float64(levels-1)))
	return StopGradient(DivScalar(level, float64(levels-1)))
}
