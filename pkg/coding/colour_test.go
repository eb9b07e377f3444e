package coding_test

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/curious-go/curious/pkg/autoregressive/pixelcnn"
	"github.com/curious-go/curious/pkg/coding"
	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/train"
)

// meadows are small scenes of 5×6 pixels.
func meadows(t *testing.T, levels int) data.PictureSet {
	t.Helper()
	m, f := data.Scenes(data.SceneConfig{N: 80, Seed: 1, Size: 6})
	cut := data.Images{N: m.N, H: 5, W: 6, C: 3, Levels: 256, Labels: m.Labels} // not square
	for i := range m.N {
		cut.Pix = append(cut.Pix, m.At(i)[:5*6*3]...)
	}
	set := data.PictureSet{
		Train: cut.Range(0, 60), Valid: cut.Range(60, 70), Test: cut.Range(70, 80), Name: "meadows", Classes: data.SceneKinds, Height: 5, Width: 6,
		Spots: data.Spots{Train: f.Ball[:60], Valid: f.Ball[60:70], Test: f.Ball[70:]},
	}
	if levels == 256 {
		return set
	}
	set, err := set.Quantised(levels)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// Pictures in colour go through a trained model and come out of the run that was opened anew, in as many bits as the full pass says that they cost. A decoder that is told
// otherwise is refused.
func TestColourPixelCNN(t *testing.T) {
	t.Setenv("CURIOUS_RUNS", t.TempDir())
	recipe := pixelcnn.ColourRecipe{
		Name: "coded", Preset: "quick", Net: pixelcnn.Colour{Channels: 3, Layers: 2, First: 3, Logistics: 2},
		Steps: 12, Batch: 16, Rate: train.Rate{Peak: 1e-2}, Seed: 1,
	}
	for name, test := range map[string]struct {
		recipe pixelcnn.ColourRecipe
		levels int
	}{
		"logistics":     {recipe, 256},
		"softmax":       {recipe.WithSoftmax(), 16},
		"class and map": {recipe.WithClasses().WithSpots(), 256},
	} {
		t.Run(name, func(t *testing.T) {
			set := meadows(t, test.levels)
			trained, err := test.recipe.Fit(set)
			if err != nil {
				t.Fatal(err)
			}
			images := set.Test.First(7)
			var told pixelcnn.Told
			if test.recipe.TellClass {
				for _, label := range images.Labels {
					told.Classes = append(told.Classes, int32(label))
				}
				told.Map = pixelcnn.Near(set.Spots.Test[:7], 5, 6)
			}
			alice := trained.Coder(told)
			defer alice.Close()
			var out bytes.Buffer
			stats, err := coding.Encode(&out, alice, images)
			if err != nil {
				t.Fatal(err)
			}
			t.Log(stats)
			cost, err := trained.Cost(images, told)
			if err != nil {
				t.Fatal(err)
			}
			if want := cost.Bits() * float64(images.N); math.Abs(stats.NLL-want) > 1e-4*want || cost.Dims != 90 {
				t.Errorf("%g bits by the incremental pass, %g by the full one", stats.NLL, want)
			}
			if coder := float64(stats.Bits-stats.Header()) - stats.NLL; coder < 0 || coder > 64 { // the last state of the stack
				t.Errorf("the coder takes %.1f bits of its own", coder)
			}

			opened, err := pixelcnn.OpenColour("quick", test.recipe.Name)
			if err != nil {
				t.Fatal(err)
			}
			file := out.Bytes()
			bob := opened.Coder(told)
			defer bob.Close()
			got, err := coding.Decode(bytes.NewReader(file), bob)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.Pix, images.Pix) || got.C != 3 || got.Levels != test.levels {
				t.Error("other images came back")
			}
			if !test.recipe.TellClass {
				return
			}
			classes, places := slices.Clone(told.Classes), slices.Clone(told.Map)
			classes[6] = (classes[6] + 1) % 8
			places[len(places)-1] += 0.01
			for what, other := range map[string]pixelcnn.Told{"class": {Classes: classes, Map: told.Map}, "map": {Classes: told.Classes, Map: places}} {
				if _, err := coding.Decode(bytes.NewReader(file), opened.Coder(other)); err == nil || !strings.Contains(err.Error(), "coded by another model") {
					t.Errorf("another %s: %v", what, err)
				}
			}
			for _, few := range []pixelcnn.Told{{}, {Classes: told.Classes}, {Map: told.Map}} {
				if _, err := coding.Encode(&bytes.Buffer{}, opened.Coder(few), images); err == nil || !strings.Contains(err.Error(), "none for image 0") {
					t.Errorf("%d classes, a map of %d: %v", len(few.Classes), len(few.Map), err)
				}
			}
		})
	}
}
