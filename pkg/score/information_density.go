package score

import (
	"math"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/dist"
	"github.com/curious-go/curious/pkg/nn"
)

// Bells is about the smallest density model there is, of a single number: a mixture of K bells,
//
//	p(x) = Σ_k π_k N(x; μ_k, σ_k²)
//
// whose weights π, middles μ and widths σ are learned. It starts with equal bells spread evenly over a range.
type Bells struct {
	K         int     // bells [3]
	Low, High float64 // the range to begin with [0, 1]
}

func (c Bells) withDefaults() Bells {
	if c.K == 0 {
		c.K = 3
	}
	if c.Low == c.High {
		c.Low, c.High = 0, 1
	}
	return c
}

// LogProb is log p(x) in nats: x [B] → [B].
func (c Bells) LogProb(scope *model.Scope, x *Node) *Node {
	c = c.withDefaults()
	g := x.Graph()
	start := make([]float32, c.K) // the middle of each of K equal parts of the range
	for k := range start {
		start[k] = float32(c.Low + (c.High-c.Low)*(float64(k)+0.5)/float64(c.K))
	}
	wide := (c.High - c.Low) / float64(c.K)
	weights := LogSoftmax(nn.Weight(scope, g, "weights", 0, c.K), -1)
	means := Add(ConstTensor(g, tensors.FromFlatDataAndDimensions(start, c.K)), MulScalar(nn.Weight(scope, g, "means", 0, c.K), c.High-c.Low))
	logStds := AddScalar(nn.Weight(scope, g, "widths", 0, c.K), math.Log(wide))
	return dist.NormalMixtureLogProb(x, weights, means, logStds)
}
