package pixelcnn

import (
	"fmt"
	"image"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/show"
	"github.com/curious-go/curious/pkg/train"
)

// Net is what both models of this package are.
type Net interface {
	Logits(scope *model.Scope, x, y *Node) *Node
	LogProb(scope *model.Scope, x, y *Node) *Node
}

// Recipe is an experiment: a model and the numbers of its training.
type Recipe struct {
	Name   string // of the run ["pixelcnn", "pixelcnn-plain" or "pixelcnn-classes"]
	Preset string
	Gated  *Gated `json:",omitempty"` // one of the two models
	Plain  *Plain `json:",omitempty"`
	Steps  int
	Batch  int // images a step
	Rate   train.Rate
	Seed   int64
}

// Quick trains in about half a minute on two cores, on digits of 14×14: Quick().Fit(digits.At14()).
func Quick() Recipe {
	return Recipe{
		Name: "pixelcnn", Preset: "quick", Gated: &Gated{Channels: 24, Layers: 4, First: 5},
		Steps: 2400, Batch: 32, Rate: train.Rate{Peak: 6e-3, Final: 1e-5, Warmup: 50}, Seed: 1,
	}
}

// Laptop trains for a quarter of an hour on two cores, on digits of 28×28.
func Laptop() Recipe {
	return Recipe{
		Name: "pixelcnn", Preset: "laptop", Gated: &Gated{Channels: 32, Layers: 6},
		Steps: 11_000, Batch: 16, Rate: train.Rate{Peak: 4e-3, Final: 1e-5, Warmup: 200}, Seed: 1,
	}
}

// Paper is the published size for MNIST, for an accelerator.
func Paper() Recipe {
	return Recipe{
		Name: "pixelcnn", Preset: "paper", Gated: &Gated{Channels: 128, Layers: 15},
		Steps: 100_000, Batch: 128, Rate: train.Rate{Peak: 1e-3, Final: 1e-5, Warmup: 1000}, Seed: 1,
	}
}

// Preset is the recipe of that name.
func Preset(name string) (Recipe, error) {
	switch name {
	case "quick":
		return Quick(), nil
	case "laptop":
		return Laptop(), nil
	case "paper":
		return Paper(), nil
	}
	return Recipe{}, fmt.Errorf("pixelcnn: preset %q: there are quick, laptop and paper", name)
}

// WithPlain is the same training of the plain model, at equal depth.
func (r Recipe) WithPlain() Recipe {
	r.Plain = &Plain{Layers: r.Gated.Layers, Channels: r.Gated.Channels, First: r.Gated.First}
	r.Name, r.Gated = "pixelcnn-plain", nil
	return r
}

// WithClasses is the same training conditioned on the ten digits. It needs labelled images.
func (r Recipe) WithClasses() Recipe {
	gated := *r.Gated
	gated.Classes = 10
	r.Name, r.Gated = "pixelcnn-classes", &gated
	return r
}

// Net is the recipe's model.
func (r Recipe) Net() Net {
	if r.Plain != nil {
		return *r.Plain
	}
	return *r.Gated
}

// conditional says whether the model wants classes.
func (r Recipe) conditional() bool { return r.Gated != nil && r.Gated.Classes > 0 }

// Fit trains the recipe on binary digits of any size, or goes on where it was stopped.
func (r Recipe) Fit(digits data.Digits) (*Run, error) {
	task, err := r.Task(digits)
	if err != nil {
		return nil, err
	}
	run, err := train.Fit(task)
	if err != nil {
		return nil, err
	}
	return &Run{Run: run, Recipe: task.Config.(Recipe)}, nil
}

// Task is the recipe applied to data.
func (r Recipe) Task(digits data.Digits) (train.Task, error) {
	if !digits.Variant.Binary() || digits.Train.C != 1 {
		return train.Task{}, fmt.Errorf("pixelcnn: fitting %s to %s: the images must be binary: use data.BinarizedMNIST", r.Name, digits.Title())
	}
	if r.conditional() && digits.Train.Labels == nil {
		return train.Task{}, fmt.Errorf("pixelcnn: fitting %s to %s: the images have no classes: use data.ThresholdMNIST or data.DynamicMNIST", r.Name, digits.Title())
	}
	if r.Gated != nil {
		sized := *r.Gated
		sized.Height, sized.Width = digits.Height, digits.Width
		sized = sized.withDefaults()
		r.Gated = &sized
	} else {
		sized := *r.Plain
		sized.Height, sized.Width = digits.Height, digits.Width
		sized = sized.withDefaults()
		r.Plain = &sized
	}
	batches := data.Batches{Images: digits.Train, Size: r.Batch, Seed: r.Seed, WithLabels: r.conditional()}
	if err := batches.Check(); err != nil {
		return train.Task{}, err
	}
	valid := digits.Valid.Shuffled(r.Seed)
	var validBatches []func() []*tensors.Tensor
	for i := range min(8, valid.N/128) {
		part := data.Batches{Images: valid.Range(128*i, 128*(i+1)), Size: 128, Seed: r.Seed, WithLabels: r.conditional()}
		validBatches = append(validBatches, func() []*tensors.Tensor { return part.At(0) })
	}
	net := r.Net()
	return train.Task{
		Name: r.Name, Preset: r.Preset, Data: digits.Title(), Config: r, Seed: r.Seed,
		Steps: r.Steps, Batch: batches.At, Rate: r.Rate, ClipNorm: 20, Average: 0.999, Valid: validBatches,
		Objective: func(scope *model.Scope, batch []*Node) (*Node, []train.Part) {
			var y *Node
			if len(batch) > 1 {
				y = batch[1]
			}
			return Neg(ReduceAllMean(net.LogProb(scope, batch[0], y))), nil
		},
	}, nil
}

// Run is a trained model.
type Run struct {
	*train.Run
	Recipe Recipe
}

// Open opens the run that Fit left at this preset: pixelcnn.Open("quick"). For the other models give the run's name too:
// pixelcnn.Open("quick", "pixelcnn-classes").
func Open(preset string, name ...string) (*Run, error) {
	title := "pixelcnn"
	if len(name) > 0 {
		title = name[0]
	}
	run := &Run{}
	opened, err := train.Open(title, preset, &run.Recipe)
	if err != nil {
		return nil, err
	}
	run.Run = opened
	return run, nil
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
