// Package score measures what a model has learned: nats and bits, bounds on them, and how well a linear classifier reads its codes.
//
// Numbers are costs: [Nats] is the mean of −log p(x), so that lower is better and a bound such as the negative ELBO lies above. Logarithms are natural;
// one nat is 1.4427 bits. Two numbers may be compared only on the same data set and the same binarisation of it, and [Beside] refuses otherwise.
//
// A model is known here by one function on the graph, [LogProb] or [LogWeights], and nothing else. The yardsticks to hold it against are the tables of
// [Ladder]. The tests that every model has to pass are in package check.
//
// Letters: B images in a batch, H W their height and width, C channels, k samples of a bound, D features of a probe.
package score

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/score/internal/program"
)

// LogProb is a density model on the graph: x float32 [B,H,W,C] in [0,1] → log p(x) in nats, [B].
type LogProb func(scope *model.Scope, x *Node) *Node

// LogProbGiven is a density model that is told the class: x float32 [B,H,W,C], y int32 [B] → log p(x|y) in nats, [B].
type LogProbGiven func(scope *model.Scope, x, y *Node) *Node

// Nats is what images cost under a model, −log p(x) on average, with its standard error over images.
//
// The program is compiled for batches of the given size; the last, shorter one is filled up and the filling ignored. Set the Title of what comes back.
// It fails on no images, on a log-probability that is not one finite number for each image, and on whatever the model's graph panics with.
func Nats(backend compute.Backend, store *model.Store, logProb LogProb, images data.Images, batch int) (Estimate, error) {
	return nats(backend, store, func(scope *model.Scope, xy []*Node) *Node { return logProb(scope, xy[0]) }, images, nil, batch)
}

// NatsGiven is [Nats] of a model that is told the images' Labels: −log p(x|y). It fails on images without labels.
func NatsGiven(backend compute.Backend, store *model.Store, logProb LogProbGiven, images data.Images, batch int) (Estimate, error) {
	if len(images.Labels) != images.N {
		return Estimate{}, fmt.Errorf("score: measuring nats given the class: %d labels for %d images: take a data set with labels", len(images.Labels), images.N)
	}
	return nats(backend, store, func(scope *model.Scope, xy []*Node) *Node { return logProb(scope, xy[0], xy[1]) }, images, images.Labels, batch)
}

func nats(backend compute.Backend, store *model.Store, logProb func(*model.Scope, []*Node) *Node, images data.Images, labels []uint8, batch int) (Estimate, error) {
	const doing = "score: measuring nats"
	b, err := newBatches(images, labels, batch)
	if err != nil {
		return Estimate{}, fmt.Errorf("%s: %w", doing, err)
	}
	p, err := program.New(backend, store, func(scope *model.Scope, xy []*Node) []*Node {
		out := logProb(scope, xy)
		if dims := out.Shape().Dimensions; !slices.Equal(dims, []int{batch}) {
			exceptions.Panicf("the log-probabilities have shape %v, not [B] = [%d]: sum over the pixels of an image, and not over images", dims, batch)
		}
		return []*Node{out}
	})
	if err != nil {
		return Estimate{}, fmt.Errorf("%s: %w", doing, err)
	}
	defer p.Close()
	each := make([]float64, images.N)
	for from := 0; from < images.N; from += batch {
		outputs, err := p.Call(b.at(from)...)
		if err != nil {
			return Estimate{}, fmt.Errorf("%s: %w", doing, err)
		}
		for i := from; i < min(from+batch, images.N); i++ {
			each[i] = -float64(outputs[0][i-from])
			if math.IsNaN(each[i]) || math.IsInf(each[i], 0) {
				return Estimate{}, fmt.Errorf("%s: image %d has log-probability %v: a probability of zero, or an overflow: work with logits and log-sum-exp", doing, i, -each[i])
			}
		}
	}
	return NewEstimate(each, images.H*images.W*images.C), nil
}

// batches cuts a data set into tensors of one shape. All pixels are made at once, so that drawn ones do not depend on the batch size.
type batches struct {
	pixels []float32
	dims   []int // of one batch, [B,H,W,C]
	labels []uint8
}

func newBatches(images data.Images, labels []uint8, size int) (*batches, error) {
	dims := []int{size, images.H, images.W, images.C}
	switch {
	case size < 1:
		return nil, fmt.Errorf("batches of %d images: take at least 1", size)
	case images.N < 1:
		return nil, fmt.Errorf("no images")
	case len(images.Pix) != images.N*images.H*images.W*images.C || images.Levels < 2:
		return nil, fmt.Errorf("%d images of %d×%d×%d hold %d values of %d levels: use images as package data makes them", images.N, images.H, images.W, images.C, len(images.Pix), images.Levels)
	}
	b := &batches{dims: dims, labels: labels}
	err := images.Tensor().ConstFlatData(func(flat any) { b.pixels = append(b.pixels, flat.([]float32)...) })
	return b, err
}

// at is the batch that starts at image from, filled up with zeros.
func (b *batches) at(from int) []*tensors.Tensor {
	size := b.dims[1] * b.dims[2] * b.dims[3]
	pixels := make([]float32, b.dims[0]*size)
	copy(pixels, b.pixels[from*size:])
	out := []*tensors.Tensor{tensors.FromFlatDataAndDimensions(pixels, b.dims...)}
	if b.labels != nil {
		labels := make([]int32, b.dims[0])
		for i := range min(len(labels), len(b.labels)-from) {
			labels[i] = int32(b.labels[from+i])
		}
		out = append(out, tensors.FromFlatDataAndDimensions(labels, len(labels)))
	}
	return out
}
