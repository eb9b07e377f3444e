// Package dist holds probability distributions on graphs: log-probabilities in nats, samples, divergences.
//
// Functions work element by element and keep the shape of their arguments; the caller sums over the axes of one example.
package dist

import (
	"math"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// softplus is log(1 + eˡ), written so that it neither overflows nor has a kink at zero: log(1 + e^−|l|) + (l + |l|)/2.
func softplus(l *Node) *Node {
	abs := Abs(l)
	return Add(Log1p(Exp(Neg(abs))), MulScalar(Add(l, abs), 0.5))
}

// BernoulliLogProb is log p(x) in nats for x in {0, 1} and p(x = 1) = σ(logits): x·l − log(1 + eˡ).
func BernoulliLogProb(x, logits *Node) *Node {
	return Sub(Mul(x, logits), softplus(logits))
}

// NormalLogProb is the log-density in nats of N(mean, e^{2·logStd}) at x.
func NormalLogProb(x, mean, logStd *Node) *Node {
	z := Mul(Sub(x, mean), Exp(Neg(logStd)))
	return AddScalar(Neg(Add(MulScalar(Square(z), 0.5), logStd)), -0.5*math.Log(2*math.Pi))
}

// StandardNormalLogProb is the log-density in nats of N(0, 1) at z.
func StandardNormalLogProb(z *Node) *Node {
	return AddScalar(MulScalar(Square(z), -0.5), -0.5*math.Log(2*math.Pi))
}

// NormalKL is the divergence in nats from N(mean, e^{2·logStd}) to N(0, 1): (μ² + σ² − 1 − log σ²)/2.
func NormalKL(mean, logStd *Node) *Node {
	variance := Exp(MulScalar(logStd, 2))
	return MulScalar(Sub(AddScalar(Add(Square(mean), variance), -1), MulScalar(logStd, 2)), 0.5)
}

// SampleNormal draws z = μ + σ·ε, ε ~ N(0, 1), so that gradients reach mean and logStd (Kingma and Welling 2014, https://arxiv.org/abs/1312.6114).
func SampleNormal(scope *model.Scope, mean, logStd *Node) *Node {
	noise := scope.RandomNormal(mean.Graph(), mean.Shape())
	return Add(mean, Mul(Exp(logStd), noise))
}
