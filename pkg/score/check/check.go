// Package check holds the tests that every explicit density model has to pass. The tests of each model call them, and so do the exercises, on the reader's code.
//
// A check answers nil, or an error that says in a sentence what is wrong and where. Those on logits and log-probabilities work on a copy of the store in which
// every trainable weight is drawn at random: a fresh model whose last layer starts at zero would pass them by accident.
//
//	err := check.Causal(backend, model.NewStore(), pixels.Logits, 3, 5) // not square, so that height and width cannot be swapped
//
// Pixels are (row, column) from the top left, and number i = row·W + column, which is the raster order that they are generated in.
//
// Letters: B images in a batch, H W height and width.
package check

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/curious-go/curious/pkg/score/internal/program"
)

// Logits is an autoregressive model of binary images on the graph: x float32 [B,H,W,1] → [B,H,W,1], the logits of p(x_i = 1 | x_j, j < i).
// A model of more levels may return [B,H,W,levels].
type Logits func(scope *model.Scope, x *Node) *Node

// Scramble draws every trainable float32 variable of a store at random, from the seed: weights from N(0, 2/fan-in), so that the signal passes through any depth, biases from N(0, 0.3²).
func Scramble(store *model.Store, seed uint64) error {
	random := rand.New(rand.NewPCG(seed, 0))
	for v := range store.IterVariables() {
		if !v.Trainable || v.DType() != dtypes.Float32 {
			continue
		}
		dims := v.Shape().Dimensions
		std := 0.3
		if len(dims) > 1 {
			fanIn := v.Shape().Size() / dims[len(dims)-1]
			std = math.Sqrt(2 / float64(max(1, fanIn)))
		}
		values := make([]float32, v.Shape().Size())
		for i := range values {
			values[i] = float32(std * random.NormFloat64())
		}
		if err := v.SetValue(tensors.FromFlatDataAndDimensions(values, dims...)); err != nil {
			return fmt.Errorf("check: drawing the weights %s: %w", v.Path(), err)
		}
	}
	return nil
}

// scrambled is a program on a copy of the store with random weights. The caller closes it.
func scrambled(backend compute.Backend, store *model.Store, build func(*model.Scope, []*Node) []*Node, seed uint64, dims ...[]int) (*program.Program, error) {
	p, copied, err := copyOf(backend, store, build)
	if err != nil {
		return nil, err
	}
	if err := p.Compile(dims...); err != nil {
		p.Close()
		return nil, err
	}
	if err := Scramble(copied, seed); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// copyOf is a program on a copy of the store.
func copyOf(backend compute.Backend, store *model.Store, build func(*model.Scope, []*Node) []*Node) (*program.Program, *model.Store, error) {
	if store == nil {
		store = model.NewStore()
	}
	copied, err := store.Clone()
	if err != nil {
		return nil, nil, err
	}
	p, err := program.New(backend, copied, build)
	return p, copied, err
}

// logitsOf builds the logits, and panics unless there is one or more for each pixel.
func logitsOf(logits Logits, scope *model.Scope, x *Node) *Node {
	l := logits(scope, x)
	got, want := l.Shape().Dimensions, x.Shape().Dimensions
	if len(got) != 4 || !slices.Equal(got[:3], want[:3]) {
		exceptions.Panicf("the logits have shape %v, not [B,H,W,1] = %v", got, want)
	}
	return l
}

// images are random pixels, half of them zeros and ones, half in between, since a model that sees only one kind can hide something.
func images(random *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = random.Float32()
		if random.IntN(2) == 0 {
			x[i] = float32(math.Round(float64(x[i])))
		}
	}
	return x
}

// at is "pixel (row,column)" of pixel i.
func at(i, w int) string { return fmt.Sprintf("pixel (%d,%d)", i/w, i%w) }

func sizes(h, w int) error {
	if h < 1 || w < 1 {
		return fmt.Errorf("images of %d×%d: height and width must be at least 1", h, w)
	}
	return nil
}

// Evaluate runs a graph function of float32 inputs once, and gives the values and the shape of its output. Whatever goes wrong in it, a panic too, comes back as an error of one line.
func Evaluate(backend compute.Backend, function func(inputs []*Node) *Node, inputs ...*tensors.Tensor) (values []float32, dims []int, err error) {
	p, err := program.New(backend, model.NewStore(), func(_ *model.Scope, in []*Node) []*Node {
		out := function(in)
		dims = out.Shape().Dimensions
		return []*Node{out}
	})
	if err != nil {
		return nil, nil, fmt.Errorf("check: running a graph function: %w", err)
	}
	defer p.Close()
	out, err := p.Call(inputs...)
	if err != nil {
		return nil, nil, fmt.Errorf("check: running a graph function: %w", err)
	}
	return out[0], dims, nil
}
