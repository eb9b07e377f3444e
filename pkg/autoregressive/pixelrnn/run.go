package pixelrnn

import (
	"fmt"
	"image"

	. "github.com/gomlx/gomlx/core/graph"
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

// Open opens the run that Fit left at this preset: pixelrnn.Open("quick"). For the other models give the run's name too:
// pixelrnn.Open("quick", "pixelrnn-row").
func Open(preset string, name ...string) (*Run, error) {
	run, recipe, err := train.OpenRecipe[Recipe]("pixelrnn", preset, name...)
	if err != nil {
		return nil, err
	}
	return &Run{run, recipe}, nil
}

// LogProb is the model's log p(x) in nats on a graph, for score: x [B,H,W,C] → [B].
func (r *Run) LogProb(scope *model.Scope, x *Node) *Node { return r.Recipe.Net().LogProb(scope, x) }

// scoredAtOnce is how many images are scored side by side.
const scoredAtOnce = 100

// Nats is what images cost.
func (r *Run) Nats(images data.Images) (score.Estimate, error) {
	if err := r.fits(images); err != nil {
		return score.Estimate{}, fmt.Errorf("pixelrnn: scoring with run %s: %w", r.Title(), err)
	}
	return score.Nats(r.Backend, r.Store, r.LogProb, images, min(scoredAtOnce, images.N))
}

// fits says whether images are like those that the model was trained on.
func (r *Run) fits(images data.Images) error {
	m := r.Recipe.Model
	if images.N < 1 {
		return fmt.Errorf("no images: give one at least")
	}
	if images.H != m.Height || images.W != m.Width || images.C != m.Colours || images.Levels != m.Levels {
		return fmt.Errorf("images of %d×%d×%d, %d levels: the model was trained on %d×%d×%d, %d levels", images.H, images.W, images.C, images.Levels, m.Height, m.Width, m.Colours, m.Levels)
	}
	return nil
}

// Sample draws images, row-major [n,H,W,C] in [0,1].
func (r *Run) Sample(n int, d Drawing) ([]float32, error) {
	return Draw(r.Backend, r.Store, r.Recipe.Net(), n, d)
}

// Complete keeps the upper half of each image and draws the lower one, times times: row-major [N,times,H,W,C]. A multi-scale model draws parts of the lower half before
// the upper one is done, so it cannot.
func (r *Run) Complete(images data.Images, times int, seed int64) ([]float32, error) {
	fail := func(err error) ([]float32, error) {
		return nil, fmt.Errorf("pixelrnn: completing with run %s: %w", r.Title(), err)
	}
	if err := r.fits(images); err != nil {
		return fail(err)
	}
	if r.Recipe.Small != nil {
		return fail(fmt.Errorf("a multi-scale model draws pixels of the lower half first: use one of a single scale"))
	}
	m := r.Recipe.Model
	images = images.Drawn(seed)
	upper, size := m.Height/2*m.Width*m.Colours, m.Height*m.Width*m.Colours
	pixels := images.Floats()
	given := make([]float32, 0, images.N*times*size)
	for i := range images.N {
		for range times {
			given = append(given, pixels[i*size:i*size+upper]...)
			for range size - upper {
				given = append(given, -1)
			}
		}
	}
	return r.Sample(images.N*times, Drawing{Seed: seed, Given: given})
}

// Predict is what the model expects of every colour of every pixel after all that comes before it in each image: the chances of its levels, [N][H·W·C][K].
func (r *Run) Predict(images data.Images) ([][][]float64, error) {
	fail := func(err error) ([][][]float64, error) {
		return nil, fmt.Errorf("pixelrnn: predicting with run %s: %w", r.Title(), err)
	}
	if err := r.fits(images); err != nil {
		return fail(err)
	}
	images = images.Drawn(r.Seed)
	s, err := NewStepper(r.Backend, r.Store, r.Recipe.Net(), false)
	if err != nil {
		return fail(err)
	}
	defer s.Close()
	if err := s.Start(images.N); err != nil {
		return fail(err)
	}
	chances := make([][][]float64, images.N)
	for i := range chances {
		chances[i] = make([][]float64, len(s.Order()))
	}
	var previous []uint8
	for _, place := range s.Order() {
		logits, err := s.Next(previous)
		if err != nil {
			return fail(err)
		}
		previous = previous[:0]
		for i := range images.N {
			k := r.Recipe.Model.Levels
			chances[i][place] = softmax(logits[i*k : (i+1)*k])
			previous = append(previous, images.At(i)[place])
		}
	}
	return chances, nil
}

// keepSamples draws once into the run's folder, so that a training leaves something to see.
func (r *Run) keepSamples() error {
	return r.KeepOnce("samples", func() (show.Figure, error) {
		pixels, err := r.Sample(40, Drawing{Seed: r.Seed})
		return show.Grid{Title: r.Title(), Images: r.Pictures(pixels), Columns: 10}, err
	})
}

// Pictures turns pixels [N,H,W,C] of this run's size into images for show.
func (r *Run) Pictures(pixels []float32) []image.Image {
	m := r.Recipe.Model
	draw := show.Grey[float32]
	if m.Colours == 3 {
		draw = show.RGB[float32]
	}
	return show.Slab(m.Height, m.Width, m.Colours, pixels, draw)
}
