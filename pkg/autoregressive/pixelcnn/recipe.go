package pixelcnn

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/score"
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

// Quick trains in about twenty seconds on two cores, on digits of 14×14: Quick().Fit(digits.At14()).
func Quick() Recipe {
	return Recipe{
		Name: "pixelcnn", Preset: "quick", Gated: &Gated{Channels: 24, Layers: 4, First: 5},
		Steps: 800, Batch: 32, Rate: train.Rate{Peak: 6e-3, Final: 1e-5, Warmup: 50}, Seed: 1,
	}
}

// Laptop trains for twenty to thirty minutes on two cores, on digits of 28×28.
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
func Preset(name string) (Recipe, error) { return train.Pick(name, Quick, Laptop, Paper) }

// WithPlain is the plain model at equal depth, trained a quarter as long, and for 400 steps at least.
func (r Recipe) WithPlain() Recipe {
	r.Plain = &Plain{Layers: r.Gated.Layers, Channels: r.Gated.Channels, First: r.Gated.First}
	r.Name, r.Gated, r.Steps = "pixelcnn-plain", nil, max(min(400, r.Steps), r.Steps/4)
	return r
}

// WithClasses is the model conditioned on the ten digits, trained half as long. It needs labelled images.
func (r Recipe) WithClasses() Recipe {
	gated := *r.Gated
	gated.Classes = 10
	r.Name, r.Gated, r.Steps = "pixelcnn-classes", &gated, r.Steps/2
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
	trained, err := train.Fit(task)
	if err != nil {
		return nil, err
	}
	run := &Run{Run: trained, Recipe: task.Config.(Recipe)}
	return run, run.keepSamples()
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
	valid := data.Batches{Images: digits.Valid, Size: 128, Seed: r.Seed, WithLabels: r.conditional()}
	counted, err := score.TenNeighboursNats(digits.Train, digits.Valid, r.Seed)
	if err != nil {
		return train.Task{}, err
	}
	net := r.Net()
	return train.Task{
		Name: r.Name, Preset: r.Preset, Data: digits.Title(), Config: r, Seed: r.Seed,
		Steps: r.Steps, Batch: batches.At, Rate: r.Rate, ClipNorm: 20, Average: 0.999, Valid: valid.Fixed(8),
		Lines: []train.Line{{Name: "table of 10 neighbours", Value: counted.Mean}},
		Objective: func(scope *model.Scope, batch []*Node) (*Node, []train.Part) {
			var y *Node
			if len(batch) > 1 {
				y = batch[1]
			}
			return Neg(ReduceAllMean(net.LogProb(scope, batch[0], y))), nil
		},
	}, nil
}
