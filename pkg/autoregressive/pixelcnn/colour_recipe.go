package pixelcnn

import (
	"fmt"
	"math"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/coding"
	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/train"
)

// ColourRecipe is an experiment in colour: a model and the numbers of its training. Size, colours, levels and classes of the model are those of the data.
type ColourRecipe struct {
	Name      string // of the run ["pixelcnn-colour"; a hyphen and what is changed are added]
	Preset    string
	Net       Colour
	TellClass bool // the class of each image
	TellSpot  bool // the place of the thing in each image
	Steps     int
	Batch     int // images a step
	Rate      train.Rate
	Seed      int64
}

// ColourQuick trains in about twenty seconds on two cores, on pictures of 16×16: ColourQuick().Fit(data.SceneSet(16)).
func ColourQuick() ColourRecipe {
	return ColourRecipe{
		Name: "pixelcnn-colour", Preset: "quick", Net: Colour{Channels: 12, Layers: 4, First: 5, Logistics: 5},
		Steps: 500, Batch: 8, Rate: train.Rate{Peak: 1e-2, Final: 1e-5, Warmup: 30}, Seed: 1,
	}
}

// ColourLaptop trains for five to six minutes on two cores, on pictures of 32×32.
func ColourLaptop() ColourRecipe {
	return ColourRecipe{
		Name: "pixelcnn-colour", Preset: "laptop", Net: Colour{Channels: 12, Layers: 4, First: 5, Logistics: 5},
		Steps: 5000, Batch: 4, Rate: train.Rate{Peak: 8e-3, Final: 1e-5, Warmup: 100}, Seed: 1,
	}
}

// ColourPaper is the published size for CIFAR-10, for an accelerator: 384 features, 20 layers, a softmax over 256 levels.
func ColourPaper() ColourRecipe {
	return ColourRecipe{
		Name: "pixelcnn-colour", Preset: "paper", Net: Colour{Channels: 128, Layers: 20, Kernel: 5},
		Steps: 200_000, Batch: 128, Rate: train.Rate{Peak: 1e-3, Final: 1e-5, Warmup: 1000}, Seed: 1,
	}
}

// ColourPreset is the recipe of that name.
func ColourPreset(name string) (ColourRecipe, error) {
	return train.Pick(name, ColourQuick, ColourLaptop, ColourPaper)
}

// WithSoftmax is the model with a softmax over the levels, as published, in place of a mixture of logistics.
func (r ColourRecipe) WithSoftmax() ColourRecipe {
	r.Name, r.Net.Logistics = r.Name+"-softmax", 0
	return r
}

// WithClasses is the model conditioned on the class. It needs labelled images.
func (r ColourRecipe) WithClasses() ColourRecipe {
	r.Name, r.TellClass = r.Name+"-classes", true
	return r
}

// WithSpots is the model conditioned on a location: where the thing in each picture stands. It needs pictures with Spots, as [data.SceneSet] has them.
func (r ColourRecipe) WithSpots() ColourRecipe {
	r.Name, r.TellSpot = r.Name+"-spots", true
	return r
}

// Fit trains the recipe on pictures of any size, number of colours and levels, or goes on where it was stopped.
func (r ColourRecipe) Fit(set data.PictureSet) (*ColourRun, error) {
	task, err := r.Task(set)
	if err != nil {
		return nil, err
	}
	trained, err := train.Fit(task)
	if err != nil {
		return nil, err
	}
	run := &ColourRun{Run: trained, Recipe: task.Config.(ColourRecipe)}
	return run, run.keepSamples()
}

// Task is the recipe applied to data. What is minimised is the mean −log₂ p(x) for each value of an image, bits/dim.
func (r ColourRecipe) Task(set data.PictureSet) (train.Task, error) {
	r, err := r.sized(set)
	if err != nil {
		return train.Task{}, fmt.Errorf("pixelcnn: fitting %s to %s: %w", r.Name, set.Title(), err)
	}
	batches := data.Batches{Images: set.Train, Size: r.Batch, Seed: r.Seed, WithLabels: r.TellClass}
	if err := batches.Check(); err != nil {
		return train.Task{}, err
	}
	batch := func(step int) []*tensors.Tensor {
		inputs := batches.At(step)
		if r.TellSpot {
			spots := make([]data.Spot, 0, r.Batch)
			for _, i := range batches.Indices(step) {
				spots = append(spots, set.Spots.Train[i])
			}
			inputs = append(inputs, nearTensor(spots, r.Net))
		}
		return inputs
	}
	lines, err := pngLine(set)
	if err != nil {
		return train.Task{}, err
	}
	if set.Floor > 0 {
		lines = append(lines, train.Line{Name: "entropy of the grain", Value: set.Floor})
	}
	net, dims := r.Net, float64(set.Height*set.Width*set.Train.C)
	return train.Task{
		Name: r.Name, Preset: r.Preset, Data: set.Title(), Config: r, Seed: r.Seed, Unit: "bits/dim",
		Steps: r.Steps, Batch: batch, Rate: r.Rate, ClipNorm: 1, Average: 0.999, Valid: r.valid(set), Lines: lines,
		Objective: func(scope *model.Scope, batch []*Node) (*Node, []train.Part) {
			var y, s *Node
			rest := batch[1:]
			if r.TellClass {
				y, rest = rest[0], rest[1:]
			}
			if r.TellSpot {
				s = rest[0]
			}
			return MulScalar(Neg(ReduceAllMean(net.LogProb(scope, batch[0], y, s))), 1/(dims*math.Ln2)), nil
		},
	}, nil
}

