package subscale

import (
	"cmp"
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/score"
	"github.com/curious-go/curious/pkg/train"
)

// Recipe is an experiment: a model and the numbers of its training. Height, width, colours and, unless the model says, bits are those of the images.
type Recipe struct {
	Name   string // of the run ["subscale", and what the recipe's With… methods add]
	Preset string
	Model  Config
	Equal  bool // in place of the model, a Gated PixelCNN of as many parameters
	Steps  int
	Batch  int // images a step
	Rate   train.Rate
	Seed   int64
}

// Quick trains in about 20 seconds on two quiet cores, on digits of 14×14: Quick().Fit(digits.At14()).
func Quick() Recipe {
	return Recipe{
		Name: "subscale", Preset: "quick", Model: Config{Channels: 24, Layers: 3, Blocks: 1},
		Steps: 500, Batch: 32, Rate: train.Rate{Peak: 6e-3, Final: 1e-5, Warmup: 50}, Seed: 1,
	}
}

// Laptop trains for about four minutes on two quiet cores, on digits of 28×28.
func Laptop() Recipe {
	return Recipe{
		Name: "subscale", Preset: "laptop", Model: Config{Channels: 32, Layers: 4, Blocks: 2},
		Steps: 1800, Batch: 16, Rate: train.Rate{Peak: 5e-3, Final: 1e-5, Warmup: 100}, Seed: 1,
	}
}

// Paper is a model of the published kind for small images, for an accelerator.
func Paper() Recipe {
	return Recipe{
		Name: "subscale", Preset: "paper", Model: Config{Channels: 128, Layers: 15, Blocks: 8},
		Steps: 100_000, Batch: 128, Rate: train.Rate{Peak: 1e-3, Final: 1e-5, Warmup: 1000}, Seed: 1,
	}
}

// Preset is the recipe of that name.
func Preset(name string) (Recipe, error) { return train.Pick(name, Quick, Laptop, Paper) }

// WithSize draws the first slice by a network of its own.
func (r Recipe) WithSize() Recipe {
	r.Name, r.Model.Small = r.Name+"-size", true
	return r
}

// WithBits keeps so many significant bits of each value of the images.
func (r Recipe) WithBits(bits int) Recipe {
	r.Name, r.Model.Bits = fmt.Sprintf("%s-%dbit", r.Name, bits), bits
	return r
}

// WithDepth draws so many significant bits of each value first, and then the others.
func (r Recipe) WithDepth(high int) Recipe {
	r.Name, r.Model.High = r.Name+"-depth", high
	return r
}

// WithSlices cuts images into slices·slices slices.
func (r Recipe) WithSlices(slices int) Recipe {
	r.Name, r.Model.Slices = fmt.Sprintf("%s-%dslices", r.Name, slices*slices), slices
	return r
}

// Shorter trains for one so-manieth of the steps: for a small experiment beside the main one.
func (r Recipe) Shorter(times int) Recipe {
	r.Steps /= times
	return r
}

// Smaller takes so many times as few images a step: a picture of many values teaches enough by itself.
func (r Recipe) Smaller(times int) Recipe {
	r.Batch = max(1, r.Batch/times)
	return r
}

// WithPlain is what to hold the model against: a Gated PixelCNN of as many parameters, or a few more, trained for as many steps.
func (r Recipe) WithPlain() Recipe {
	r.Name, r.Equal = r.Name+"-plain", true
	return r
}

// Fit trains the recipe on digits, or goes on where it was stopped.
func (r Recipe) Fit(digits data.Digits) (*Run, error) {
	return r.FitImages(digits.Title(), digits.Train, digits.Valid)
}

// FitImages is [Recipe.Fit] on images of any kind, under the title of their data set.
func (r Recipe) FitImages(title string, images, valid data.Images) (*Run, error) {
	task, err := r.Task(title, images, valid)
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

// Task is the recipe applied to images. Where they have more bits than the model, the least significant ones are left out, and the title says so.
func (r Recipe) Task(title string, images, valid data.Images) (train.Task, error) {
	task, err := r.task(title, images, valid)
	if err != nil {
		return train.Task{}, fmt.Errorf("subscale: fitting %s to %s: %w", r.Name, title, err)
	}
	return task, nil
}

func (r Recipe) task(title string, images, valid data.Images) (train.Task, error) {
	m := r.Model
	m.Height, m.Width, m.Colours = images.H, images.W, images.C
	full, err := bitsOf(images)
	if err != nil {
		return train.Task{}, err
	}
	m.Bits = cmp.Or(m.Bits, full)
	if r.Equal {
		m = m.Plain()
	}
	if err := m.Check(); err != nil {
		return train.Task{}, err
	}
	r.Model = m.withDefaults()
	if images, err = r.Model.prepare(images); err != nil {
		return train.Task{}, err
	}
	if valid, err = r.Model.prepare(valid); err != nil {
		return train.Task{}, err
	}
	if m.Bits < full {
		title = fmt.Sprintf("%s, %d of %d bits", title, m.Bits, full)
	}
	batches := data.Batches{Images: images, Size: r.Batch, Seed: r.Seed}
	if err := batches.Check(); err != nil {
		return train.Task{}, err
	}
	lines, err := lines(images, valid, r.Seed)
	if err != nil {
		return train.Task{}, err
	}
	return train.Task{
		Name: r.Name, Preset: r.Preset, Data: title, Config: r, Seed: r.Seed,
		Steps: r.Steps, Batch: batches.At, Rate: r.Rate, ClipNorm: 20, Average: 0.999,
		Valid: data.Batches{Images: valid, Size: 128, Seed: r.Seed}.Fixed(8), Lines: lines,
		Objective: func(scope *model.Scope, batch []*Node) (*Node, []train.Part) {
			each := Neg(ReduceMean(r.Model.BySlice(scope, batch[0]), 0)) // [groups]
			var parts []train.Part
			for i, name := range r.Model.Groups() {
				parts = append(parts, train.Part{Name: name, Value: Reshape(Slice(each, AxisElem(i)))})
			}
			return ReduceAllSum(each), parts
		},
	}, nil
}

// lines are the yardsticks beside the learning curve: for binary digits, a table of ten neighbours.
func lines(images, valid data.Images, seed int64) ([]train.Line, error) {
	if images.C > 1 || images.Levels > 2 && !images.Bernoulli {
		return nil, nil
	}
	counted, err := score.TenNeighboursNats(images, valid, seed)
	return []train.Line{{Name: "table of 10 neighbours", Value: counted.Mean}}, err
}
