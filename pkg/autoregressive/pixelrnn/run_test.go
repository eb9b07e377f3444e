package pixelrnn_test

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/curious-go/curious/pkg/autoregressive/pixelrnn"
	"github.com/curious-go/curious/pkg/coding"
	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/train"
)

// strokes are pictures of 6×6 with a vertical bar three pixels high: a model that sees a pixel above knows what comes.
func strokes(n int) data.Images {
	m := data.Images{N: n, H: 6, W: 6, C: 1, Levels: 2, Pix: make([]uint8, 36*n)}
	for i := range n {
		for row := range 3 {
			m.Pix[36*i+6*(row+i/6%4)+i%6] = 1
		}
	}
	return m.Shuffled(1)
}

// tiny is a recipe that takes seconds.
func tiny() pixelrnn.Recipe {
	r := pixelrnn.Quick()
	r.Model = pixelrnn.Config{Channels: 6, Layers: 1, First: 3}
	r.Steps, r.Batch, r.Rate = 100, 16, train.Rate{Peak: 2e-2, Final: 1e-4, Warmup: 10}
	return r
}

// A short training of each model learns: bars of 24 kinds cost log 24 = 3.18 nats and no less. What it leaves can be opened, scored, sampled, completed, continued and coded.
func TestFit(t *testing.T) {
	t.Setenv("CURIOUS_RUNS", t.TempDir())
	images := strokes(480)
	multi := tiny().WithMultiScale()
	multi.Steps = tiny().Steps
	for _, r := range []pixelrnn.Recipe{tiny(), tiny().WithRow(), multi} {
		t.Run(r.Name, func(t *testing.T) {
			run, err := r.FitImages("bars 6×6", images, images)
			if err != nil {
				t.Fatal(err)
			}
			some := images.First(50)
			nats, err := run.Nats(some)
			if err != nil || nats.Mean < math.Log(24)-0.1 || nats.Mean > 8 || nats.Dims != 36 {
				t.Errorf("%v %v, of at least %.2f", nats, err, math.Log(24))
			}
			opened, err := pixelrnn.Open("quick", r.Name)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := opened.Nats(some); err != nil || again.Mean != nats.Mean {
				t.Errorf("opened, it costs %v %v, was %v", again, err, nats)
			}
			a, err := run.Sample(3, pixelrnn.Drawing{Seed: 2})
			if err != nil {
				t.Fatal(err)
			}
			b, err := opened.Sample(3, pixelrnn.Drawing{Seed: 2})
			if err != nil || !slices.Equal(a, b) || len(run.Pictures(a)) != 3 {
				t.Error("the same seed draws other images", err)
			}
			coder := opened.Coder()
			defer coder.Close()
			var file bytes.Buffer
			stats, err := coding.Encode(&file, coder, some)
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(stats.NLL*math.Ln2/50-nats.Mean) > 1e-3*nats.Mean {
				t.Errorf("coded in %v bits, scored at %v nats an image", stats.NLL, nats.Mean)
			}
			if back, err := coding.Decode(&file, coder); err != nil || !slices.Equal(back.Pix, some.Pix) {
				t.Error("not what was coded:", err)
			}
			chances, err := run.Predict(some)
			if err != nil || len(chances) != 50 {
				t.Fatal(len(chances), err)
			}
			cost := 0.0
			for i, of := range chances {
				for place, p := range of {
					cost -= math.Log(p[some.At(i)[place]]) / 50
				}
			}
			if math.Abs(cost-nats.Mean) > 1e-3*nats.Mean {
				t.Errorf("by what is expected of each pixel an image costs %v nats, scored at %v", cost, nats.Mean)
			}
			completed, err := run.Complete(some.First(2), 3, 1)
			if r.Small != nil {
				if err == nil || !strings.Contains(err.Error(), "use one of a single scale") {
					t.Error(err)
				}
				return
			}
			if err != nil || len(completed) != 2*3*36 {
				t.Fatal(len(completed), err)
			}
			for i, v := range completed {
				if want := float32(some.At(i / 108)[i%36]); i%36 < 18 && v != want {
					t.Fatalf("value %d of the upper half is %v, was %v", i, v, want)
				}
			}
		})
	}
	if _, err := pixelrnn.Open("laptop"); err == nil || !strings.Contains(err.Error(), "nothing was trained yet") {
		t.Error(err)
	}
}

// What does not fit gets one line.
func TestBadData(t *testing.T) {
	images := strokes(48)
	other := images
	other.Levels = 4
	small := tiny()
	small.Batch = 100
	run := &pixelrnn.Run{Run: &train.Run{Settings: train.Settings{Name: "pixelrnn", Preset: "quick"}}, Recipe: tiny()}
	task := func(r pixelrnn.Recipe, valid data.Images) error {
		_, err := r.Task("bars", images, valid)
		return err
	}
	nats := func(m data.Images) error {
		_, err := run.Nats(m)
		return err
	}
	_, completed := run.Complete(images, 1, 1)
	run.Recipe.Model.Height, run.Recipe.Model.Width, run.Recipe.Model.Colours, run.Recipe.Model.Levels = 6, 6, 1, 2
	_, predicted := run.Predict(other)
	for _, test := range []struct {
		err  error
		says string
	}{
		{task(tiny(), other), "6×6×1 of 4 levels, those to train on 6×6×1 of 2: use one data set"},
		{task(small, images), "there are only 48: make Size smaller"},
		{predicted, "predicting with run pixelrnn-quick: images of 6×6×1, 4 levels"},
		{nats(other), "6×6×1, 4 levels: the model was trained on 6×6×1, 2 levels"},
		{nats(data.Images{}), "no images: give one at least"},
		{completed, "completing with run pixelrnn-quick: images of 6×6×1"},
	} {
		if test.err == nil || !strings.HasPrefix(test.err.Error(), "pixelrnn: ") || !strings.Contains(test.err.Error(), test.says) || strings.Contains(test.err.Error(), "\n") {
			t.Errorf("%v, want one line with %q", test.err, test.says)
		}
	}
}

// The recipes compare models of equal size: their parameters differ by a twentieth at most, those of two nets by a twelfth.
func TestContest(t *testing.T) {
	for _, r := range []pixelrnn.Recipe{pixelrnn.Quick(), pixelrnn.Laptop(), pixelrnn.Paper()} {
		contest := r.Contest()
		want := contest[0].Parameters
		for _, c := range contest {
			if d := c.Parameters - want; d > want/20 || -d > want/20 {
				t.Errorf("%s: %v, the first has %d parameters", r.Preset, c, want)
			}
		}
		m := r.WithMultiScale()
		if d := m.Net().(pixelrnn.MultiScale).Parameters() - want; d > want/12 || -d > want/12 {
			t.Errorf("%s: multi-scale, %d parameters of %d", r.Preset, d+want, want)
		}
		if _, err := pixelrnn.Preset(r.Preset); err != nil {
			t.Error(err)
		}
	}
}
