package pixelrnn

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/autoregressive/pixelcnn"
	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/score"
	"github.com/curious-go/curious/pkg/train"
)

// Recipe is an experiment: a net and the numbers of its training.
type Recipe struct {
	Name    string // of the run ["pixelrnn", "pixelrnn-row", "pixelrnn-multiscale" or "pixelrnn-grey"]
	Preset  string
	Model   Config
	Small   *Config `json:",omitempty"` // the net of the small image, where the recipe is multi-scale and Model that of the others
	Steps   int
	Batch   int // images a step
	Rate    train.Rate
	RMSProp bool // instead of Adam
	Seed    int64
}

// Quick trains in about twenty seconds on two cores, on digits of 14×14: Quick().Fit(digits.At14()).
func Quick() Recipe {
	return Recipe{
		Name: "pixelrnn", Preset: "quick", Model: Config{First: 5},
		Steps: 280, Batch: 32, Rate: train.Rate{Peak: 1.2e-2, Final: 1e-5, Warmup: 30}, Seed: 1,
	}
}

// Laptop trains for some six minutes on two cores, on digits of 28×28; the Row LSTM and the plain PixelCNN take half as long.
func Laptop() Recipe {
	return Recipe{
		Name: "pixelrnn", Preset: "laptop", Model: Config{Channels: 16, Layers: 2},
		Steps: 2200, Batch: 16, Rate: train.Rate{Peak: 8e-3, Final: 1e-5, Warmup: 100}, Seed: 1,
	}
}

// Paper is the published size for MNIST, for an accelerator.
func Paper() Recipe {
	return Recipe{
		Name: "pixelrnn", Preset: "paper", Model: Config{Channels: 16, Layers: 7},
		Steps: 200_000, Batch: 16, Rate: train.Rate{Peak: 1e-3, Final: 1e-5, Warmup: 1000}, RMSProp: true, Seed: 1,
	}
}

// Preset is the recipe of that name.
func Preset(name string) (Recipe, error) { return train.Pick(name, Quick, Laptop, Paper) }

// WithRow is the Row LSTM of as many layers and about as many parameters, trained for as many steps.
func (r Recipe) WithRow() Recipe {
	want := r.Model.Parameters()
	r.Name, r.Model.Cell, r.Model.Head = "pixelrnn-row", RowLSTM, 0
	r.Model.Channels = nearest(want, r.Model.withDefaults().Colours, func(n int) int {
		r.Model.Channels = n
		return r.Model.Parameters()
	})
	return r
}

// WithMultiScale is a net for the small image and one for all others, with about as many parameters together, trained half as long.
func (r Recipe) WithMultiScale() Recipe {
	want, small := r.Model.Parameters(), r.Model
	r.Name, r.Small, r.Steps = "pixelrnn-multiscale", &small, r.Steps/2
	r.Model.Channels = nearest(want, r.Model.withDefaults().Colours, func(n int) int {
		small.Channels, r.Model.Channels = n, n
		return MultiScale{small, r.Model}.Parameters()
	})
	small.Channels = r.Model.Channels
	return r
}

// WithGrey is a net of one layer for grey images, of 14×14 and 256 levels as it is meant, trained half as long: WithGrey().Fit(grey.At14()).
func (r Recipe) WithGrey() Recipe {
	r.Name, r.Model.Layers, r.Model.First, r.Steps = "pixelrnn-grey", 1, 5, r.Steps/2
	return r
}

// WithPlain is the plain PixelCNN of as many layers and about as many parameters, trained for as many steps. It is for binary images.
func (r Recipe) WithPlain() pixelcnn.Recipe {
	c := r.Model.withDefaults()
	plain := pixelcnn.Plain{Layers: c.Layers, First: c.First, Kernel: c.Kernel}
	plain.Channels = nearest(c.Parameters(), 1, func(n int) int {
		plain.Channels = n
		return plainParameters(plain)
	})
	return pixelcnn.Recipe{Name: "pixelrnn-plain", Preset: r.Preset, Plain: &plain, Steps: r.Steps, Batch: r.Batch, Rate: r.Rate, Seed: r.Seed}
}

// Contestant is a model that [Recipe.Contest] compares.
type Contestant struct {
	Name                         string // for tables: "Diagonal BiLSTM"
	Run                          string // its name, to open it by
	Layers, Channels, Parameters int
}

