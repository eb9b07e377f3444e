package pixelcnn

import (
	"fmt"
	"image"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/score"
	"github.com/curious-go/curious/pkg/show"
	"github.com/curious-go/curious/pkg/train"
)

// ColourRun is a trained colour model.
type ColourRun struct {
	*train.Run
	Recipe ColourRecipe
}

// OpenColour opens the run that Fit left at this preset: pixelcnn.OpenColour("quick"). For the other recipes give the run's name too:
// pixelcnn.OpenColour("quick", "pixelcnn-colour-classes").
func OpenColour(preset string, name ...string) (*ColourRun, error) {
	run, recipe, err := train.OpenRecipe[ColourRecipe]("pixelcnn-colour", preset, name...)
	if err != nil {
		return nil, err
	}
	return &ColourRun{run, recipe}, nil
}

// LogProb is log p(x) in nats on a graph, for score: x [B,H,W,C] → [B]. It panics if the model wants to be told something: see [ColourRun.Cost].
func (r *ColourRun) LogProb(scope *model.Scope, x *Node) *Node {
	if r.Recipe.TellClass || r.Recipe.TellSpot {
		panic(fmt.Errorf("pixelcnn: run %s wants to be told something of each image: use Cost", r.Title()))
	}
	return r.Recipe.Net.LogProb(scope, x, nil, nil)
}

// LogProbGiven is log p(x | y) in nats: x [B,H,W,C], y [B] → [B].
func (r *ColourRun) LogProbGiven(scope *model.Scope, x, y *Node) *Node {
	return r.Recipe.Net.LogProb(scope, x, y, nil)
}

// Cost is what images cost given what is told of each: −log p(x | y, s). Set its Title.
func (r *ColourRun) Cost(images data.Images, told Told) (score.Estimate, error) {
	net := r.Recipe.Net
	fail := func(err error) (score.Estimate, error) {
		return score.Estimate{}, fmt.Errorf("pixelcnn: scoring with run %s: %w", r.Title(), err)
	}
	if err := r.checkImages(images); err != nil {
		return fail(err)
	}
	if err := told.check(net, images.N, net.Height, net.Width); err != nil {
		return fail(err)
	}
	exec, err := model.NewExec(r.Backend, r.Store, func(scope *model.Scope, inputs []*Node) *Node {
		in, y, s := splitTold(net, inputs)
		return net.LogProb(scope, in[0], y, s)
	})
	if err != nil {
		return fail(err)
	}
	defer exec.Finalize()
	const most = 64
	size := min(most, images.N)
	each := make([]float64, images.N)
	for from := 0; from < images.N; from += size {
		start := min(from, images.N-size) // the last, short batch looks back, so that one program serves all
		inputs := append([]any{images.Range(start, start+size).Tensor()}, told.of(net, start, size, net.Height, net.Width).inputs(net, net.Height, net.Width)...)
		outputs, err := exec.Call(inputs...)
		if err != nil {
			return fail(err)
		}
		tensors.MustConstFlatData(outputs[0], func(logProbs []float32) {
			for i, l := range logProbs {
				each[start+i] = -float64(l)
			}
		})
		free(outputs)
	}
	return score.NewEstimate(each, net.Height*net.Width*net.Colours), nil
}

// Predicted is p(x_t | x_<t, y, s), the chance of each level [K] of one value of one image, given all that comes before it and what is told.
func (r *ColourRun) Predicted(image data.Images, told Told, row, col, colour int) ([]float64, error) {
	net := r.Recipe.Net
	fail := func(err error) ([]float64, error) {
		return nil, fmt.Errorf("pixelcnn: predicting a value with run %s: %w", r.Title(), err)
	}
	if err := r.checkImages(image); err != nil {
		return fail(err)
	}
	if image.N != 1 || row < 0 || row >= net.Height || col < 0 || col >= net.Width || colour < 0 || colour >= net.Colours {
		return fail(fmt.Errorf("value %d of pixel (%d,%d) of %d images: give one image, and a place within its %d×%d×%d", colour, row, col, image.N, net.Height, net.Width, net.Colours))
	}
	if err := told.check(net, 1, net.Height, net.Width); err != nil {
		return fail(err)
	}
	exec, err := model.NewExec(r.Backend, r.Store, func(scope *model.Scope, inputs []*Node) *Node {
		in, y, s := splitTold(net, inputs)
		return Softmax(net.logitsAt(scope, in[0], y, s, in[1]), -1)
	})
	if err != nil {
		return fail(err)
	}
	defer exec.Finalize()
	inputs := []any{image.Tensor(), int32((row*net.Width+col)*net.Colours + colour)}
	outputs, err := exec.Call(append(inputs, told.inputs(net, net.Height, net.Width)...)...)
	if err != nil {
		return fail(err)
	}
	defer free(outputs)
	var chances []float64
	tensors.MustConstFlatData(outputs[0], func(p []float32) {
		for _, v := range p {
			chances = append(chances, float64(v))
		}
	})
	return chances, nil
}

