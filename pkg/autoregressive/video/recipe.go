package video

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/train"
)

// Recipe is an experiment: a model and the numbers of its training.
type Recipe struct {
	Name    string // of the run ["video", "video-digits", or either with "-baseline"]
	Preset  string
	Model   Config
	Context int // frames that are given and not predicted
	Frames  int `json:",omitempty"` // of the clips that it was trained on; Fit fills it in
	Levels  int `json:",omitempty"` // of their pixels, likewise
	Steps   int
	Batch   int // clips a step
	Rate    train.Rate
	RMSProp bool // instead of Adam
	Seed    int64
}

// Quick trains in less than half a minute on two cores, on slow sprites in six frames of 12×12:
//
//	sprites, err := data.BouncingSprites(data.Bouncing{Frames: 6, Height: 12, Width: 12, Speed: 1})
//	run, err := video.Quick().Fit(sprites)
//
// All frames are predicted, the first from nothing.
func Quick() Recipe {
	return Recipe{
		Name: "video", Preset: "quick", Model: small(),
		Steps: 500, Batch: 8, Rate: train.Rate{Peak: 1e-2, Final: 1e-5, Warmup: 50}, Seed: 1,
	}
}

// Laptop trains for about four minutes on two cores, on sprites in eight frames of 16×16.
func Laptop() Recipe {
	return Recipe{
		Name: "video", Preset: "laptop", Model: small(),
		Steps: 1800, Batch: 8, Rate: train.Rate{Peak: 1e-2, Final: 1e-5, Warmup: 100}, Seed: 1,
	}
}

// small is the model for two cores. What it lacks is training rather than width: a wider one learns less in the same time.
func small() Config { return Config{Channels: 12, Layers: 2, Dilations: []int{1}} }

// Paper is the published size for Moving MNIST, 10 frames of 20 given, for accelerators: see [data.BouncingDigits]. Training keeps every feature of every frame, about
// 30 GB for each clip of a batch: on a single card lower Batch.
func Paper() Recipe {
	return Recipe{
		Name: "video", Preset: "paper", Model: Config{Channels: 128, Layers: 12, Dilations: []int{1, 2, 4, 8, 1, 2, 4, 8}}, Context: 10,
		Steps: 300_000, Batch: 64, Rate: train.Rate{Peak: 3e-4}, RMSProp: true, Seed: 1,
	}
}

// Preset is the recipe of that name.
func Preset(name string) (Recipe, error) { return train.Pick(name, Quick, Laptop, Paper) }

// WithDigits is the recipe for grey digits, whose first four frames are given, trained a third as long: see [Digits].
func (r Recipe) WithDigits() Recipe {
	r.Name, r.Context, r.Steps = "video-digits", max(4, r.Context), r.Steps/3
	return r
}

// Digits are the clips of [Recipe.WithDigits]: one grey digit of 14×14 in eight frames of 20×20, in the motion of Moving MNIST.
func Digits() (data.Video, error) {
	return data.BouncingDigits(data.Bouncing{Height: 20, Width: 20, Tight: true, Smooth: true}, data.Grey, 14)
}

// WithBaseline is the same network whose pixels are independent, given the frames before.
func (r Recipe) WithBaseline() Recipe {
	r.Name, r.Model.Independent = r.Name+"-baseline", true
	return r
}

// Fit trains the recipe on clips, or goes on where it was stopped.
func (r Recipe) Fit(clips data.Video) (*Run, error) {
	task, err := r.Task(clips)
	if err != nil {
		return nil, err
	}
	trained, err := train.Fit(task)
	if err != nil {
		return nil, err
	}
	run := &Run{Run: trained, Recipe: task.Config.(Recipe)}
	return run, run.keepSamples(clips.Valid)
}

// Task is the recipe applied to data.
func (r Recipe) Task(clips data.Video) (train.Task, error) {
	doing := fmt.Sprintf("video: fitting %s to %s", r.Name, clips.Title())
	if r.Batch < 1 || r.Context < 0 {
		return train.Task{}, fmt.Errorf("%s: batches of %d clips, %d frames of context: give at least one clip, and no negative context", doing, r.Batch, r.Context)
	}
	if err := clips.Train.Check(); err != nil {
		return train.Task{}, err
	}
	valid, err := clips.Valid.Clips(0, validClips)
	if err != nil {
		return train.Task{}, err
	}
	if valid.T <= r.Context {
		return train.Task{}, fmt.Errorf("%s: clips of %d frames, of which %d are context: nothing is left to predict: take longer clips, or less Context", doing, valid.T, r.Context)
	}
	r.Model.Height, r.Model.Width, r.Frames, r.Levels = valid.H, valid.W, valid.T, valid.Levels
	r.Model = r.Model.withDefaults()
	if err := r.Model.check(); err != nil {
		return train.Task{}, err
	}
	counted, err := clips.Train.Clips(0, validClips)
	if err != nil {
		return train.Task{}, err
	}
	copied, err := NewCopyLast(counted)
	if err != nil {
		return train.Task{}, err
	}
	floor := valid.GreyEntropy()
	if valid.Levels == 2 {
		if floor, err = clips.Valid.Floor(); err != nil {
			return train.Task{}, err
		}
	}
	net, batch := r.Model, r.Batch
	task := train.Task{
		Name: r.Name, Preset: r.Preset, Data: clips.Title(), Config: r, Seed: r.Seed, Unit: "nats/frame",
		Steps: r.Steps, Rate: r.Rate, RMSProp: r.RMSProp, ClipNorm: 20, Average: 0.999,
		Batch: func(step int) []*tensors.Tensor { return []*tensors.Tensor{clips.Train.Batch(step, batch)} },
		Lines: []train.Line{
			{Name: "copy last frame", Value: mean(copied.FrameNats(valid)[r.Context:])},
			{Name: "floor", Value: mean(floor[r.Context:])},
		},
		Objective: func(scope *model.Scope, batch []*Node) (*Node, []train.Part) {
			frames := net.LogProb(scope, batch[0])
			return Neg(ReduceAllMean(SliceAxis(frames, 1, AxisRange(r.Context)))), nil
		},
	}
	for i := range validClips / validBatch {
		task.Valid = append(task.Valid, func() []*tensors.Tensor {
			return []*tensors.Tensor{valid.Range(i*validBatch, (i+1)*validBatch).Tensor()}
		})
	}
	return task, nil
}

const validClips, validBatch = 256, 32
