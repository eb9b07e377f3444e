package dist

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// CategoricalLogProb is log p(k) in nats for a level k, int32 [...], and p = softmax(logits), logits [...,K]: l_k − log Σ_j exp(l_j).
func CategoricalLogProb(level, logits *Node) *Node {
	largest := StopGradient(ReduceAndKeep(logits, ReduceMax, -1)) // taken off first, so that no exponential overflows
	logits = Sub(logits, largest)
	chosen := Mul(OneHot(level, logits.Shape().Dim(-1), logits.DType()), logits)
	return Sub(ReduceSum(chosen, -1), Log(ReduceSum(Exp(logits), -1)))
}
