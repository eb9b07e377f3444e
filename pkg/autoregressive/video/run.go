package video

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/score"
	"github.com/curious-go/curious/pkg/show"
	"github.com/curious-go/curious/pkg/train"
)

// Run is a trained model.
type Run struct {
	*train.Run
	Recipe Recipe
}

// Open opens the run that Fit left at this preset: video.Open("quick"). For the baseline give its name too: video.Open("quick", "video-baseline").
func Open(preset string, name ...string) (*Run, error) {
	run, recipe, err := train.OpenRecipe[Recipe]("video", preset, name...)
	if err != nil {
		return nil, err
	}
	return &Run{run, recipe}, nil
}

// LogProb is the model's log-probability in nats a frame on a graph, the mean over the frames after the context, for score: clips as [data.Clips.Stacked] gives them, x [B,T·H,W,1] → [B].
func (r *Run) LogProb(scope *model.Scope, x *Node) *Node {
	return ReduceMean(r.frames(scope, x), 1)
}

// frames is the log-probability of each frame after the context: x [B,T·H,W,1] → [B,T−Context].
func (r *Run) frames(scope *model.Scope, x *Node) *Node {
	d, h := x.Shape().Dimensions, r.Recipe.Model.Height
	if len(d) != 4 || d[1]%h != 0 || d[1]/h <= r.Recipe.Context || d[2] != r.Recipe.Model.Width || d[3] != 1 {
		panic(fmt.Errorf("video: scoring clips of shape %v: the model takes [B,T·%d,%d,1] with more than %d frames, as Stacked gives them", d, h, r.Recipe.Model.Width, r.Recipe.Context))
	}
	frames := r.Recipe.Model.LogProb(scope, Reshape(x, d[0], d[1]/h, h, d[2], 1))
	return SliceAxis(frames, 1, AxisRange(r.Recipe.Context))
}

// Nats is what a frame after the context costs on average, with its standard error over clips. Set the Title of what comes back.
func (r *Run) Nats(clips data.Clips) (score.Estimate, error) {
	if err := r.takes("scoring", clips); err != nil {
		return score.Estimate{}, err
	}
	estimate, err := score.Nats(r.Backend, r.Store, r.LogProb, clips.Stacked(), min(clips.N, atOnce))
	estimate.Dims = clips.H * clips.W
	return estimate, err
}

// Given is the run with so many frames given: scores are of the frames after them. It may be more than the recipe's context, which the model was trained on, and not less.
func (r *Run) Given(frames int) (*Run, error) {
	if frames < r.Recipe.Context {
		return nil, fmt.Errorf("video: scoring frames from number %d on: the model was trained with %d frames of context, and never learned to predict those", frames, r.Recipe.Context)
	}
	after := *r
	after.Recipe.Context = frames
	return &after, nil
}

// FrameNats is what each frame after the context costs, on average over the clips: [T−Context] nats.
func (r *Run) FrameNats(clips data.Clips) ([]float64, error) {
	if err := r.takes("scoring", clips); err != nil {
		return nil, err
	}
	exec, err := model.NewExec(r.Backend, r.Store, r.frames)
	if err != nil {
		return nil, fmt.Errorf("video: scoring: %w", err)
	}
	defer exec.Finalize()
	nats := make([]float64, clips.T-r.Recipe.Context)
	size := min(clips.N, atOnce)
	for from := 0; from < clips.N; from += size {
		start := min(from, clips.N-size) // the last, short batch looks back, so that one program serves all
		x := clips.Range(start, start+size).Stacked().Tensor()
		outputs, err := exec.Call(x)
		if err != nil {
			return nil, fmt.Errorf("video: scoring: %w", err)
		}
		tensors.MustConstFlatData(outputs[0], func(values []float32) {
			for i, v := range values[(from-start)*len(nats):] {
				nats[i%len(nats)] -= float64(v) / float64(clips.N)
			}
		})
		free(append(outputs, x))
	}
	return nats, nil
}

const atOnce = 64 // clips in a batch when scoring

// takes says why the model does not take these clips, or nil.
func (r *Run) takes(doing string, clips data.Clips) error {
	c := r.Recipe
	switch {
	case clips.N < 1:
		return fmt.Errorf("video: %s: there are no clips: give one at least", doing)
	case clips.H != c.Model.Height || clips.W != c.Model.Width || clips.Levels != c.Levels:
		return fmt.Errorf("video: %s clips of %d×%d, %d levels: the model was trained on %d×%d, %d levels", doing, clips.H, clips.W, clips.Levels, c.Model.Height, c.Model.Width, c.Levels)
	case clips.T <= c.Context:
		return fmt.Errorf("video: %s clips of %d frames: the model needs %d frames of context and one more", doing, clips.T, c.Context)
	}
	if err := clips.Check(); err != nil {
		return fmt.Errorf("video: %s: %w", doing, err)
	}
	return nil
}

// Sample continues each clip up to so many frames. The clips hold at least as many frames as the model's context; where that is 0, clips without frames
// begin from nothing: see [Run.Blank].
func (r *Run) Sample(given data.Clips, frames int, d Drawing) (data.Clips, error) {
	c := r.Recipe
	if given.T < c.Context {
		return data.Clips{}, fmt.Errorf("video: continuing clips of %d frames: the model needs %d frames of context: give longer clips", given.T, c.Context)
	}
	if given.Levels != c.Levels {
		return data.Clips{}, fmt.Errorf("video: continuing clips of %d levels: the model was trained on %d", given.Levels, c.Levels)
	}
	drawn, err := Draw(r.Backend, r.Store, c.Model, given, frames, d)
	return drawn.Clips, err
}

// Blank is n clips without frames, for Sample to begin from.
func (r *Run) Blank(n int) data.Clips {
	return data.Clips{N: n, H: r.Recipe.Model.Height, W: r.Recipe.Model.Width, Levels: r.Recipe.Levels}
}

// keepSamples continues a few clips into the run's folder, so that a training leaves something to see.
func (r *Run) keepSamples(from data.Bouncing) error {
	return r.KeepOnce("samples", func() (show.Figure, error) {
		clips, err := from.Clips(0, 8)
		if err != nil {
			return nil, err
		}
		drawn, err := r.Sample(clips.First(min(max(2, r.Recipe.Context), clips.T-1)), clips.T, Drawing{Seed: r.Seed})
		return show.Grid{Title: r.Title(), Images: drawn.Pictures(), Columns: clips.T}, err
	})
}
