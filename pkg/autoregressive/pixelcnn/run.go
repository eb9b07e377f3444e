package pixelcnn

import (
	"fmt"
	"image"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/show"
	"github.com/curious-go/curious/pkg/train"
)

// Run is a trained model.
type Run struct {
	*train.Run
	Recipe Recipe
}

// Open opens the run that Fit left at this preset: pixelcnn.Open("quick"). For the other models give the run's name too:
// pixelcnn.Open("quick", "pixelcnn-classes").
func Open(preset string, name ...string) (*Run, error) {
	run, recipe, err := train.OpenRecipe[Recipe]("pixelcnn", preset, name...)
	if err != nil {
		return nil, err
	}
	return &Run{run, recipe}, nil
}

// LogProb is the model's log p(x) in nats on a graph, for score: x [B,H,W,1] → [B].
func (r *Run) LogProb(scope *model.Scope, x *Node) *Node {
	return r.Recipe.Net().LogProb(scope, x, nil)
}

// LogProbGiven is log p(x | y) in nats: x [B,H,W,1], y [B] → [B].
func (r *Run) LogProbGiven(scope *model.Scope, x, y *Node) *Node {
	return r.Recipe.Net().LogProb(scope, x, y)
}

// Sample draws images, row-major [n,H,W] in {0,1}; a model with classes draws them in turn unless told which.
func (r *Run) Sample(n int, d Drawing) ([]float32, error) {
	h, w := r.size()
	if r.Recipe.conditional() && d.Classes == nil {
		for i := range n {
			d.Classes = append(d.Classes, int32(i%r.Recipe.Gated.Classes))
		}
	}
	drawn, err := Draw(r.Backend, r.Store, r.Recipe.Net(), h, w, n, d)
	return drawn.Pixels, err
}

// Complete keeps the upper half of each image and draws the lower one, times times: row-major [N,times,H,W].
func (r *Run) Complete(images data.Images, times int, seed int64) ([]float32, error) {
	h, w := r.size()
	if images.H != h || images.W != w || images.Levels != 2 {
		return nil, fmt.Errorf("pixelcnn: completing images of %d×%d, %d levels: the model was trained on binary ones of %d×%d", images.H, images.W, images.Levels, h, w)
	}
	if r.Recipe.conditional() {
		return nil, fmt.Errorf("pixelcnn: completing: run %s wants classes: use one without", r.Title())
	}
	given := make([]float32, 0, images.N*times*h*w)
	for i := range images.N {
		for range times {
			for j, v := range images.At(i) {
				if j < h/2*w {
					given = append(given, float32(v))
				} else {
					given = append(given, -1)
				}
			}
		}
	}
	return r.Sample(images.N*times, Drawing{Seed: seed, Given: given})
}

// keepSamples draws once into the run's folder, so that a training leaves something to see.
func (r *Run) keepSamples() error {
	return r.KeepOnce("samples", func() (show.Figure, error) {
		pixels, err := r.Sample(40, Drawing{Seed: r.Seed})
		return show.Grid{Title: r.Title(), Images: r.Pictures(pixels), Columns: 10}, err
	})
}

// Pictures turns pixels [N,H,W] of this run's size into images for show.
func (r *Run) Pictures(pixels []float32) []image.Image {
	h, w := r.size()
	return show.Slab(h, w, 1, pixels, show.Grey[float32])
}

func (r *Run) size() (h, w int) {
	if r.Recipe.Plain != nil {
		return r.Recipe.Plain.Height, r.Recipe.Plain.Width
	}
	return r.Recipe.Gated.Height, r.Recipe.Gated.Width
}
