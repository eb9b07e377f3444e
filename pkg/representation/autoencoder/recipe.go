package autoencoder

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/train"
)

// Recipe is an experiment: the model and the numbers of its training.
type Recipe struct {
	Name   string // of the run ["autoencoder", "autoencoder-gaussian" or "autoencoder-linear"]
	Preset string
	Model  Autoencoder
	Steps  int
	Batch  int // images a step
	Rate   train.Rate
	Seed   int64
}

// Quick trains in about fifteen seconds on two cores.
func Quick() Recipe {
	return Recipe{
		Name: "autoencoder", Preset: "quick",
		Steps: 3000, Batch: 100, Rate: train.Rate{Peak: 2e-3, Final: 1e-5, Warmup: 100}, Seed: 1,
	}
}

// Laptop trains for a few minutes on two cores.
func Laptop() Recipe {
	return Recipe{
		Name: "autoencoder", Preset: "laptop", Model: Autoencoder{Hidden: 512},
		Steps: 30_000, Batch: 100, Rate: train.Rate{Peak: 1e-3, Final: 1e-5, Warmup: 500}, Seed: 1,
	}
}

// Paper has the 30 codes of Hinton and Salakhutdinov 2006 (https://doi.org/10.1126/science.1127647), for an accelerator.
func Paper() Recipe {
	return Recipe{
		Name: "autoencoder", Preset: "paper", Model: Autoencoder{Hidden: 1000, Codes: 30},
		Steps: 200_000, Batch: 100, Rate: train.Rate{Peak: 1e-3, Final: 1e-5, Warmup: 500}, Seed: 1,
	}
}

// Preset is the recipe of that name.
func Preset(name string) (Recipe, error) { return train.Pick(name, Quick, Laptop, Paper) }

// WithGaussian is the same training with squared errors, which grey images can have too.
func (r Recipe) WithGaussian() Recipe {
	r.Name, r.Model.Gaussian = "autoencoder-gaussian", true
	return r
}

// WithLinear is the same training of the linear model with squared errors: principal components, found by descent.
func (r Recipe) WithLinear() Recipe {
	r.Name, r.Model.Gaussian, r.Model.Linear = "autoencoder-linear", true, true
	return r
}

// Task is the recipe applied to data.
func (r Recipe) Task(digits data.Digits) (train.Task, error) {
	m := r.Model
	switch {
	case digits.Train.C != 1:
		return train.Task{}, fmt.Errorf("autoencoder: fitting %s to %s: images of %d channels: there must be one", r.Name, digits.Title(), digits.Train.C)
	case !m.Gaussian && !digits.Variant.Binary():
		return train.Task{}, fmt.Errorf("autoencoder: fitting %s to %s: the images must be binary: use data.BinarizedMNIST, or WithGaussian", r.Name, digits.Title())
	case m.Codes < 0 || m.Hidden < 0:
		return train.Task{}, fmt.Errorf("autoencoder: fitting %s: %d codes and %d hidden units: numbers must be above zero", r.Name, m.Codes, m.Hidden)
	}
	r.Model.Height, r.Model.Width = digits.Height, digits.Width
	r.Model = r.Model.withDefaults()
	batches := data.Batches{Images: digits.Train, Size: r.Batch, Seed: r.Seed}
	if err := batches.Check(); err != nil {
		return train.Task{}, err
	}
	valid := data.Batches{Images: digits.Valid, Size: 500, Seed: r.Seed}
	task := train.Task{
		Name: r.Name, Preset: r.Preset, Data: digits.Title(), Config: r, Seed: r.Seed,
		Steps: r.Steps, Batch: batches.At, Rate: r.Rate, ClipNorm: 100, Average: 0.999, Valid: valid.Fixed(4),
		Objective: func(scope *model.Scope, batch []*Node) (*Node, []train.Part) {
			return ReduceAllMean(r.Model.Cost(scope, batch[0])), nil
		},
	}
	if r.Model.Gaussian {
		task.Unit = "½‖x − x̂‖²/image"
	}
	return task, nil
}

// Fit trains the recipe on digits of any size, or goes on where it was stopped.
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
