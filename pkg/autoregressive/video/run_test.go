package video_test

import (
	"bytes"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/autoregressive/video"
	"github.com/curious-go/curious/pkg/coding"
	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/score/check"
	"github.com/curious-go/curious/pkg/train"
)

// sprites are small clips of sprites.
func sprites(t testing.TB, frames, side int) data.Video {
	t.Helper()
	v, err := data.BouncingSprites(data.Bouncing{Frames: frames, Height: side, Width: side, Speed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// tiny is a recipe that takes seconds.
func tiny() video.Recipe {
	r := video.Quick()
	r.Model = video.Config{Channels: 8, Layers: 2, Dilations: []int{1}}
	r.Steps, r.Batch, r.Rate = 120, 8, train.Rate{Peak: 1e-2, Final: 1e-4, Warmup: 10}
	return r
}

// A short training of both learns: the network falls under the baseline, the baseline under copying, none under the floor; what it leaves can be opened, scored and continued.
func TestFit(t *testing.T) {
	t.Setenv("CURIOUS_RUNS", t.TempDir())
	clips := sprites(t, 4, 8)
	some, err := clips.Test.Clips(0, 130)
	if err != nil {
		t.Fatal(err)
	}
	floor, err := clips.Test.Floor()
	if err != nil {
		t.Fatal(err)
	}
	counted, err := clips.Train.Clips(0, 500)
	if err != nil {
		t.Fatal(err)
	}
	copied, err := video.NewCopyLast(counted)
	if err != nil {
		t.Fatal(err)
	}
	costs := map[string]float64{"copy": sum(copied.FrameNats(some)), "floor": sum(floor)}
	for name, r := range map[string]video.Recipe{"video": tiny(), "video-baseline": tiny().WithBaseline()} {
		run, err := r.Fit(clips)
		if err != nil {
			t.Fatal(err)
		}
		frames, err := run.FrameNats(some)
		if err != nil || len(frames) != 4 {
			t.Fatal(frames, err)
		}
		costs[name] = sum(frames)
		opened, err := video.Open("quick", name)
		if err != nil {
			t.Fatal(err)
		}
		again, err := opened.FrameNats(some)
		if err != nil || !slices.Equal(frames, again) {
			t.Errorf("%s: the opened run gives %v, not %v; %v", name, again, frames, err)
		}
		if name != "video" {
			continue // the rest is the same for both
		}
		nats, err := run.Nats(some)
		if err != nil || math.Abs(nats.Mean-sum(frames)/4) > 1e-3 || nats.N != 130 || nats.Dims != 64 {
			t.Errorf("%s: %v a frame, frame by frame %v; %v", name, nats, frames, err)
		}
		if late, err := run.Given(3); err != nil {
			t.Error(err)
		} else if nats, err := late.Nats(some); err != nil || math.Abs(nats.Mean-frames[3]) > 1e-3 {
			t.Errorf("%s: the last frame costs %v, frame by frame %v; %v", name, nats, frames, err)
		}
		drawn, err := opened.Sample(some.Range(0, 8).First(2), 6, video.Drawing{Seed: 1})
		if err != nil || drawn.T != 6 || !slices.Equal(drawn.First(2).Pix, some.Range(0, 8).First(2).Pix) {
			t.Errorf("%s: %d frames; %v", name, drawn.T, err)
		}
		same, _ := opened.Sample(some.Range(0, 8).First(2), 6, video.Drawing{Seed: 1})
		other, _ := opened.Sample(some.Range(0, 8).First(2), 6, video.Drawing{Seed: 2})
		if !slices.Equal(drawn.Pix, same.Pix) || slices.Equal(drawn.Pix, other.Pix) {
			t.Errorf("%s: what is drawn does not follow the seed", name)
		}
		if blank, err := opened.Sample(opened.Blank(8), 2, video.Drawing{}); err != nil || blank.N != 8 || blank.T != 2 {
			t.Errorf("%s: from nothing: %v", name, err)
		}
	}
	clipsAreCoded(t, some.Range(0, 70))
	t.Logf("nats a clip: %v", costs)
	if !(costs["floor"] < costs["video"] && 1.5*costs["video"] < costs["video-baseline"] && 1.5*costs["video-baseline"] < costs["copy"]) {
		t.Errorf("nats a clip: %v: want floor < video ≪ baseline ≪ copy", costs)
	}
}

// clipsAreCoded sends clips through a file of both trained models: they come back, from as many bits as the full pass says that they cost.
func clipsAreCoded(t *testing.T, clips data.Clips) {
	t.Helper()
	for _, name := range []string{"video", "video-baseline"} {
		run, err := video.Open("quick", name)
		if err != nil {
			t.Fatal(err)
		}
		nats, err := run.Nats(clips)
		if err != nil {
			t.Fatal(err)
		}
		coder := run.Coder()
		defer coder.Close()
		if _, err := coder.Next(nil); err == nil || !strings.Contains(err.Error(), "Start was not called") {
			t.Errorf("%s: without a start: %v", name, err)
		}
		var file bytes.Buffer
		stats, err := coding.Encode(&file, coder, clips.Stacked())
		if err != nil {
			t.Fatal(err)
		}
		want := nats.Bits() * float64(clips.N*clips.T)
		if math.Abs(stats.NLL-want) > 1e-3*want || math.Abs(stats.Overhead()) > 0.005 {
			t.Errorf("%s: %v; the full pass says %.1f bits", name, stats, want)
		}
		back, err := coding.Decode(&file, coder)
		if err != nil || !slices.Equal(back.Pix, clips.Pix) {
			t.Errorf("%s: other clips come back: %v", name, err)
		}
	}
}

// Grey clips train too, with context, and no batch costs less than H(z,z).
func TestFitGrey(t *testing.T) {
	t.Setenv("CURIOUS_RUNS", t.TempDir())
	side := 9
	ramp := data.Images{N: 1, H: 3, W: 3, C: 1, Levels: 256, Pix: []uint8{20, 90, 20, 120, 255, 200, 20, 60, 20}}
	b := data.Bouncing{Objects: ramp, Frames: 5, Height: side, Width: side, Speed: 1}
	clips := data.Video{Train: b, Valid: b, Test: b, Variant: data.Grey}
	clips.Valid.Seed, clips.Test.Seed = 1, 2
	r := tiny()
	r.Name, r.Context, r.Steps = "video-grey", 2, 60
	task, err := r.Task(clips)
	if err != nil {
		t.Fatal(err)
	}
	run, err := r.Fit(clips)
	if err != nil {
		t.Fatal(err)
	}
	metrics, err := run.Metrics()
	if err != nil {
		t.Fatal(err)
	}
	some, _ := clips.Test.Clips(0, 20)
	floor := sum(some.GreyEntropy()) / 5 // the same for every frame: a single object shows all of itself
	for _, m := range metrics {
		if m.Loss < floor-1e-3 {
			t.Errorf("step %d costs %v, under H(z,z) = %v", m.Step, m.Loss, floor)
		}
	}
	copied := task.Lines[0].Value
	if last := metrics[len(metrics)-1]; !last.Valid || last.Loss > copied || math.Abs(task.Lines[1].Value-floor) > 1e-6 {
		t.Errorf("validation %v; copying costs %v, H(z,z) = %v, lines %v", last, copied, floor, task.Lines)
	}
	drawn, err := run.Sample(some.Range(0, 8).First(2), 5, video.Drawing{})
	if err != nil || drawn.Levels != 256 || slices.Max(drawn.Pix) < 10 {
		t.Errorf("grey clips go on with %d; %v", slices.Max(drawn.Pix), err)
	}
	if _, err := coding.Encode(io.Discard, run.Coder(), some.Stacked()); err == nil || !strings.Contains(err.Error(), "code binary clips") {
		t.Errorf("coding grey clips: %v", err)
	}
}

func sum(values []float64) float64 {
	total := 0.0
	for _, v := range values {
		total += v
	}
	return total
}

// A Markov chain with stay probability 0.9 (section G) runs through clips of eight frames of two pixels. A step costs the network h(0.9) = 0.3251 nats and never less. The baseline does not see
// the first pixel of a frame when it predicts the second, and pays h(0.9² + 0.1²) = h(0.82) = 0.4714 for that one.
func TestMarkovChain(t *testing.T) {
	e := open(t)
	const frames, batch, steps = 8, 64, 150
	chains := check.MarkovChain(6400, 2*frames, 0.9, 1)
	h := check.MarkovEntropy(0.9)
	for name, floor := range map[string]float64{
		"network": math.Ln2 + (2*frames-1)*h, "baseline": 2*math.Ln2 + (frames-1)*(h+check.MarkovEntropy(0.82)),
	} {
		net := video.Config{Height: 1, Width: 2, Channels: 6, Layers: 1, First: 3, Dilations: []int{1}, Independent: name == "baseline"}
		step, err := train.Steps(e, train.Task{
			Name: "chain", Preset: "quick", Steps: steps, Seed: 1, Rate: train.Rate{Peak: 2e-2, Final: 1e-4},
			Batch: func(i int) []*tensors.Tensor {
				from := i * batch % chains.N
				x := chains.Range(from, from+batch).Floats()
				return []*tensors.Tensor{tensors.FromFlatDataAndDimensions(x, batch, frames, 1, 2, 1)}
			},
			Objective: func(scope *model.Scope, in []*graph.Node) (*graph.Node, []train.Part) {
				return graph.Neg(graph.ReduceAllMean(graph.ReduceSum(net.LogProb(scope, in[0]), 1))), nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		cost := 0.0
		for i := range steps {
			loss, err := step(i)
			if err != nil {
				t.Fatal(err)
			}
			if i >= steps-50 {
				cost += loss / 50
			}
		}
		t.Logf("%s: %.3f nats a chain, the floor is %.3f", name, cost, floor)
		if cost < 0.96*floor || cost > 1.05*floor {
			t.Errorf("%s: %.3f nats a chain, the floor is %.3f", name, cost, floor)
		}
	}
}

// Two clips of two frames of two pixels, by hand. First frames: 1 of 4 on: (1+½)/(4+1) = 0.3. After off: 1 of 3 on: 1.5/4; after on: 1 of 1: 1.5/2.
func TestCopyLast(t *testing.T) {
	clips := data.Clips{N: 2, T: 2, H: 1, W: 2, Levels: 2, Pix: []uint8{0, 1, 0, 1, 0, 0, 1, 0}}
	c, err := video.NewCopyLast(clips)
	if err != nil {
		t.Fatal(err)
	}
	log := math.Log
	want := []float64{-(log(0.3) + 3*log(0.7)) / 2, -(log(0.75) + log(0.375) + 2*log(0.625)) / 2}
	for f, got := range c.FrameNats(clips) {
		if math.Abs(got-want[f]) > 1e-12 {
			t.Errorf("frame %d: %v, want %v", f, got, want[f])
		}
	}
	if _, err := video.NewCopyLast(data.Clips{}); err == nil {
		t.Error("counting nothing is no error")
	}
}

func TestRefuses(t *testing.T) {
	t.Setenv("CURIOUS_RUNS", t.TempDir())
	clips := sprites(t, 4, 8)
	run := &video.Run{Run: &train.Run{}, Recipe: tiny()}
	run.Recipe.Context, run.Recipe.Levels = 2, 2
	run.Recipe.Model.Height, run.Recipe.Model.Width = 8, 8
	some, _ := clips.Test.Clips(0, 3)
	wide, _ := sprites(t, 4, 9).Test.Clips(0, 3)
	grey := some
	grey.Levels = 256
	bright := some
	bright.Pix = slices.Clone(some.Pix)
	bright.Pix[4*8*8+64+9] = 9
	one := func(_ any, err error) error { return err }
	fit := func(change func(*video.Recipe), v data.Video) error {
		r := tiny()
		change(&r)
		_, err := r.Fit(v)
		return err
	}
	as := func(*video.Recipe) {}
	crowded := clips
	crowded.Train.Height = 5
	for name, c := range map[string]struct {
		err  error
		says string
	}{
		"unknown preset":           {one(video.Preset("huge")), "quick, laptop and paper"},
		"opening what is not":      {one(video.Open("laptop")), "run the cell that calls Fit"},
		"all frames are context":   {fit(func(r *video.Recipe) { r.Context = 4 }, clips), "nothing is left to predict"},
		"negative context":         {fit(func(r *video.Recipe) { r.Context = -1 }, clips), "negative context"},
		"no batch":                 {fit(func(r *video.Recipe) { r.Batch = 0 }, clips), "at least one clip"},
		"no room":                  {fit(as, crowded), "make the frames larger"},
		"no clips at all":          {fit(as, data.Video{}), "0 objects"},
		"dilation of none":         {fit(func(r *video.Recipe) { r.Model.Dilations = []int{1, 0} }, clips), "dilations [1 0]"},
		"even filter":              {fit(func(r *video.Recipe) { r.Model.First = 2 }, clips), "the filter odd"},
		"scoring none":             {one(run.Nats(some.Range(0, 0))), "at least"},
		"scoring other sizes":      {one(run.FrameNats(wide)), "9×9, 2 levels: the model was trained on 8×8"},
		"scoring grey":             {one(run.Nats(grey)), "256 levels: the model was trained on 8×8, 2 levels"},
		"scoring context only":     {one(run.FrameNats(some.First(2))), "2 frames of context and one more"},
		"scoring what is no level": {one(run.Nats(bright)), "clip 1, frame 1, pixel (1,1) is 9: there are 2 levels"},
		"scoring the context":      {one(run.Given(1)), "never learned to predict those"},
		"shorter than its context": {one(run.Sample(some.First(1), 4, video.Drawing{})), "2 frames of context"},
		"continuing grey":          {one(run.Sample(grey, 6, video.Drawing{})), "trained on 2"},
		"continuing to less":       {one(run.Sample(some, 4, video.Drawing{})), "ask for more frames"},
		"continuing other sizes":   {one(run.Sample(wide, 6, video.Drawing{})), "9×9, the model draws 8×8"},
		"from nothing":             {one(run.Sample(run.Blank(2), 4, video.Drawing{})), "2 frames of context"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.says) || strings.Contains(c.err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line with %q", name, c.err, c.says)
		}
	}
}
