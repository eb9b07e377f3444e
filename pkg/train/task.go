package train

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/optimizer"
)

// Task is all that [Fit] has to know: a model's objective, its data, and the numbers of the training.
type Task struct {
	Name   string // the run's folder is NAME-PRESET
	Preset string // "quick", "laptop" or "paper"
	Data   string // what it trains on, with the variant: "static binarised MNIST 28×28"
	Config any    // the model's and the recipe's numbers, as JSON; a run of other numbers is refused
	Seed   int64

	Steps     int
	Batch     func(step int) []*tensors.Tensor // a pure function of step, so that a resumed run equals an unbroken one
	Objective Objective
	Unit      string // of the loss ["nats/image"]

	Rate     Rate
	ClipNorm float64 // limit of the gradient's norm; 0 for none
	Average  float64 // decay of the weights' running average, such as 0.999; 0 for none
	RMSProp  bool    // instead of Adam

	Valid      []func() []*tensors.Tensor // batches to validate on; none by default
	ValidEvery int                        // steps between validations, each followed by a checkpoint [a tenth of Steps]

	Lines []Line // levels worth seeing beside the curve, such as a count table's score
}

// Line is a level drawn across the learning curve.
type Line struct {
	Name  string
	Value float64
}

// Rate is the learning rate over a training: a linear warm-up to Peak, then a half cosine down to Final.
type Rate struct {
	Peak   float64
	Final  float64 // [Peak: constant after the warm-up]
	Warmup int     // steps
}

// At is the rate at a step of a training of so many steps.
func (r Rate) At(step, steps int) float64 {
	if step < r.Warmup {
		return r.Peak * float64(step+1) / float64(r.Warmup)
	}
	if r.Final == 0 || steps <= r.Warmup {
		return r.Peak
	}
	done := float64(step-r.Warmup) / float64(steps-r.Warmup)
	return r.Final + (r.Peak-r.Final)*0.5*(1+math.Cos(math.Pi*min(done, 1)))
}

var plainName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]*$`)

// check completes the task with its defaults, or says what is wrong with it.
func (t *Task) check() error {
	switch {
	case !plainName.MatchString(t.Name) || !plainName.MatchString(t.Preset):
		return fmt.Errorf("train: a run named %q, preset %q: names are lower-case letters, digits, dots and hyphens", t.Name, t.Preset)
	case t.Steps <= 0:
		return fmt.Errorf("train: run %s: %d steps: give at least one", t.Title(), t.Steps)
	case t.Batch == nil || t.Objective == nil:
		return fmt.Errorf("train: run %s: a task needs Batch and Objective", t.Title())
	case !(t.Rate.Peak > 0) || math.IsInf(t.Rate.Peak, 1) || !(t.Rate.Final >= 0) || t.Rate.Warmup < 0:
		return fmt.Errorf("train: run %s: learning rate from %g to %g after %d steps of warm-up: give numbers above zero", t.Title(), t.Rate.Peak, t.Rate.Final, t.Rate.Warmup)
	case !(t.ClipNorm >= 0) || !(t.Average >= 0 && t.Average < 1):
		return fmt.Errorf("train: run %s: ClipNorm %g, Average %g: a norm is not negative, a decay is from 0 to below 1", t.Title(), t.ClipNorm, t.Average)
	}
	if err := knownPreset(t.Title(), t.Preset); err != nil {
		return err
	}
	if t.Unit == "" {
		t.Unit = "nats/image"
	}
	if t.ValidEvery <= 0 {
		t.ValidEvery = max(1, t.Steps/10)
	}
	return nil
}

// batch makes the batch of a step; a panic on the way is an error.
func (t *Task) batch(step int) (batch []*tensors.Tensor, err error) {
	defer caught(&err)
	defer locate()
	batch = t.Batch(step)
	if len(batch) == 0 {
		return nil, errors.New("it holds no tensors")
	}
	return batch, nil
}

// Title is NAME-PRESET, the name of the run's folder.
func (t *Task) Title() string { return t.Name + "-" + t.Preset }

// gradientOptimizer takes gradients instead of a loss, so that they can be clipped first.
type gradientOptimizer interface {
	optimizer.Interface
	UpdateGraphWithGradients(scope *model.Scope, gradients []*Node, dtype dtypes.DType)
}

func (t *Task) optimizer() gradientOptimizer {
	config := optimizer.Adam()
	if t.RMSProp {
		config = optimizer.RMSProp()
	}
	return config.Epsilon(1e-8).Done().(gradientOptimizer)
}

// Presets are the sizes that every recipe comes in.
var Presets = []string{"quick", "laptop", "paper"}

func knownPreset(title, preset string) error {
	if slices.Contains(Presets, preset) {
		return nil
	}
	return fmt.Errorf("train: run %s: unknown preset %q: there are quick, laptop and paper", title, preset)
}

// Pick is the recipe of a preset by its name.
func Pick[Recipe any](preset string, quick, laptop, paper func() Recipe) (Recipe, error) {
	switch preset {
	case "quick":
		return quick(), nil
	case "laptop":
		return laptop(), nil
	case "paper":
		return paper(), nil
	}
	var none Recipe
	return none, fmt.Errorf("train: unknown preset %q: there are quick, laptop and paper", preset)
}
