package vae

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/train"
)

// Recipe is an experiment: the model and the numbers of its training.
type Recipe struct {
	Name   string // of the run ["vae", or "vae-conv"]
	Preset string
	Model  VAE
	Steps  int
	Batch  int // images a step
	Rate   train.Rate
	Seed   int64
}

// Quick trains in about twenty seconds on two cores.
func Quick() Recipe {
	return Recipe{
		Name: "vae", Preset: "quick", Model: VAE{Hidden: 300},
		Steps: 4000, Batch: 100, Rate: train.Rate{Peak: 2e-3, Final: 1e-5, Warmup: 100}, Seed: 1,
	}
}

// Laptop trains for about ten minutes on two cores.
func Laptop() Recipe {
	return Recipe{
		Name: "vae", Preset: "laptop", Model: VAE{Hidden: 500, Layers: 2, Codes: 40},
		Steps: 60_000, Batch: 100, Rate: train.Rate{Peak: 1e-3, Final: 1e-5, Warmup: 500}, Seed: 1,
	}
}

// Paper trains as long as published results did, for an accelerator.
func Paper() Recipe {
	return Recipe{
		Name: "vae", Preset: "paper", Model: VAE{Hidden: 500, Layers: 2, Codes: 50},
		Steps: 1_000_000, Batch: 100, Rate: train.Rate{Peak: 1e-3, Final: 1e-5, Warmup: 500}, Seed: 1,
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
	return Recipe{}, fmt.Errorf("vae: preset %q: there are quick, laptop and paper", name)
}

// WithConv is the same training of the convolutional model.
func (r Recipe) WithConv() Recipe {
	r.Name, r.Model = "vae-conv", VAE{Conv: true, Codes: r.Model.Codes, Beta: r.Model.Beta}
	r.Steps /= 4 // a step costs more
	return r
}

// WithBeta weighs the code's cost differently in the loss: β of Higgins et al. 2017 (https://openreview.net/forum?id=Sy2fzU9gl).
func (r Recipe) WithBeta(beta float64) Recipe {
	r.Name, r.Model.Beta = fmt.Sprintf("%s-beta-%g", r.Name, beta), beta
	return r
}

// Task is the recipe applied to data.
func (r Recipe) Task(digits data.Digits) (train.Task, error) {
	if !digits.Variant.Binary() || digits.Train.C != 1 {
		return train.Task{}, fmt.Errorf("vae: fitting %s to %s: the images must be binary: use data.BinarizedMNIST", r.Name, digits.Title())
	}
	if r.Model.Conv && (digits.Height%4 != 0 || digits.Width%4 != 0) {
		return train.Task{}, fmt.Errorf("vae: fitting %s to %s: convolutions need sides that 4 divides: use the MLP", r.Name, digits.Title())
	}
	r.Model.Height, r.Model.Width = digits.Height, digits.Width
	r.Model = r.Model.withDefaults()
	batches := data.Batches{Images: digits.Train, Size: r.Batch, Seed: r.Seed}
	if err := batches.Check(); err != nil {
		return train.Task{}, err
	}
	valid := digits.Valid.Shuffled(r.Seed)
	var validBatches []func() []*tensors.Tensor
	for i := range min(4, valid.N/500) {
		part := data.Batches{Images: valid.Range(500*i, 500*(i+1)), Size: 500, Seed: r.Seed}
		validBatches = append(validBatches, func() []*tensors.Tensor { return part.At(0) })
	}
	return train.Task{
		Name: r.Name, Preset: r.Preset, Data: digits.Title(), Config: r, Seed: r.Seed,
		Steps: r.Steps, Batch: batches.At, Rate: r.Rate, ClipNorm: 100, Average: 0.999, Valid: validBatches,
		Objective: r.Model.Objective,
	}, nil
}

// Objective is the negative ELBO, averaged over the batch, and its two parts.
func (c VAE) Objective(scope *model.Scope, batch []*Node) (*Node, []train.Part) {
	c = c.withDefaults()
	reconstruction, kl := c.Terms(scope, batch[0])
	reconstruction, kl = ReduceAllMean(reconstruction), ReduceAllMean(kl)
	return Add(reconstruction, MulScalar(kl, c.Beta)), []train.Part{
		{Name: "reconstruction", Value: reconstruction},
		{Name: "code", Value: kl},
	}
}

// Fit trains the recipe on binary digits, or goes on where it was stopped.
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

// Run is a trained model.
type Run struct {
	*train.Run
	Recipe Recipe
}

// Open opens the run that Fit left at this preset: vae.Open("quick"). For another recipe give its name too: vae.Open("quick", "vae-conv").
func Open(preset string, name ...string) (*Run, error) {
	title := "vae"
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
