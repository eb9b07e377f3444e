package autoencoder

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

// Open opens the run that Fit left at this preset: autoencoder.Open("quick"). For another recipe give its name too:
// autoencoder.Open("quick", "autoencoder-linear").
func Open(preset string, name ...string) (*Run, error) {
	run, recipe, err := train.OpenRecipe[Recipe]("autoencoder", preset, name...)
	if err != nil {
		return nil, err
	}
	return &Run{run, recipe}, nil
}

// Codes are the codes of all images, row-major [N,D].
func (r *Run) Codes(images data.Images) ([]float32, error) {
	return r.apply("encoding", images, r.Recipe.Model.Encode)
}

// Reconstruct gives the pixels' probabilities, or their means for Gaussian ones, row-major [N,H,W].
func (r *Run) Reconstruct(images data.Images) ([]float32, error) {
	m := r.Recipe.Model
	return r.apply("reconstructing", images, func(scope *model.Scope, x *Node) *Node {
		return m.Pixels(m.Decode(scope, m.Encode(scope, x)))
	})
}

// Costs are the reconstruction's costs of all images, [N], in the unit of the run's loss.
func (r *Run) Costs(images data.Images) ([]float32, error) {
	return r.apply("measuring costs", images, r.Recipe.Model.Cost)
}

// Pictures turns pixels [N,H,W] of this run's size into images for show.
func (r *Run) Pictures(pixels []float32) []image.Image {
	m := r.Recipe.Model.withDefaults()
	return show.Slab(m.Height, m.Width, 1, pixels, show.Grey[float32])
}

// apply runs a function of images [B,H,W,1] over all of them; the last, short batch looks back, so that one program serves all.
func (r *Run) apply(doing string, images data.Images, f func(scope *model.Scope, x *Node) *Node) ([]float32, error) {
	m := r.Recipe.Model.withDefaults()
	switch {
	case images.N < 1:
		return nil, fmt.Errorf("autoencoder: %s: there are no images", doing)
	case images.H != m.Height || images.W != m.Width || images.C != 1:
		return nil, fmt.Errorf("autoencoder: %s: images of %d×%d×%d: run %s was trained on %d×%d×1", doing, images.H, images.W, images.C, r.Title(), m.Height, m.Width)
	case !m.Gaussian && images.Levels != 2:
		return nil, fmt.Errorf("autoencoder: %s: images of %d levels: run %s was trained on binary ones", doing, images.Levels, r.Title())
	}
	out, err := r.Apply(images.Floats(), []int{m.Height, m.Width, 1}, f)
	if err != nil {
		return nil, fmt.Errorf("autoencoder: %s: %w", doing, err)
	}
	return out, nil
}
