package vae

import (
	"cmp"
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"slices"

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

// Open opens the run that Fit left at this preset: vae.Open("quick"). For another recipe give its name too: vae.Open("quick", "vae-conv").
func Open(preset string, name ...string) (*Run, error) {
	run, recipe, err := train.OpenRecipe[Recipe]("vae", preset, name...)
	if err != nil {
		return nil, err
	}
	return &Run{run, recipe}, nil
}

// LogWeights is the model's log p(x, z)/q(z|x), for score's importance-weighted bound: x [B,H,W,1] → [k,B].
func (r *Run) LogWeights(scope *model.Scope, x *Node, k int) *Node {
	return r.Recipe.Model.LogWeights(scope, x, k)
}

// Codes are the means of q(z|x) of all images, row-major [N,D].
func (r *Run) Codes(images data.Images) ([]float32, error) {
	return r.ofImages("encoding", images, r.Recipe.Model.Code)
}

// Reconstruct gives the pixels' probabilities, row-major [N,H,W], decoded from each image's mean code.
func (r *Run) Reconstruct(images data.Images) ([]float32, error) {
	return r.ofImages("reconstructing", images, func(scope *model.Scope, x *Node) *Node {
		return Sigmoid(r.Recipe.Model.Decode(scope, r.Recipe.Model.Code(scope, x)))
	})
}

// Decode gives the pixels' probabilities, row-major [N,H,W], of codes [N,D].
func (r *Run) Decode(codes []float32) ([]float32, error) {
	d := r.Recipe.Model.withDefaults().Codes
	if len(codes) == 0 || len(codes)%d != 0 {
		return nil, fmt.Errorf("vae: decoding %d numbers: a code has %d: give one code or more", len(codes), d)
	}
	return r.apply("decoding", codes, []int{d}, func(scope *model.Scope, z *Node) *Node {
		return Sigmoid(r.Recipe.Model.Decode(scope, z))
	})
}

// Sample gives the pixels' probabilities, row-major [n,H,W], of n codes drawn from the prior.
func (r *Run) Sample(n int, seed int64) ([]float32, error) {
	if n < 1 {
		return nil, fmt.Errorf("vae: sampling %d images: ask for at least one", n)
	}
	random := rand.New(rand.NewPCG(uint64(seed), 0x5eed))
	codes := make([]float32, n*r.Recipe.Model.withDefaults().Codes)
	for i := range codes {
		codes[i] = float32(random.NormFloat64())
	}
	return r.Decode(codes)
}

// Interpolate walks in so many steps from each image of a to the image of b at the same place, in a straight line between their codes.
// The answer is row-major [N,steps,H,W].
func (r *Run) Interpolate(a, b data.Images, steps int) ([]float32, error) {
	if a.N != b.N || a.N < 1 || steps < 2 {
		return nil, fmt.Errorf("vae: interpolating from %d images to %d in %d steps: give as many to as from, one or more, and at least 2 steps", a.N, b.N, steps)
	}
	from, err := r.Codes(a)
	if err != nil {
		return nil, err
	}
	to, err := r.Codes(b)
	if err != nil {
		return nil, err
	}
	d := len(from) / a.N
	var codes []float32
	for i := range a.N {
		for s := range steps {
			share := float32(s) / float32(steps-1)
			for j := range d {
				codes = append(codes, (1-share)*from[i*d+j]+share*to[i*d+j])
			}
		}
	}
	return r.Decode(codes)
}

// LatentGrid decodes an n×n grid over two of the code's dimensions, the others 0: rows and columns stand at the normal distribution's
// quantiles, so that each picture covers as much of the prior. With more than two dimensions, [Run.Busiest] names the two worth looking at.
func (r *Run) LatentGrid(n, first, second int) ([]float32, error) {
	d := r.Recipe.Model.withDefaults().Codes
	if n < 1 || first < 0 || second < 0 || first >= d || second >= d || first == second {
		return nil, fmt.Errorf("vae: a grid of %d over dimensions %d and %d: name two different ones of 0 to %d", n, first, second, d-1)
	}
	codes := make([]float32, n*n*d)
	for row := range n {
		for col := range n {
			code := codes[(row*n+col)*d:]
			code[first] = quantile((float64(col) + 0.5) / float64(n))
			code[second] = quantile((float64(row) + 0.5) / float64(n))
		}
	}
	return r.Decode(codes)
}

// quantile of the standard normal distribution.
func quantile(p float64) float32 { return float32(math.Sqrt2 * math.Erfinv(2*p-1)) }

// Busiest orders the code's dimensions by the variance of their means over the images: those that say most come first.
func (r *Run) Busiest(images data.Images) ([]int, error) {
	codes, err := r.Codes(images)
	if err != nil {
		return nil, err
	}
	d := len(codes) / images.N
	order, variance := make([]int, d), make([]float64, d)
	for j := range d {
		order[j] = j
		var sum, squares float64
		for i := range images.N {
			v := float64(codes[i*d+j])
			sum, squares = sum+v, squares+v*v
		}
		mean := sum / float64(images.N)
		variance[j] = squares/float64(images.N) - mean*mean
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(variance[b], variance[a]) })
	return order, nil
}