// checkImages says whether these are images of the kind that the run was trained on.
func (r *ColourRun) checkImages(m data.Images) error {
	net := r.Recipe.Net
	switch {
	case m.H != net.Height || m.W != net.Width || m.C != net.Colours || m.Levels != net.Levels || m.Bernoulli:
		return fmt.Errorf("images of %d×%d, %d colours, %d levels: the model was trained on %d×%d, %d colours, %d levels", m.H, m.W, m.C, m.Levels, net.Height, net.Width, net.Colours, net.Levels)
	case m.N < 1 || len(m.Pix) != m.N*m.H*m.W*m.C:
		return fmt.Errorf("%d values for %d images: give one image at least, as package data makes them", len(m.Pix), m.N)
	}
	for i, v := range m.Pix {
		if int(v) >= m.Levels {
			return fmt.Errorf("value %d is %d: of %d levels, values are 0 to %d", i, v, m.Levels, m.Levels-1)
		}
	}
	return nil
}

// Sample draws images, row-major [n,H,W,C] in [0,1]; a model with classes draws them in turn unless told which, and one with a map puts the thing in the middle.
func (r *ColourRun) Sample(n int, d Drawing) ([]float32, error) {
	net := r.Recipe.Net
	if net.Classes > 0 && d.Classes == nil {
		for i := range n {
			d.Classes = append(d.Classes, int32(i%net.Classes))
		}
	}
	if net.Map > 0 && d.Map == nil {
		spots := make([]data.Spot, max(0, n))
		for i := range spots {
			spots[i] = data.Spot{Row: 0.5, Col: 0.5}
		}
		d.Map = Near(spots, net.Height, net.Width)
	}
	drawn, err := DrawColour(r.Backend, r.Store, net, n, d)
	return drawn.Pixels, err
}

// Complete keeps the upper half of each image and draws the lower one, times times: row-major [N,times,H,W,C]. told is of each image, or empty.
func (r *ColourRun) Complete(images data.Images, times int, seed int64, told Told) ([]float32, error) {
	fail := func(err error) ([]float32, error) {
		return nil, fmt.Errorf("pixelcnn: completing with run %s: %w", r.Title(), err)
	}
	if err := r.checkImages(images); err != nil {
		return fail(err)
	}
	net := r.Recipe.Net
	if err := told.check(net, images.N, net.Height, net.Width); err != nil {
		return fail(err)
	}
	size, area := net.Height*net.Width*net.Colours, net.Height*net.Width*net.Map
	d := Drawing{Seed: seed}
	all := images.Floats()
	for i := range images.N {
		for range times {
			from := len(d.Given)
			d.Given = append(d.Given, all[i*size:(i+1)*size]...)
			for j := from + net.Height/2*net.Width*net.Colours; j < len(d.Given); j++ {
				d.Given[j] = -1
			}
			d.Map = append(d.Map, told.Map[i*area:(i+1)*area]...)
			if told.Classes != nil {
				d.Classes = append(d.Classes, told.Classes[i])
			}
		}
	}
	return r.Sample(images.N*times, d)
}

// keepSamples draws once into the run's folder, so that a training leaves something to see.
func (r *ColourRun) keepSamples() error {
	return r.KeepOnce("samples", func() (show.Figure, error) {
		pixels, err := r.Sample(40, Drawing{Seed: r.Seed})
		return show.Grid{Title: r.Title(), Images: r.Pictures(pixels), Columns: 10}, err
	})
}

// Pictures turns pixels [N,H,W,C] of this run's size into images for show: in colour, or grey where there are not three colours.
func (r *ColourRun) Pictures(pixels []float32) []image.Image {
	net := r.Recipe.Net
	if net.Colours == 3 {
		return show.Slab(net.Height, net.Width, 3, pixels, show.RGB[float32])
	}
	return show.Slab(net.Height, net.Width*net.Colours, 1, pixels, show.Grey[float32])
}
