package figures

import (
	"context"
	"fmt"

	"github.com/curious-go/curious/pkg/score"
	"github.com/curious-go/curious/pkg/show"
	"github.com/curious-go/curious/pkg/tsne"
)

const representation = "Representation learning"

var elboDecomposition = Entry{
	ID: "elbo-decomposition", Part: representation,
	Caption: "What a digit costs under a VAE while it learns: the code first grows dearer, and pays for itself in the reconstruction.",
	Cards:   "VAE, importance-weighted bound",
	draw: func(d *desk) (show.Figure, score.Comparison, error) {
		fail := func(err error) (show.Figure, score.Comparison, error) { return nil, score.Comparison{}, err }
		digits, err := d.coded()
		if err != nil {
			return fail(err)
		}
		run, err := d.vae(digits)
		if err != nil {
			return fail(err)
		}
		fig, err := run.Decomposition()
		if err != nil {
			return fail(err)
		}
		ks := []int{1, 10, 100}
		test := d.tested(digits.Test.Shuffled(1), 500)
		bounds, err := score.Bound(run.Backend, run.Store, run.LogWeights, test, 50, ks...)
		if err != nil {
			return fail(err)
		}
		var measured []score.Measured
		for i, b := range bounds {
			b.Title = digits.Title()
			name := "VAE, −ELBO"
			if ks[i] > 1 {
				name = fmt.Sprintf("VAE, importance-weighted bound, k = %d", ks[i])
			}
			measured = append(measured, b.As(name, fmt.Sprintf("%d test images", test.N)))
		}
		published := []score.Published{
			{What: "VAE, −ELBO", On: "dynamic binarised MNIST 28×28", Unit: "nats", Value: 86.77, Bound: true, Source: "pytorch-generative", Tolerance: 0.5, Better: score.Lower},
		}
		return fig, score.Beside(published, measured), nil
	},
}

var vaeTSNE = Entry{
	ID: "vae-tsne", Part: representation,
	Caption: "t-SNE of test digits: of their pixels on the left, of a VAE's codes on the right. No label was used; the colours only show them.",
	Cards:   "VAE, t-SNE",
	draw: func(d *desk) (show.Figure, score.Comparison, error) {
		fail := func(err error) (show.Figure, score.Comparison, error) { return nil, score.Comparison{}, err }
		digits, err := d.coded()
		if err != nil {
			return fail(err)
		}
		if digits.Test.Labels == nil {
			return fail(fmt.Errorf("the test images have no labels"))
		}
		run, err := d.vae(digits)
		if err != nil {
			return fail(err)
		}
		n := 2000
		if d.preset != "quick" {
			n = 10_000
		}
		test := digits.Test.Shuffled(1).First(n)
		codes, err := run.Codes(test)
		if err != nil {
			return fail(err)
		}
		var maps []show.Figure
		var measured []score.Measured
		for _, input := range []struct {
			name   string
			points []float32
		}{{"pixels", test.Floats()}, {"VAE codes", codes}} {
			picture, err := tsne.Embed(context.Background(), input.points, test.N, len(input.points)/test.N, tsne.Options{Seed: 1})
			if err != nil {
				return fail(err)
			}
			maps = append(maps, show.Plane(input.name, picture.Y, test.Labels, nil))
			measured = append(measured, score.Measured{
				What: input.name, On: fmt.Sprintf("%d test images of %s", test.N, digits.Title()), Unit: "% of nearest neighbours in the picture with the same digit",
				Value: 100 * sameClass(picture, test.Labels),
			})
		}
		return show.Row(maps...), score.Beside(nil, measured), nil
	},
}

// sameClass is the share of points whose nearest neighbour in the picture has their label.
func sameClass(e *tsne.Embedding, labels []uint8) float64 {
	same := 0
	for i := range e.Len() {
		best, distance := -1, 0.0
		for j := range e.Len() {
			dx, dy := e.Y[2*i]-e.Y[2*j], e.Y[2*i+1]-e.Y[2*j+1]
			if d := dx*dx + dy*dy; i != j && (best < 0 || d < distance) {
				best, distance = j, d
			}
		}
		if labels[best] == labels[i] {
			same++
		}
	}
	return float64(same) / float64(e.Len())
}