// Pictures turns pixels [N,H,W] of this run's size into images for show.
func (r *Run) Pictures(pixels []float32) []image.Image {
	m := r.Recipe.Model.withDefaults()
	return show.Slab(m.Height, m.Width, 1, pixels, show.Grey[float32])
}

// Decomposition draws the learning curve as its two costs, from the run's own metrics, smoothed.
func (r *Run) Decomposition() (show.Stacked, error) {
	metrics, err := r.Metrics()
	if err != nil {
		return show.Stacked{}, err
	}
	code, rest := show.Layer{Name: "code"}, show.Layer{Name: "reconstruction"}
	var x []float64
	var meanCode, meanRest float64
	every := max(1, r.Steps/300)
	for _, m := range metrics {
		if m.Valid {
			continue
		}
		if m.Step == 1 {
			meanCode, meanRest = m.Parts["code"], m.Parts["reconstruction"]
		}
		meanCode += 0.05 * (m.Parts["code"] - meanCode)
		meanRest += 0.05 * (m.Parts["reconstruction"] - meanRest)
		if m.Step%every == 0 && m.Step > r.Steps/100 {
			x = append(x, float64(m.Step))
			code.Y, rest.Y = append(code.Y, meanCode), append(rest.Y, meanRest)
		}
	}
	if len(x) == 0 {
		return show.Stacked{}, fmt.Errorf("vae: drawing the learning curve of run %s: nothing was measured yet", r.Title())
	}
	return show.Stacked{
		Title: r.Data, XLabel: "step", YLabel: "nats an image", X: x,
		Layers: []show.Layer{code, rest}, Total: "−ELBO",
	}, nil
}

// ofImages runs a function of images [B,H,W,1] over all of them, if they are such as the model was trained on.
func (r *Run) ofImages(doing string, images data.Images, f func(scope *model.Scope, x *Node) *Node) ([]float32, error) {
	m := r.Recipe.Model.withDefaults()
	switch {
	case images.N < 1:
		return nil, fmt.Errorf("vae: %s: there are no images", doing)
	case images.H != m.Height || images.W != m.Width || images.C != 1:
		return nil, fmt.Errorf("vae: %s: images of %d×%d×%d: run %s was trained on %d×%d×1", doing, images.H, images.W, images.C, r.Title(), m.Height, m.Width)
	case images.Levels != 2:
		return nil, fmt.Errorf("vae: %s: images of %d levels: run %s was trained on binary ones", doing, images.Levels, r.Title())
	}
	return r.apply(doing, images.Floats(), []int{m.Height, m.Width, 1}, f)
}

func (r *Run) apply(doing string, inputs []float32, row []int, f func(scope *model.Scope, x *Node) *Node) ([]float32, error) {
	out, err := r.Apply(inputs, row, f)
	if err != nil {
		return nil, fmt.Errorf("vae: %s: %w", doing, err)
	}
	return out, nil
}
