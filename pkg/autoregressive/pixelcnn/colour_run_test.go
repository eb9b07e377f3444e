package pixelcnn_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/autoregressive/pixelcnn"
	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/score"
	"github.com/curious-go/curious/pkg/train"
)

// smallScenes are scenes of that size, n to train, n to validate and n to test.
func smallScenes(size, n int) data.PictureSet {
	m, f := data.Scenes(data.SceneConfig{N: 3 * n, Seed: 1, Size: size})
	return data.PictureSet{
		Train: m.Range(0, n), Valid: m.Range(n, 2*n), Test: m.Range(2*n, 3*n), Name: "scenes", Classes: data.SceneKinds, Height: size, Width: size,
		Spots: data.Spots{Train: f.Ball[:n], Valid: f.Ball[n : 2*n], Test: f.Ball[2*n:]}, Floor: math.Log2(5),
	}
}

// The smallest preset trains, is opened by another process's eyes, scores, draws and completes; and training lowers the cost.
func TestColourRun(t *testing.T) {
	t.Setenv("CURIOUS_RUNS", t.TempDir())
	set := smallScenes(8, 64)
	recipe := pixelcnn.ColourRecipe{
		Name: "tiny", Preset: "quick", Net: pixelcnn.Colour{Channels: 4, Layers: 2, First: 3, Logistics: 3},
		Steps: 30, Batch: 16, Rate: train.Rate{Peak: 1e-2}, Seed: 1,
	}
	if _, err := pixelcnn.OpenColour("quick", "tiny"); err == nil || !strings.Contains(err.Error(), "nothing was trained yet") {
		t.Errorf("before training: %v", err)
	}
	for name, recipe := range map[string]pixelcnn.ColourRecipe{"alone": recipe, "softmax": recipe.WithSoftmax(), "told": recipe.WithClasses().WithSpots()} {
		t.Run(name, func(t *testing.T) {
			fitted, err := recipe.Fit(set)
			if err != nil {
				t.Fatal(err)
			}
			run, err := pixelcnn.OpenColour("quick", recipe.Name)
			if err != nil {
				t.Fatal(err)
			}
			if a, b := fitted.Recipe, run.Recipe; a != b || a.Net.Height != 8 || a.Net.Levels != 256 || a.Net.Colours != 3 {
				t.Errorf("%+v, opened %+v", a, b)
			}
			images := set.Test.First(33)
			var told pixelcnn.Told
			if recipe.TellClass {
				for _, label := range images.Labels {
					told.Classes = append(told.Classes, int32(label))
				}
				told.Map = pixelcnn.Near(set.Spots.Test[:33], 8, 8)
			}
			cost, err := run.Cost(images, told)
			if err != nil {
				t.Fatal(err)
			}
			if bits := cost.BitsPerDim(); bits > 7.9 || bits < set.Floor || cost.StdErr <= 0 || len(cost.Each) != 33 {
				t.Errorf("%v: the uniform code takes 8 bits/dim, the grain alone %.3f", cost, set.Floor)
			}
			if told.Map == nil {
				nats, err := score.Nats(run.Backend, run.Store, run.LogProb, images, 11)
				if err != nil || math.Abs(nats.Mean-cost.Mean) > 1e-4*cost.Mean || math.Abs(nats.StdErr-cost.StdErr) > 1e-2*cost.StdErr {
					t.Errorf("%v, by score %v: %v", cost, nats, err)
				}
			} else if _, err := score.Nats(run.Backend, run.Store, run.LogProb, images, 11); err == nil || !strings.Contains(err.Error(), "wants to be told something") {
				t.Error(err)
			}

			drawn, err := run.Sample(5, pixelcnn.Drawing{Seed: 1})
			if err != nil || len(drawn) != 5*8*8*3 || len(run.Pictures(drawn)) != 5 {
				t.Fatal(len(drawn), err)
			}
			same, _ := run.Sample(5, pixelcnn.Drawing{Seed: 1})
			other, _ := run.Sample(5, pixelcnn.Drawing{Seed: 2})
			if !slices.Equal(drawn, same) || slices.Equal(drawn, other) || slices.Min(drawn) < 0 || slices.Max(drawn) > 1 {
				t.Error("samples do not follow the seed, or are not from 0 to 1")
			}
			if name != "softmax" { // which the others have in common
				samePredictions(t, run, images.First(1), recipe.TellClass, told)
			}
			two := pixelcnn.Told{}
			if recipe.TellClass {
				two = pixelcnn.Told{Classes: told.Classes[:2], Map: told.Map[:2*8*8*3]}
			}
			completed, err := run.Complete(images.First(2), 3, 1, two)
			if err != nil || len(completed) != 6*192 {
				t.Fatal(len(completed), err)
			}
			want := images.Floats()
			for i := range 6 {
				upper, lower := completed[i*192:i*192+96], completed[i*192+96:(i+1)*192]
				if !slices.Equal(upper, want[i/3*192:i/3*192+96]) || slices.Equal(lower, want[i/3*192+96:(i/3+1)*192]) {
					t.Errorf("completion %d does not keep the upper half, or gives the lower one away", i)
				}
			}
		})
	}
}