// Contest is what to compare at equal parameters: this recipe, [Recipe.WithRow] and [Recipe.WithPlain]. It is the table's left part; train each for the right one.
func (r Recipe) Contest() []Contestant {
	row, plain := r.WithRow(), r.WithPlain()
	c, d, p := r.Model.withDefaults(), row.Model.withDefaults(), *plain.Plain
	return []Contestant{
		{"Diagonal BiLSTM", r.Name, c.Layers, c.Channels, c.Parameters()},
		{"Row LSTM", row.Name, d.Layers, d.Channels, d.Parameters()},
		{"PixelCNN", plain.Name, p.Layers, p.Channels, plainParameters(p)},
	}
}

// Net is the recipe's model.
func (r Recipe) Net() Net {
	if r.Small != nil {
		return MultiScale{*r.Small, r.Model}
	}
	return r.Model
}

// Fit trains the recipe on digits of any size, binary or grey, or goes on where it was stopped.
func (r Recipe) Fit(digits data.Digits) (*Run, error) {
	return r.FitImages(digits.Title(), digits.Train, digits.Valid)
}

// FitImages is [Recipe.Fit] on images of any kind, grey or in colour, under the title of their data set.
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

// Task is the recipe applied to images, whose size, colours and levels the net takes on.
func (r Recipe) Task(title string, images, valid data.Images) (train.Task, error) {
	task, err := r.task(title, images, valid)
	if err != nil {
		return train.Task{}, fmt.Errorf("pixelrnn: fitting %s to %s: %w", r.Name, title, err)
	}
	return task, nil
}

func (r Recipe) task(title string, images, valid data.Images) (train.Task, error) {
	m := &r.Model
	m.Height, m.Width, m.Colours, m.Levels = images.H, images.W, images.C, images.Levels
	m.Channels = roundUp(m.withDefaults().Channels, images.C)
	m.Head = roundUp(m.withDefaults().Head, images.C)
	if r.Small != nil {
		both := MultiScale{*r.Small, *m}
		both.Small.Channels, both.Small.Head = roundUp(both.withDefaults().Small.Channels, images.C), 0
		both = both.withDefaults()
		r.Small, *m = &both.Small, both.Large
	}
	*m = m.withDefaults()
	net := r.Net()
	if err := net.Check(); err != nil {
		return train.Task{}, err
	}
	if valid.H != images.H || valid.W != images.W || valid.C != images.C || valid.Levels != images.Levels {
		return train.Task{}, fmt.Errorf("images to validate on are %d×%d×%d of %d levels, those to train on %d×%d×%d of %d: use one data set",
			valid.H, valid.W, valid.C, valid.Levels, images.H, images.W, images.C, images.Levels)
	}
	batches := data.Batches{Images: images, Size: r.Batch, Seed: r.Seed}
	if err := batches.Check(); err != nil {
		return train.Task{}, err
	}
	lines, err := yardstick(images, valid, r.Seed)
	if err != nil {
		return train.Task{}, err
	}
	return train.Task{
		Name: r.Name, Preset: r.Preset, Data: title, Config: r, Seed: r.Seed,
		Steps: r.Steps, Batch: batches.At, Rate: r.Rate, RMSProp: r.RMSProp, ClipNorm: 20, Average: 0.999,
		Valid: data.Batches{Images: valid, Size: 128, Seed: r.Seed}.Fixed(8), Lines: lines,
		Objective: func(scope *model.Scope, batch []*Node) (*Node, []train.Part) {
			return Neg(ReduceAllMean(net.LogProb(scope, batch[0]))), nil
		},
	}, nil
}

// yardstick is what binary digits cost under a table of ten neighbours; there is none for others.
func yardstick(images, valid data.Images, seed int64) ([]train.Line, error) {
	if images.C > 1 || images.Levels > 2 {
		return nil, nil
	}
	counted, err := score.TenNeighboursNats(images, valid, seed)
	return []train.Line{{Name: "table of 10 neighbours", Value: counted.Mean}}, err
}

// roundUp is n, or the next number that colours divides.
func roundUp(n, colours int) int { return n + (colours-n%colours)%colours }
