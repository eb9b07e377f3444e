package vae

import (
	"cmp"
	"fmt"
	"math"

	. "github.com/gomlx/gomlx/core/graph"
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

// Laptop trains convolutions for a quarter of an hour on two cores. On digits binarised anew for every batch, data.DynamicMNIST, it does not overfit.
func Laptop() Recipe {
	return Recipe{
		Name: "vae", Preset: "laptop", Model: VAE{Conv: true, Hidden: 16, Codes: 40},
		Steps: 30_000, Batch: 100, Rate: train.Rate{Peak: 2e-3, Final: 1e-5, Warmup: 500}, Seed: 1,
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
func Preset(name string) (Recipe, error) { return train.Pick(name, Quick, Laptop, Paper) }

// WithConv is the same training of the convolutional model.
func (r Recipe) WithConv() Recipe {
	r.Name, r.Model = r.Name+"-conv", VAE{Conv: true, Codes: r.Model.Codes, Beta: r.Model.Beta}
	r.Steps /= 4 // a step costs more
	return r
}

// WithBeta weighs the code's cost differently in the loss: β of Higgins et al. 2017 (https://openreview.net/forum?id=Sy2fzU9gl). With β = 0 the code is free.
func (r Recipe) WithBeta(beta float64) Recipe {
	r.Name = fmt.Sprintf("%s-beta-%g", r.Name, beta)
	r.Model.Beta = cmp.Or(beta, math.SmallestNonzeroFloat64) // a field of zero would mean its default
	return r
}

// Task is the recipe applied to data.
func (r Recipe) Task(digits data.Digits) (train.Task, error) {
	if !digits.Variant.Binary() || digits.Train.C != 1 {
		return train.Task{}, fmt.Errorf("vae: fitting %s to %s: the images must be binary: use data.BinarizedMNIST", r.Name, digits.Title())
	}
	if m := r.Model; m.Codes < 0 || m.Hidden < 0 || m.Layers < 0 || !(m.Beta >= 0) || math.IsInf(m.Beta, 1) {
		return train.Task{}, fmt.Errorf("vae: fitting %s: %d codes, %d hidden units, %d layers, β = %g: none may be negative, and β must be a number", r.Name, m.Codes, m.Hidden, m.Layers, m.Beta)
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
	valid := data.Batches{Images: digits.Valid, Size: 500, Seed: r.Seed}
	return train.Task{
		Name: r.Name, Preset: r.Preset, Data: digits.Title(), Config: r, Seed: r.Seed,
		Steps: r.Steps, Batch: batches.At, Rate: r.Rate, ClipNorm: 100, Average: 0.999, Valid: valid.Fixed(4),
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