// samePredictions compares the distributions of a few values by the full pass with those by the incremental one: equal to 1e-5, and each of sum one.
func samePredictions(t *testing.T, run *pixelcnn.ColourRun, image data.Images, conditional bool, told pixelcnn.Told) {
	t.Helper()
	if conditional {
		told = pixelcnn.Told{Classes: told.Classes[:1], Map: told.Map[:8*8*3]}
	}
	coder := run.Coder(told)
	defer coder.Close()
	if err := coder.Start(0, 1); err != nil {
		t.Fatal(err)
	}
	var previous []uint8
	for i, v := range image.Pix {
		logits, err := coder.Next(previous)
		if err != nil {
			t.Fatal(err)
		}
		previous = []uint8{v}
		if i != 1 && i != 100 && i != 191 {
			continue
		}
		chances, err := run.Predicted(image, told, i/24, i/3%8, i%3)
		if err != nil || len(chances) != len(logits) {
			t.Fatal(len(chances), err)
		}
		top, sum, whole := float64(slices.Max(logits)), 0.0, 0.0
		for _, l := range logits {
			sum += math.Exp(float64(l) - top)
		}
		for k, p := range chances {
			whole += p
			if want := math.Exp(float64(logits[k])-top) / sum; math.Abs(p-want) > 1e-5 {
				t.Fatalf("value %d: level %d has the chance %.7f, incrementally %.7f", i, k, p, want)
			}
		}
		if math.Abs(whole-1) > 1e-5 {
			t.Errorf("value %d: chances sum to %.7f", i, whole)
		}
	}
	for name, err := range map[string]error{
		"two images": second(run.Predicted(image.First(0), told, 0, 0, 0)), "row": second(run.Predicted(image, told, 8, 0, 0)),
		"column": second(run.Predicted(image, told, 0, -1, 0)), "colour": second(run.Predicted(image, told, 0, 0, 3)),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), "pixelcnn: predicting a value with run tiny") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// Grey pictures with 256 levels are pictures of one colour.
func TestGreyRun(t *testing.T) {
	t.Setenv("CURIOUS_RUNS", t.TempDir())
	m := data.PenStrokes(data.PenConfig{N: 120, Seed: 1, Size: 14}).Blocks14()
	digits := data.Digits{Train: m.Range(0, 80), Valid: m.Range(80, 100), Test: m.Range(100, 120), Variant: data.Grey, Height: 7, Width: 7}
	recipe := pixelcnn.ColourQuick()
	recipe.Net.Channels, recipe.Net.Layers, recipe.Steps = 6, 2, 20
	run, err := recipe.Fit(digits.PictureSet())
	if err != nil {
		t.Fatal(err)
	}
	cost, err := run.Cost(digits.Test, pixelcnn.Told{})
	if err != nil || cost.Dims != 49 || cost.BitsPerDim() > 8 {
		t.Errorf("%v, %v", cost, err)
	}
	if drawn, err := run.Sample(2, pixelcnn.Drawing{}); err != nil || len(drawn) != 98 {
		t.Errorf("%d values, %v", len(drawn), err)
	}
}

