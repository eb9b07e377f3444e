package video_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/autoregressive/video"
	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/score/check"
)

// clipsOf are clips of random pixels.
func clipsOf(n, frames, h, w, levels int) data.Clips {
	c := data.Clips{N: n, T: frames, H: h, W: w, Levels: levels, Pix: make([]uint8, n*frames*h*w)}
	for i, v := range pixels(len(c.Pix), 11) {
		c.Pix[i] = uint8(v) * uint8(i*37%levels)
		if levels == 2 {
			c.Pix[i] = uint8(v)
		}
	}
	return c
}

// What the two small programs said of each pixel when it was drawn is what one full pass over the finished clips says; and a full pass for each pixel draws the same clips.
func TestIncrementalEqualsFull(t *testing.T) {
	const n, frames, h, w = 3, 3, 6, 5
	deeper := video.Config{Channels: 3, Layers: 3, Dilations: []int{1}, First: 7}
	for engine, backend := range backends(t) {
		for name, test := range map[string]struct {
			net           video.Config
			given, levels int
		}{
			"from nothing": {nets["network"], 0, 2},
			"from a frame": {deeper, 1, 2},
			"grey":         {nets["network"], 2, 256},
			"baseline":     {nets["baseline"], 0, 2},
		} {
			if engine == "go" && name != "from a frame" && len(backends(t)) > 1 {
				continue
			}
			c := test.net
			c.Height, c.Width = h, w
			store := scrambled(t, backend, c, frames, h, w)
			given := clipsOf(n, test.given, h, w, test.levels)
			fast, err := video.Draw(backend, store, c, given, frames, video.Drawing{Seed: 5})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(fast.Clips.First(test.given).Pix, given.Pix) {
				t.Errorf("%s, %s: the given frames changed", engine, name)
			}
			full, err := model.CallOnce(backend, store, c.Logits, fast.Clips.Tensor())
			if err != nil {
				t.Fatal(err)
			}
			slow := video.Drawn{Clips: fast.Clips, Logits: tensors.MustCopyFlatData[float32](full)}
			if name == "from a frame" {
				naive, err := video.Draw(backend, store, c, given, frames, video.Drawing{Seed: 5, Naive: true})
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(naive.Clips.Pix, fast.Clips.Pix) {
					t.Errorf("%s, %s: a full pass for each pixel draws other clips", engine, name)
				}
			}
			kinds := map[uint8]bool{}
			for i := range fast.Logits {
				if i/(h*w)%frames < test.given {
					continue
				}
				kinds[fast.Clips.Pix[i]] = true
				if math.Abs(float64(fast.Logits[i]-slow.Logits[i])) > 1e-5*(1+math.Abs(float64(slow.Logits[i]))) {
					t.Errorf("%s, %s: pixel %d: logit %v when it was drawn, %v in the full pass", engine, name, i, fast.Logits[i], slow.Logits[i])
					break
				}
			}
			if len(kinds) < 2 {
				t.Errorf("%s, %s: all pixels are alike", engine, name)
			}
		}
	}
}

// Of two frames of 2×2 every probability can be enumerated, and 4,000 drawn clips must come as often as they should.
func TestSamplesAgreeWithScores(t *testing.T) {
	e := open(t)
	for name, c := range map[string]video.Config{"network": nets["network"], "baseline": nets["baseline"]} {
		c.Height, c.Width = 2, 2
		store := scrambled(t, e.Backend, c, 2, 2, 2)
		sample := func(n int) ([]uint8, error) {
			drawn, err := video.Draw(e.Backend, store, c, data.Clips{N: n, H: 2, W: 2, Levels: 2}, 2, video.Drawing{Seed: 11})
			return drawn.Clips.Pix, err
		}
		if err := check.SampleAgreesWithScore(e.Backend, store, stackedLogProb(c, 2), sample, 4, 2, 2, 4000); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDrawRefuses(t *testing.T) {
	c := nets["network"]
	c.Height, c.Width = 4, 5
	short := clipsOf(2, 2, 4, 5, 2)
	short.Pix = short.Pix[:50]
	bright := clipsOf(2, 2, 4, 5, 2)
	bright.Pix[45] = 7
	three := clipsOf(2, 2, 4, 5, 2)
	three.Levels = 3
	for name, test := range map[string]struct {
		given data.Clips
		says  string
	}{
		"no clips":             {clipsOf(0, 2, 4, 5, 2), "at least"},
		"another size":         {clipsOf(2, 2, 5, 4, 2), "5×4, the model draws 4×5"},
		"nothing to draw":      {clipsOf(2, 6, 4, 5, 2), "ask for more frames"},
		"too few values":       {short, "50 values"},
		"a value out of range": {bright, "clip 1, frame 0, pixel (1,0) is 7: there are 2 levels"},
		"three levels":         {three, "3 levels"},
	} {
		_, err := video.Draw(nil, nil, c, test.given, 6, video.Drawing{})
		if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line with %q", name, err, test.says)
		}
	}
}

// Misuse of the network itself is one clear line, from the graph.
func TestLogitsRefuse(t *testing.T) {
	e := open(t)
	for name, test := range map[string]struct {
		net  video.Config
		x    *tensors.Tensor
		says string
	}{
		"no time":         {nets["network"], tensors.FromShape(shapes.Make(dtypes.Float32, 2, 4, 5, 1)), "must be [B,T,H,W,1]"},
		"colour":          {nets["network"], tensors.FromShape(shapes.Make(dtypes.Float32, 2, 3, 4, 5, 3)), "one channel"},
		"an even filter":  {video.Config{First: 4}, tensors.FromShape(shapes.Make(dtypes.Float32, 2, 3, 4, 5, 1)), "the filter odd"},
		"negative layers": {video.Config{Layers: -1}, tensors.FromShape(shapes.Make(dtypes.Float32, 2, 3, 4, 5, 1)), "-1 layers"},
	} {
		_, err := model.CallOnce(e.Backend, model.NewStore(), test.net.Logits, test.x)
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: error %v, want %q", name, err, test.says)
		}
	}
}
