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

// LogWeights is a latent-variable model on the graph: x float32 [B,H,W,C] → k samples of log p(x,z)/q(z|x) with z from q(z|x), in nats, [k,B].
// Its noise comes from the scope, as in scope.RandomNormal, and is another one for each image and each sample.
type LogWeights func(scope *model.Scope, x *Node, k int) *Node

// Bound is the importance-weighted bound on what images cost, for each of the numbers of samples ks, in their order:
//
//	−L_k = −E log (1/k) Σ_i p(x,z_i)/q(z_i|x),   −ELBO = −L_1 ≥ −L_k ≥ −L_{k+1} ≥ −log p(x)
//
// (Burda, Grosse and Salakhutdinov 2016, https://arxiv.org/abs/1509.00519). As many samples are drawn as the largest k asks for, a few thousand rows at a
// time, so that k = 5000 fits in memory; a smaller k averages over all the groups of k that they hold. So all bounds come from the same samples, and are
// in order whenever one k divides the next. The standard errors are over images and contain the noise of the samples.
//
// The samples are the same ones each time, and the store's random state is afterwards what it was. It fails as [Nats] does.
func Bound(backend compute.Backend, store *model.Store, logWeights LogWeights, images data.Images, batch int, ks ...int) ([]Estimate, error) {
	const doing = "score: measuring the importance-weighted bound"
	if len(ks) == 0 || slices.Min(ks) < 1 {
		return nil, fmt.Errorf("%s: for k in %v: name one k or more, each at least 1", doing, ks)
	}
	b, err := newBatches(images, nil, batch)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	restore, err := seedRandom(store, 1)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	defer restore()

	const rows = 4096 // decoded at a time: 13 MB for each activation as large as a 28×28 image
	most := slices.Max(ks)
	chunk := max(1, min(most, rows/batch))
	p, err := program.New(backend, store, func(scope *model.Scope, x []*Node) []*Node {
		w := logWeights(scope, x[0], chunk)
		if dims := w.Shape().Dimensions; !slices.Equal(dims, []int{chunk, batch}) {
			exceptions.Panicf("the log-weights have shape %v, not [k,B] = [%d %d]: sum over the pixels and over the code", dims, chunk, batch)
		}
		return []*Node{w}
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	defer p.Close()

	each := make([][]float64, len(ks))
	for from := 0; from < images.N; from += batch {
		count := min(batch, images.N-from)
		groups := make([][]logMeanExp, len(ks))
		for i := range ks {
			groups[i] = make([]logMeanExp, count)
		}
		for drawn := 0; drawn < most; drawn += chunk {
			outputs, err := p.Call(b.at(from)...)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", doing, err)
			}
			for s := range min(chunk, most-drawn) {
				for n := range count {
					w := float64(outputs[0][s*batch+n])
					if math.IsNaN(w) || math.IsInf(w, 1) {
						return nil, fmt.Errorf("%s: a log-weight of image %d is %v", doing, from+n, w)
					}
					for i, k := range ks {
						groups[i][n].add(w, k)
					}
				}
			}
		}
		for i := range ks {
			for n := range count {
				bound := groups[i][n].mean()
				if math.IsInf(bound, 0) {
					return nil, fmt.Errorf("%s: all weights of image %d are zero: its reconstruction has probability zero: keep logits finite", doing, from+n)
				}
				each[i] = append(each[i], -bound)
			}
		}
	}
	estimates := make([]Estimate, len(ks))
	for i, k := range ks {
		estimates[i] = NewEstimate(each[i], images.H*images.W*images.C)
		estimates[i].K = k
	}
	return estimates, nil
}

// logMeanExp averages log (1/k) Σ eʷ over groups of k weights, as they come. The largest weight of a group is kept apart, so that nothing overflows.
type logMeanExp struct {
	largest, sum float64 // of the group so far: Σ eʷ = sum·e^largest
	count        int     // weights in it
	total        float64 // over full groups
	groups       int
}

func (l *logMeanExp) add(w float64, k int) {
	switch {
	case l.count == 0 || math.IsInf(l.largest, -1):
		l.largest, l.sum = w, 1
	case w > l.largest:
		l.largest, l.sum = w, l.sum*math.Exp(l.largest-w)+1
	default:
		l.sum += math.Exp(w - l.largest)
	}
	if l.count++; l.count == k {
		l.total += l.largest + math.Log(l.sum/float64(k))
		l.groups++
		l.count = 0
	}
}

func (l *logMeanExp) mean() float64 { return l.total / float64(l.groups) }

// seedRandom sets the random state of a store; restore puts back what was there.
func seedRandom(store *model.Store, seed int64) (restore func(), err error) {
	const path = "/" + model.RNGStateVariableName
	var before *tensors.Tensor
	if v := store.GetVariable(path); v != nil && v.HasValue() {
		value, err := v.Value()
		if err != nil {
			return nil, err
		}
		if before, err = value.LocalClone(); err != nil {
			return nil, err
		}
	}
	if err := store.SetRNGStateFromSeed(seed); err != nil {
		return nil, err
	}
	return func() {
		if before == nil {
			store.DeleteVariable(path)
			return
		}
		store.GetVariable(path).SetValue(before)
	}, nil
}
