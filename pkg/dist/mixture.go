package dist

import . "github.com/gomlx/gomlx/core/graph"

// NormalMixtureLogProb is the log-density in nats of a mixture of normal distributions, log Σ_k π_k N(x; μ_k, e^{2·logStd_k}): x [...] and
// logWeights = log π, means, logStds of shapes [..., K] that fit x with an axis for K added at the end → [...]. The weights must sum to one: take LogSoftmax.
func NormalMixtureLogProb(x, logWeights, means, logStds *Node) *Node {
	of := func(n *Node) *Node { return ExpandLeftToRank(n, x.Rank()+1) }
	return logSumExp(Add(of(logWeights), NormalLogProb(InsertAxes(x, -1), of(means), of(logStds))))
}