// sized fills in what the model has to know of the data.
func (r ColourRecipe) sized(set data.PictureSet) (ColourRecipe, error) {
	m := set.Train
	r.Net.Height, r.Net.Width, r.Net.Colours, r.Net.Levels = set.Height, set.Width, m.C, m.Levels
	switch {
	case m.N == 0 || set.Valid.N == 0:
		return r, fmt.Errorf("%d images to train on and %d to validate: give some of each", m.N, set.Valid.N)
	case m.H != set.Height || m.W != set.Width || set.Valid.H != m.H || set.Valid.W != m.W || set.Valid.C != m.C || set.Valid.Levels != m.Levels:
		return r, fmt.Errorf("its parts are not of one size: use a set as package data makes them")
	case m.Bernoulli:
		return r, fmt.Errorf("the pixels are chances, not values: use data.MNIST for grey digits")
	case r.TellClass && (m.Labels == nil || len(set.Classes) == 0):
		return r, fmt.Errorf("the images have no classes: use a set that has")
	case r.TellSpot && len(set.Spots.Train) != m.N:
		return r, fmt.Errorf("%d places for %d images: use data.SceneSet, which knows them", len(set.Spots.Train), m.N)
	}
	if r.TellClass {
		r.Net.Classes = len(set.Classes)
	}
	if r.TellSpot {
		r.Net.Map = nearChannels
	}
	r.Net = r.Net.withDefaults()
	return r, r.Net.check()
}

// valid is a few batches to validate on, the same ones each time.
func (r ColourRecipe) valid(set data.PictureSet) []func() []*tensors.Tensor {
	const size, most = 64, 4
	if !r.TellSpot {
		return data.Batches{Images: set.Valid, Size: size, Seed: r.Seed, WithLabels: r.TellClass}.Fixed(most)
	}
	var list []func() []*tensors.Tensor
	each := min(size, set.Valid.N)
	for i := range min(most, set.Valid.N/each) {
		part := set.Valid.Range(i*each, (i+1)*each)
		list = append(list, func() []*tensors.Tensor {
			inputs := []*tensors.Tensor{part.Tensor()}
			if r.TellClass {
				inputs = append(inputs, part.LabelTensor())
			}
			return append(inputs, nearTensor(set.Spots.Valid[i*each:(i+1)*each], r.Net))
		})
	}
	return list
}

// pngLine is what PNG makes of the images to validate on, all on one sheet: a level worth passing.
func pngLine(set data.PictureSet) ([]train.Line, error) {
	for _, peer := range coding.Peers() {
		if peer.Name == "PNG, one sheet" {
			sizes, err := coding.Compare(set.Valid.First(200), peer)
			if err != nil {
				return nil, err
			}
			return []train.Line{{Name: peer.Name, Value: sizes[0].BitsPerDim}}, nil
		}
	}
	return nil, nil
}

// nearChannels is F of the map that [Near] makes.
const nearChannels = 3

// Near is the map of a location for images of that size: at every pixel how far down and how far to the right of the place it is, as a share of the side, and a bump
// that is 1 at the place and falls off with the square of the distance, e^(−d²/2σ²), σ an eighth of the side: [N,H,W,3].
func Near(spots []data.Spot, height, width int) []float32 {
	out := make([]float32, 0, len(spots)*height*width*nearChannels)
	for _, spot := range spots {
		for row := range height {
			for col := range width {
				down := (float64(row)+0.5)/float64(height) - float64(spot.Row)
				right := (float64(col)+0.5)/float64(width) - float64(spot.Col)
				out = append(out, float32(down), float32(right), float32(math.Exp(-32*(down*down+right*right))))
			}
		}
	}
	return out
}

func nearTensor(spots []data.Spot, net Colour) *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(Near(spots, net.Height, net.Width), len(spots), net.Height, net.Width, nearChannels)
}