func TestColourRefuses(t *testing.T) {
	set := smallScenes(4, 20)
	recipe := pixelcnn.ColourQuick()
	recipe.Steps = 1
	change := func(how func(r *pixelcnn.ColourRecipe, set *data.PictureSet)) error {
		r, s := recipe, set
		how(&r, &s)
		_, err := r.Task(s)
		return err
	}
	run := &pixelcnn.ColourRun{Run: &train.Run{Settings: train.Settings{Name: "a", Preset: "quick"}, Store: model.NewStore(), Backend: open(t).Backend}}
	run.Recipe.Net = pixelcnn.Colour{Height: 4, Width: 4, Colours: 3, Levels: 256, Channels: 2, Layers: 1, First: 3, Kernel: 3}
	cost := func(how func(m *data.Images, told *pixelcnn.Told)) error {
		m, told := set.Test, pixelcnn.Told{}
		how(&m, &told)
		_, err := run.Cost(m, told)
		return err
	}
	draw := func(n int, net pixelcnn.Colour, d pixelcnn.Drawing) error {
		_, err := pixelcnn.DrawColour(run.Backend, model.NewStore(), net, n, d)
		return err
	}
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"no images":       {change(func(_ *pixelcnn.ColourRecipe, s *data.PictureSet) { s.Train = s.Train.First(0) }), "0 images to train on and 20 to validate"},
		"nothing to test": {change(func(_ *pixelcnn.ColourRecipe, s *data.PictureSet) { s.Valid = s.Valid.First(0) }), "20 images to train on and 0 to validate"},
		"few images":      {change(func(r *pixelcnn.ColourRecipe, _ *data.PictureSet) { r.Batch = 21 }), "batches of 21 images: there are only 20"},
		"other size":      {change(func(_ *pixelcnn.ColourRecipe, s *data.PictureSet) { s.Height = 5 }), "its parts are not of one size"},
		"parts differ":    {change(func(_ *pixelcnn.ColourRecipe, s *data.PictureSet) { s.Valid = s.Valid.Blocks14() }), "its parts are not of one size"},
		"chances":         {change(func(_ *pixelcnn.ColourRecipe, s *data.PictureSet) { s.Train.Bernoulli = true }), "the pixels are chances"},
		"no classes":      {change(func(r *pixelcnn.ColourRecipe, s *data.PictureSet) { *r = r.WithClasses(); s.Train.Labels = nil }), "the images have no classes"},
		"no spots":        {change(func(r *pixelcnn.ColourRecipe, s *data.PictureSet) { *r = r.WithSpots(); s.Spots.Train = nil }), "0 places for 20 images: use data.SceneSet"},
		"one level":       {change(func(_ *pixelcnn.ColourRecipe, s *data.PictureSet) { s.Train.Levels, s.Valid.Levels = 1, 1 }), "levels 2 to 256"},
		"even filter":     {change(func(r *pixelcnn.ColourRecipe, _ *data.PictureSet) { r.Net.First = 4 }), "filters odd"},
		"negative":        {change(func(r *pixelcnn.ColourRecipe, _ *data.PictureSet) { r.Net.Logistics = -1 }), "none may be negative"},

		"score none":         {cost(func(m *data.Images, _ *pixelcnn.Told) { *m = m.First(0) }), "0 values for 0 images"},
		"score other size":   {cost(func(m *data.Images, _ *pixelcnn.Told) { *m = m.Blocks14() }), "images of 2×2, 3 colours, 256 levels: the model was trained on 4×4"},
		"score grey":         {cost(func(m *data.Images, _ *pixelcnn.Told) { m.C = 1 }), "1 colours"},
		"score other levels": {cost(func(m *data.Images, _ *pixelcnn.Told) { m.Levels = 8 }), "8 levels: the model was trained on"},
		"score cut":          {cost(func(m *data.Images, _ *pixelcnn.Told) { m.Pix = m.Pix[1:] }), "values for 20 images"},
		"score classes":      {cost(func(_ *data.Images, told *pixelcnn.Told) { told.Classes = make([]int32, 20) }), "20 classes for a model without"},
		"score map":          {cost(func(_ *data.Images, told *pixelcnn.Told) { told.Map = make([]float32, 20*16) }), "a map for a model without"},

		"draw none":       {draw(0, run.Recipe.Net, pixelcnn.Drawing{}), "0 images: ask for one at least"},
		"draw given":      {draw(1, run.Recipe.Net, pixelcnn.Drawing{Given: make([]float32, 16)}), "16 given values for 1 images of 4×4×3: give 48"},
		"draw few maps":   {draw(1, pixelcnn.Colour{Height: 4, Width: 4, Map: 2}, pixelcnn.Drawing{Map: make([]float32, 31)}), "a map of 31 numbers for 1 images of 4×4: give 2 for each pixel"},
		"draw few levels": {draw(1, pixelcnn.Colour{Levels: 1}, pixelcnn.Drawing{}), "levels 2 to 256"},
		"draw too many":   {draw(1, pixelcnn.Colour{Levels: 257}, pixelcnn.Drawing{}), "257 levels"},
		"draw no class":   {draw(2, pixelcnn.Colour{Classes: 3}, pixelcnn.Drawing{Classes: []int32{1, 3}}), "class 3 for image 1: the model knows 0 to 2"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) || strings.Contains(c.err.Error(), "\n") {
			t.Errorf("%s: %v, want %q", name, c.err, c.want)
		}
	}
}

// The gradient towards every weight must be that of finite differences, through both heads, the masks and all that is told.
func TestColourGradient(t *testing.T) {
	e := open(t)
	for name, logistics := range map[string]int{"softmax": 0, "logistics": 2} {
		net := pixelcnn.Colour{Height: 3, Width: 4, Colours: 3, Levels: 8, Channels: 3, Layers: 2, First: 3, Logistics: logistics, Classes: 2, Map: 1}
		told := pixelcnn.Told{Classes: []int32{1, 0}, Map: make([]float32, 2*12)}
		for i := range told.Map {
			told.Map[i] = float32(i%5) / 4
		}
		store := colourStore(t, e, net, 2, told)
		pixels := make([]float32, 2*36)
		for i := range pixels {
			pixels[i] = float32(i*i%8) / 7
		}
		t.Run(name, func(t *testing.T) {
			slopesAreRight(t, e, store, func(scope *model.Scope, in []*Node) *Node { return net.LogProb(scope, in[0], in[1], in[2]) }, func() []any {
				return []any{tensors.FromFlatDataAndDimensions(pixels, 2, 3, 4, 3), told.Classes, tensors.FromFlatDataAndDimensions(told.Map, 2, 3, 4, 1)}
			})
		})
	}
}
