// Package nn holds the layers that two or more models share.
//
// Weights are drawn on the host from the run's seed and the variable's own path. So every engine starts from the same numbers, adding a
// layer leaves the others' weights alone, and no program is compiled merely to draw them.
package nn

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// SeedParam names the hyper-parameter of the store's root scope that holds the run's seed, an int64.
const SeedParam = "curious_seed"

// TrainedParam names the hyper-parameter of the store's root scope that says, true, that its weights are trained: a layer that asks for others is of
// another model, and drawing them at random would go unnoticed.
const TrainedParam = "curious_trained"

// Weight is a trainable matrix or kernel of the given dimensions, drawn from N(0, 2/fanIn) (He et al. 2015,
// https://arxiv.org/abs/1502.01852); fanIn 0 gives zeros.
func Weight(scope *model.Scope, g *Graph, name string, fanIn int, dims ...int) *Node {
	v := scope.GetVariable(name)
	if v == nil && model.GetParamOr(scope, TrainedParam, false) {
		panic(fmt.Errorf("nn: the run has no weights %s/%s: it is another model's: train it anew with this one", scope.Scope(), name))
	}
	if v == nil {
		v = scope.VariableWithValue(name, draw(scope, name, fanIn, dims))
	}
	w := v.NodeValue(g)
	w.AssertDims(dims...)
	return w
}

func draw(scope *model.Scope, name string, fanIn int, dims []int) *tensors.Tensor {
	size := 1
	for _, d := range dims {
		size *= d
	}
	values := make([]float32, size)
	if fanIn > 0 {
		seed := model.GetParamOr(scope, SeedParam, int64(0))
		path := fnv.New64a()
		path.Write([]byte(scope.Scope() + "/" + name))
		random := rand.New(rand.NewPCG(uint64(seed), path.Sum64()))
		std := math.Sqrt(2 / float64(fanIn))
		for i := range values {
			values[i] = float32(std * random.NormFloat64())
		}
	}
	return tensors.FromFlatDataAndDimensions(values, dims...)
}

// Affine is x·W + b over the last axis: [..., I] → [..., out].
func Affine(scope *model.Scope, x *Node, out int) *Node {
	in := x.Shape().Dim(-1)
	return affine(x, Weight(scope, x.Graph(), "w", in, in, out), Weight(scope, x.Graph(), "b", 0, out))
}

// AffineZero is [Affine] that starts at zero, for a model's last layer: its first loss is then the uniform code's.
func AffineZero(scope *model.Scope, x *Node, out int) *Node {
	in := x.Shape().Dim(-1)
	return affine(x, Weight(scope, x.Graph(), "w", 0, in, out), Weight(scope, x.Graph(), "b", 0, out))
}

func affine(x, w, b *Node) *Node {
	in, out := w.Shape().Dim(0), w.Shape().Dim(1)
	dims := x.Shape().Clone().Dimensions
	flat := Reshape(x, -1, in)
	y := Add(MatMul(flat, w), ExpandLeftToRank(b, 2))
	dims[len(dims)-1] = out
	return Reshape(y, dims...)
}

// ReLU is max(x, 0).
func ReLU(x *Node) *Node { return MaxScalar(x, 0) }
