package subscale

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/score"
	"github.com/curious-go/curious/pkg/show"
	"github.com/curious-go/curious/pkg/train"
)

// Run is a trained model.
type Run struct {
	*train.Run
	Recipe Recipe
}

// Open opens the run that Fit left at this preset: subscale.Open("quick"). For the other models give the run's name too:
// subscale.Open("quick", "subscale-plain").
func Open(preset string, name ...string) (*Run, error) {
	run, recipe, err := train.OpenRecipe[Recipe]("subscale", preset, name...)
	if err != nil {
		return nil, err
	}
	return &Run{run, recipe}, nil
}

// LogProb is log p(x) in nats on a graph, for score: x [B,H,W,C] → [B], images of the model's bits.
func (r *Run) LogProb(scope *model.Scope, x *Node) *Node { return r.Recipe.Model.LogProb(scope, x) }

// scoredAtOnce is how many images are scored side by side.
const scoredAtOnce = 100

// Nats is what images cost. Of images with more bits than the model's, the least significant ones are left out.
func (r *Run) Nats(images data.Images) (score.Estimate, error) {
	images, err := r.Recipe.Model.prepare(images)
	if err != nil {
		return score.Estimate{}, fmt.Errorf("subscale: scoring with run %s: %w", r.Title(), err)
	}
	return score.Nats(r.Backend, r.Store, r.LogProb, images, min(scoredAtOnce, images.N))
}

// Share is what one group of [Config.Groups] costs, given the groups before it.
type Share struct {
	Name string
	score.Estimate
}

// BySlice is the share of each slice in the cost of images, in the order in which they are drawn. The means sum to that of [Run.Nats].
func (r *Run) BySlice(images data.Images) ([]Share, error) {
	fail := func(err error) ([]Share, error) {
		return nil, fmt.Errorf("subscale: scoring slices with run %s: %w", r.Title(), err)
	}
	m := r.Recipe.Model
	images, err := m.prepare(images)
	if err != nil {
		return fail(err)
	}
	exec, err := model.NewExec(r.Backend, r.Store, m.BySlice)
	if err != nil {
		return fail(err)
	}
	defer exec.Finalize()
	names, pixels, each := m.Groups(), images.Floats(), len(images.Pix)/images.N
	costs := make([][]float64, len(names))
	batch := min(scoredAtOnce, images.N)
	for from := 0; from < images.N; from += batch {
		start := min(from, images.N-batch) // the last, short batch looks back, so that one program serves all
		x := floats(pixels[start*each:(start+batch)*each], batch, images.H, images.W, images.C)
		outputs, err := call(exec, []*tensors.Tensor{x})
		x.FinalizeAll()
		if err != nil {
			return fail(err)
		}
		tensors.MustConstFlatData(outputs[0], func(logProbs []float32) {
			for i, l := range logProbs[(from-start)*len(names):] {
				costs[i%len(names)] = append(costs[i%len(names)], -float64(l))
			}
		})
		free(outputs)
	}
	shares := make([]Share, len(names))
	for i, name := range names {
		shares[i] = Share{name, score.NewEstimate(costs[i], each*m.planes()/len(names))}
	}
	return shares, nil
}

// Sample draws n images.
func (r *Run) Sample(n int, d Drawing) (data.Images, error) {
	return Draw(r.Backend, r.Store, r.Recipe.Model, n, d)
}

// Complete keeps the first groups of [Config.Groups] of each image, and draws the rest, times times: N·times images, those of one image in a row. With one group kept
// it makes large images of small ones; with all groups of high bits kept, deep ones of shallow ones.
func (r *Run) Complete(images data.Images, groups, times int, seed int64) (data.Images, error) {
	images, err := r.Recipe.Model.prepare(images)
	if err == nil && times < 1 {
		err = fmt.Errorf("%d times: at least one", times)
	}
	if err != nil {
		return data.Images{}, fmt.Errorf("subscale: completing with run %s: %w", r.Title(), err)
	}
	var repeated []int
	for i := range images.N {
		for range times {
			repeated = append(repeated, i)
		}
	}
	given := images.Drawn(seed).Take(repeated)
	return r.Sample(given.N, Drawing{Seed: seed, Given: &given, Keep: groups})
}

// keepSamples draws once into the run's folder, so that a training leaves something to see.
func (r *Run) keepSamples() error {
	return r.KeepOnce("samples", func() (show.Figure, error) {
		images, err := r.Sample(40, Drawing{Seed: r.Seed})
		if err != nil {
			return nil, err
		}
		return show.Grid{Title: r.Title(), Images: images.Pictures(), Columns: 10}, nil
	})
}
